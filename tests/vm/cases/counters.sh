# SPDX-License-Identifier: MIT
# The board's files in debugfs count what it did: controls, interrupts, and the
# transfers and bytes of each channel, which outlive the client; hailo-fwtool
# monitor shows them, and how fast they go.
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

# Rate times seconds, over all looks, is what has been done between the first and
# the last, however the network's run falls between them.
moved() {
	sed -n 's/.*"seconds":\([0-9.]*\),.*"channel":'"$1"',[^}]*"'"$2"'":\([0-9.e+-]*\)[,}].*/\1 \2/p' /tmp/monitor |
		awk '{ sum += $1 * $2 } END { printf "%.0f", sum }'
}
looks_after() {
	[ "$(wc -l </tmp/monitor)" -gt "$1" ]
}
hailo-fwtool monitor --json --interval 100 >/tmp/monitor &
monitor=$!
wait_until 5 looks_after 0
file_open a
file_do a network --frames 9 --in 1000 --out 520 >/dev/null
file_close a
wait_until 5 looks_after "$(($(wc -l </tmp/monitor) + 1))"
kill $monitor
assert_eq "$(moved 1 transfers_per_second)" 9 'transfers in, by their rate'
assert_eq "$(moved 1 bytes_per_second)" 9000 'bytes in, by their rate'
assert_eq "$(moved 16 transfers_per_second)" 9 'transfers out, by their rate'
assert_eq "$(moved 16 bytes_per_second)" 4680 'bytes out, by their rate'
assert_match "$(tail -n 1 /tmp/monitor)" '"channel":16,"direction":"d2h","enabled":false,"in_flight":0,"transfers":16,"bytes":8320,'
assert_match "$(hailo-fwtool monitor --table --count 1)" '^ +1 h2d off +0 +16 +- +-$'
assert_match "$(as_user hailo-fwtool monitor --json --count 1)" '"controls":null,.*"channels":null'
unload
[ ! -e $counters ] || fail 'the folder is still there'
