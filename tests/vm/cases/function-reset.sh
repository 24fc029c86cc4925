# SPDX-License-Identifier: MIT
# A reset of the function, asked for through sysfs or as the last resort when
# firmware does not listen: firmware is back, old descriptors are dead.
# kernels: stock debug
# boards: 1
# log: Reset preparation for PCI device
# log: Invalid file context
# log: hailo reset firmware, timeout waiting for shutdown response
# log: Failed hailo pcie soft reset
# log: Falling back to a function level reset
# log: hailo_nnc_driver_down, timeout waiting for shutdown response
# log: (No firmware file found|Failed writing NNC firmware files|Firmware load failed|Board is dead|Failed activating)

stage_fw 4.21.0
load_ok
boots=$(emu_get state boots)
file_open a
file_open reader
file_do a mark >/dev/null
file_start reader notify-read
file_busy reader
echo 1 >"$(pci_path)/reset" || fail 'the reset fails'
assert_dmesg 'Reset preparation for PCI device'
assert_eq "$(emu_get state boots)" $((boots + 1)) boots
assert_errno ECANCELED file_answer reader
for command in info identify 'log 1'; do
	# shellcheck disable=SC2086
	assert_errno EINVAL file_do a $command
done
usable

# Those files keep no notification from the ones that are opened since.
file_open b
file_start b notify-read
file_busy b
assert_eq "$(emu_get 'notify event=2' result)" delivered 'a notification'
assert_match "$(file_answer b)" '^event 2 '
file_close b
file_close a
file_close reader
usable

# A control in flight ends with the reset.
file_open a
emu fault hang-control opcode=0
file_start a control 0 --timeout 8000
file_busy a
start=$(now_ms)
echo 1 >"$(pci_path)/reset" || fail 'the reset fails'
file_answer a >/tmp/answer && fail 'the control survived the reset'
assert_le $(($(now_ms) - start)) 5000 'reset with a control in flight'
file_close a
usable

# Idle, in D3hot.
echo 1 >"$(pci_path)/reset" || fail 'the reset of an idle board fails'
usable

# Firmware that does not answer driver-down is dead before the reset; registers
# are off limits all the same, until it is over: who opens the board meanwhile
# waits for that.
resetting() {
	[ "$(sysfs state)" = resetting ]
}
tracing=/sys/kernel/tracing
events=$tracing/events/hailo/hailo_state/enable
file_open a
file_do a mark >/dev/null
emu fault no-driver-down
[ ! -e $events ] || echo 1 >$events
echo 1 >"$(pci_path)/reset" &
reset=$!
wait_until 2 resetting || fail 'no reset begins'
usable
wait $reset || fail 'the reset fails'
if [ -e $events ]; then
	echo 0 >$events
	moves=$(sed -n 's/.*hailo_state: hailo0 //p' $tracing/trace | tr '\n' ',')
	assert_eq "$moves" 'running -> resetting,resetting -> dead,dead -> resetting,resetting -> booting,booting -> running,' states
fi
file_close a
usable

# The same, found out by a close that holds the reset up and then takes a while:
# who has seen the dead board must look again before it enters.
file_open a
file_do a mark >/dev/null
file_do a low-alloc 0x4000000 >/dev/null
emu fault no-driver-down
kill "$(cat /tmp/file.a.pid)"
usleep 100000
echo 1 >"$(pci_path)/reset" &
reset=$!
wait_until 2 resetting || fail 'no reset begins'
usable
wait $reset || fail 'the reset fails'
wait "$(cat /tmp/file.a.pid)" 2>/dev/null || true
usable

# No file: the reset leaves a dead board with a reason, the next one repairs it.
unstage_fw
echo 1 >"$(pci_path)/reset"
assert_eq "$(sysfs state)" dead 'state without a file'
assert_eq "$(sysfs state_reason)" 'no usable firmware file' state_reason
assert_errno ENODEV hailo-guest identify /dev/hailo0
assert_eq "$(hailo-guest props /dev/hailo0 | value is_fw_loaded)" 0 is_fw_loaded
stage_fw 4.21.0
echo 1 >"$(pci_path)/reset"
assert_eq "$(sysfs state)" running 'state with a file'
usable
unload

# Firmware that refuses the soft reset of a reload.
emu fault refuse-soft-reset
load_ok
assert_dmesg 'hailo reset firmware, timeout waiting for shutdown response'
assert_dmesg 'Falling back to a function level reset'
usable
