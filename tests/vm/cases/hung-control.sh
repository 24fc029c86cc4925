# SPDX-License-Identifier: MIT
# A control that hangs for a second delays nothing but controls.
# kernels: stock debug
# boards: 1
# log: hailo_fw_control, timeout waiting for control

stage_fw 4.21.0
load_ok
hang=$((1000 * SLOWNESS))
emu fault hang-control opcode=0
report=$(hailo-guest concurrent /dev/hailo0 0 --timeout $hang) || fail "beside the control: $report"
assert_eq "$(echo "$report" | value control)" ETIMEDOUT 'the control itself'
# Emulated CPUs are slow, and shared with the emulator: far from the second
# that a lock would cost is what can be asserted.
for what in info props mark log open; do
	assert_le "$(echo "$report" | value "longest_${what}_ms")" $((hang / 2)) "longest wait of $what"
done
assert_le 3 "$(echo "$report" | value rounds)" rounds

# A notification passes, too, and a second control waits for its turn.
file_open a
file_open b
file_open c
emu fault hang-control opcode=0
start=$(now_ms)
file_start a control 0 --timeout $hang
usleep 100000
file_start b control 46 --timeout 1000
file_start c notify-read
emu notify event=2 zone=1
file_answer c >/dev/null || fail "no notification while a control hangs"
assert_le $(($(now_ms) - start)) $((hang * 9 / 10)) 'notification beside the control'
assert_errno ETIMEDOUT file_answer a
answer=$(file_answer b) || fail "second control: $answer"
assert_eq "$(echo "$answer" | value opcode)" 46 'opcode of the second control'
assert_le $hang $(($(now_ms) - start)) 'second control, at the earliest'
usable
