# SPDX-License-Identifier: MIT
# The device is pulled: idle, open, with a sleeping reader, with a control in
# flight. Calls end with the errno of the ABI, the function can be removed from
# the bus, and plugged in again it works.
# kernels: stock debug
# boards: 1
# log: Device disconnected while (handling irq|opening device)
# log: Failed waking up board
# log: Unable to change power state from .* to (D0|D3hot), device inaccessible
# log: Log offsets 4294967295 and 4294967295 are not
# log: Board is dead: device disconnected
# log: hailo_nnc_driver_down, timeout
# log: Failed writing fw control to pcie

stage_fw 4.21.0
load_ok
back() {
	echo 1 >"/sys/bus/pci/devices/$address/remove"
	node_gone || fail 'the node outlives the function'
	emu plug
	echo 1 >/sys/bus/pci/rescan
	usable
	assert_eq "$(sysfs state)" running state
}
address=$(pci_address)

# While a control hangs and a reader sleeps.
file_open idle
file_open reader
file_open sender
file_do idle mark >/dev/null
file_start reader notify-read
emu fault hang-control opcode=0
file_start sender control 0 --timeout 9000
file_busy sender
start=$(now_ms)
emu unplug
assert_errno ENODEV file_answer sender
assert_within "$start" 2000 'control of a device that is gone'
assert_eq "$(sysfs state)" dead state
assert_eq "$(sysfs state_reason)" 'device disconnected' state_reason
assert_errno ENODEV file_do idle identify
assert_errno EIO file_do idle log 0
assert_eq "$(file_do idle props | value is_fw_loaded)" 0 is_fw_loaded
assert_errno ENXIO hailo-guest open /dev/hailo0
start=$(now_ms)
echo 1 >"/sys/bus/pci/devices/$address/remove"
assert_within "$start" 2000 'removal'
assert_errno ECANCELED file_answer reader
assert_errno ENODEV file_do idle info
for name in idle reader sender; do
	file_close $name
done
emu plug
echo 1 >/sys/bus/pci/rescan
usable

# Asleep; found gone by the next open.
asleep() {
	[ "$(emu_get state power)" = D3hot ]
}
wait_until 3 asleep || fail 'awake while idle'
emu unplug
assert_errno EIO hailo-guest open /dev/hailo0
back

# Removed from the bus while it works, descriptors open, control in flight.
file_open idle
file_open sender
emu fault hang-control opcode=0
file_start sender control 0 --timeout 9000
file_busy sender
echo 1 >"/sys/bus/pci/devices/$address/remove"
assert_errno ENODEV file_answer sender
echo 1 >/sys/bus/pci/rescan
usable
assert_errno ENODEV file_do idle identify
file_close idle
file_close sender
usable

# Pulled with an owner, which closes only then.
file_open owner
file_do owner mark >/dev/null
emu unplug
start=$(now_ms)
file_close owner
assert_within "$start" 2000 'close of the owner of a device that is gone'
back
