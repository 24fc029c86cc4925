# SPDX-License-Identifier: MIT
# The board's files in debugfs count what it did: controls, interrupts, and the
# transfers and bytes of each channel, which outlive the client.
# kernels: stock debug
# boards: 1
# log: timeout waiting for control

stage_fw 4.23.0
load_ok
counters=/sys/kernel/debug/hailo_pci/0000:01:00.0
count() {
	value "$1" <$counters/counters
}
channel() {
	sed -n "s/^$1 //p" $counters/channels
}

file_open a
assert_eq "$(channel 1)$(channel 16)" '' 'channels that were never used'
before=$(count controls)
usable
assert_eq "$(count controls)" $((before + 1)) 'controls after one'
emu fault hang-control
assert_errno ETIMEDOUT file_do a control 0 --timeout 100
emu clear-faults
assert_eq "$(count controls_failed)" 1 'controls that failed'

before=$(count interrupts)
file_do a network --frames 7 --in 1000 --out 520 >/dev/null
assert_eq "$(channel 1)" 'h2d 0 0 7 7000' 'input'
assert_eq "$(channel 16)" 'd2h 0 0 7 3640' 'output'
assert_le $((before + 7)) "$(count interrupts)" interrupts
file_do a enable 2 >/dev/null
assert_eq "$(channel 1)" 'h2d 1 0 7 7000' 'input, enabled again'
file_close a
assert_eq "$(channel 1)" 'h2d 0 0 7 7000' 'input, of a client that has gone'
unload
[ ! -e $counters ] || fail 'the folder is still there'
