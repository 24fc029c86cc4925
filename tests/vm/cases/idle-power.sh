# SPDX-License-Identifier: MIT
# An idle board is in D3hot with interrupts masked, an open one in D0;
# no_power_mode=Y keeps it in D0. A board that does not wake is reported.
# kernels: stock debug
# boards: 1
# log: NNC Firmware batch was already loaded
# log: Failed waking up board
# log: Unable to change power state from D3(hot|cold) to D0, device inaccessible

in_state() {
	[ "$(emu_get state power)" = "$1" ]
}
stage_fw 4.21.0
load_ok
wait_until 3 in_state D3hot || fail 'awake after the probe'
assert_eq "$(emu_get state mask)" 0x0 'interrupt mask of an idle board'
file_open a
assert_eq "$(emu_get state power)" D0 'power of an open board'
assert_ne "$(emu_get state mask)" 0x0 'interrupt mask of an open board'
sleep 2
assert_eq "$(emu_get state power)" D0 'power of an open board, later'
file_open b
file_close a
sleep 1
assert_eq "$(emu_get state power)" D0 'power while one of two is open'
file_do b identify >/dev/null
file_close b
wait_until 3 in_state D3hot || fail 'awake after the last close'
assert_eq "$(emu_get state mask)" 0x0 'interrupt mask after the last close'
usable
wait_until 3 in_state D3hot || fail 'awake after a use'

# It does not wake: the PCI core finds nothing, open says so, and gone it is.
emu fault no-wake
assert_errno EIO hailo-guest open /dev/hailo0
assert_dmesg 'Failed waking up board -5'
address=$(pci_address)
echo 1 >"/sys/bus/pci/devices/$address/remove"
emu plug
echo 1 >/sys/bus/pci/rescan
usable
unload

load_ok no_power_mode=Y support_soft_reset=N
assert_eq "$(cat /sys/module/hailo_pci/parameters/no_power_mode)" Y no_power_mode
usable
sleep 2
assert_eq "$(emu_get state power)" D0 'power with no_power_mode=Y'
usable
