# SPDX-License-Identifier: MIT
# Marking a board as in use: one owner; its close tells the firmware to stop,
# the close of another file does not.
# kernels: stock debug
# boards: 1
# log: hailo_nnc_driver_down, timeout waiting for shutdown response
# log: Board is dead: device does not stop its DMA
# log: Reset preparation for PCI device

stage_fw 4.21.0
load_ok
file_open keeper
file_open a
file_open b
assert_eq "$(file_do a mark)" 'in_use 0' 'first mark'
assert_eq "$(file_do b mark)" 'in_use 1' 'mark of another file'
assert_eq "$(file_do a mark)" 'in_use 0' 'second mark of the owner'

rings() {
	emu_register bar4.doorbell writes
}
before=$(rings)
file_close b
assert_eq "$(rings)" "$before" 'doorbells at the close of another file'
file_close a
assert_eq "$(rings)" $((before + 1)) 'doorbells at the close of the owner'
assert_match "$(hailo-guest log /dev/hailo0 0 | value text)" 'pcie: driver down'
assert_eq "$(file_do keeper mark)" 'in_use 0' 'mark after the owner went'

# Firmware that does not answer might go on writing to memory: the board loses
# the bus and is dead, which does not hold the close up. A reset repairs it.
emu fault no-driver-down
start=$(now_ms)
file_close keeper
assert_within "$start" 1000 'close without an answer'
assert_dmesg 'hailo_nnc_driver_down, timeout waiting for shutdown response \(timeout_ms=500\)'
assert_eq "$(sysfs state_reason)" 'device does not stop its DMA' state_reason
assert_eq $((0x$(od -An -tx2 -j4 -N2 "$(pci_path)/config" | tr -d ' ') & 4)) 0 'bus master bit'
emu clear-faults
echo 1 >"$(pci_path)/reset"
usable

# An owner that is killed is an owner that closes.
file_open a
file_do a mark >/dev/null
before=$(rings)
kill -KILL "$(cat /tmp/file.a.pid)"
wait "$(cat /tmp/file.a.pid)" 2>/dev/null || true
assert_eq "$(rings)" $((before + 1)) 'doorbells at the death of the owner'
usable
