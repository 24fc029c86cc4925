# SPDX-License-Identifier: MIT
# System suspend, up to the platform: old descriptors are dead for good, new
# ones work, and firmware is back.
# kernels: stock debug
# boards: 1
# timeout: 60
# log: Invalid file context

grep -q platform /sys/power/pm_test || skip 'this kernel has no PM_DEBUG'
echo 0 >/sys/module/suspend/parameters/pm_test_delay
sleep_and_wake() {
	echo platform >/sys/power/pm_test
	echo mem >/sys/power/state || fail 'the system does not suspend'
	echo none >/sys/power/pm_test
}

stage_fw 4.21.0
load_ok
boots=$(emu_get state boots)
file_open a
file_open reader
file_do a mark >/dev/null
file_start reader notify-read
file_busy reader
rings=$(emu_register bar4.doorbell writes)
# The file that is there now is loaded; for some seconds after a resume the
# kernel would give out the one of before.
stage_fw 4.22.0
sleep_and_wake
assert_dmesg "PM's suspend"
assert_dmesg "PM's resume"
assert_le $((rings + 1)) "$(emu_register bar4.doorbell writes)" 'doorbells: driver-down of the owner'
assert_eq "$(emu_get state boots)" $((boots + 1)) 'boots'
# The freezer interrupts it, and it starts again on a dead descriptor.
assert_errno EINVAL file_answer reader
assert_eq "$(sysfs firmware_version)" 4.22.0 'firmware after the suspend'
assert_eq "$(sysfs release)" 4.22.0 release
for command in info props mark identify 'log 0' notify-read notify-disable; do
	# shellcheck disable=SC2086
	assert_errno EINVAL file_do a $command
done
assert_dmesg 'Invalid file context'
usable
file_open b
assert_eq "$(file_do b mark)" 'in_use 1' 'mark, the old owner is still open'
file_close a
assert_eq "$(file_do b mark)" 'in_use 0' 'mark after the close of the old owner'
file_close reader
file_close b
usable

# An idle board, asleep already, and asleep again afterwards.
asleep() {
	[ "$(emu_get state power)" = D3hot ]
}
wait_until 3 asleep || fail 'awake while idle'
sleep_and_wake
wait_until 3 asleep || fail 'awake after the system woke up'
assert_eq "$(emu_get state boots)" $((boots + 2)) 'boots'
usable

# The kernel keeps the files that it has read for a sleep for 10 s more, and
# whoever loads the module meanwhile gets those.
sleep 11
unload
stage_fw 4.23.0
load_ok
assert_eq "$(sysfs firmware_version)" 4.23.0 'firmware replaced after the sleep'
