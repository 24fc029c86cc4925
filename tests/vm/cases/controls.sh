# SPDX-License-Identifier: MIT
# Controls whose answer is late, missing, wrong or too long: errno, message, and
# the next control gets its own answer.
# kernels: stock debug
# boards: 1
# log: hailo_fw_control, timeout waiting for control
# log: Failed reading fw control from pcie: length 2000
# log: Interrupt status 0x[0-9a-f]+ does not clear
# log: Late answer to control

stage_fw 4.21.0
load_ok
file_open a
temperature=46

# No answer at all.
emu fault hang-control opcode=0
start=$(now_ms)
assert_errno ETIMEDOUT file_do a control 0 --timeout 300
assert_le 290 $(($(now_ms) - start)) 'timeout at the earliest'
assert_dmesg 'hailo_fw_control, timeout waiting for control \(timeout_ms=300\)'
usable

# The late answer, within the time it is waited for and after it, must not be
# taken for the next control's.
for late in 600 1500; do
	emu fault delay-control ms=$late opcode=0
	assert_errno ETIMEDOUT file_do a control 0 --timeout 200
	answer=$(file_do a control $temperature)
	assert_eq "$(echo "$answer" | value opcode)" $temperature "opcode after an answer $late ms late"
	assert_eq "$(echo "$answer" | value md5)" right "md5 after an answer $late ms late"
	answer=$(file_do a control 0)
	assert_eq "$(echo "$answer" | value opcode)" 0 'opcode of the one after'
done

# A client without patience does not fill the log: 10 messages in 5 seconds.
dmesg_mark
emu fault delay-control ms=100 opcode=0 count=0
start=$(now_ms)
for _ in $(seq 50); do
	assert_errno ETIMEDOUT file_do a control 0 --timeout 0
done
emu clear-faults
assert_le "$(dmesg_since | grep -c 'timeout waiting for control')" $((10 * (($(now_ms) - start) / 5000 + 2))) 'messages of 50 timeouts'
usable

# What is between library and firmware reaches the user as it is.
emu fault wrong-md5
answer=$(file_do a control 0)
assert_eq "$(echo "$answer" | value md5)" wrong 'md5 of the fault'
assert_eq "$(echo "$answer" | value opcode)" 0 opcode
emu fault wrong-opcode-answer
assert_eq "$(file_do a control 0 | value opcode)" 1 'opcode of the fault'
emu fault short-answer bytes=10
answer=$(file_do a control 0)
assert_eq "$(echo "$answer" | value length)" 10 'length of the fault'
assert_eq "$(echo "$answer" | value payload)" 00000002000000010000 'payload of the fault'
emu fault short-answer bytes=0
assert_eq "$(file_do a control 0 | value length)" 0 'length of the fault'

emu fault oversized-answer
assert_errno EINVAL file_do a control 0
assert_dmesg 'Failed reading fw control from pcie: length 2000, at most 1500'
usable

# Refused controls and wrong requests are answers too.
assert_eq "$(file_do a control 1 | value status)" '0x4003000f 0x4003000f' 'status of an unsupported opcode'
assert_eq "$(file_do a control 0 --bad-md5 | value status)" "0x400b0004 0x400b0004" "status of a wrong md5"
assert_errno EINVAL file_do a control 0 --len 1501
assert_eq "$(file_do a control 42 --cpu 1 | value opcode)" 42 'opcode of the core CPU'

# An interrupt that does not arrive is found by looking.
emu fault lost-msi
start=$(now_ms)
file_do a identify >/dev/null
assert_within "$start" 700 'control with a lost interrupt'
assert_dmesg 'Interrupt lost, answer found by polling'
usable

# A status bit that stays must not keep the CPU, nor answer for the firmware.
emu fault stuck-status bit=26 count=0
assert_eq "$(file_do a control $temperature | value opcode)" $temperature 'opcode with a stuck bit'
assert_dmesg 'Interrupt status 0x04000000 does not clear'
emu clear-faults
file_do a identify >/dev/null
usable

# An interrupt without a cause is nobody's and harmless.
msis=$(emu_get counters msis)
emu spurious-msi
emu spurious-msi
usable
assert_le $((msis + 3)) "$(emu_get counters msis)" 'interrupts'
