# SPDX-License-Identifier: MIT
# kernels: stock debug arm64 arm64-16k
# A device in its boot loader gets firmware from the alternate path and answers.

stage_fw 4.20.0
load_ok
assert_eq "$(emu_get state state)" running "device state"
assert_eq "$(emu_get state fw_version)" 4.20.0 "firmware of the device"
assert_dmesg 'NNC Firmware loaded successfully'
assert_dmesg 'Added board 1e60-2864, /dev/hailo0'
assert_eq "$(sysfs board_location)" "$(pci_address)" board_location
assert_eq "$(sysfs device_id)" 1e60:2864 device_id
assert_eq "$(sysfs accelerator_type)" 0 accelerator_type

# The page size must fit HailoRT's limit on a 16K-page host, too.
props=$(hailo-guest props /dev/hailo0)
assert_match "$props" '^desc_max_page_size 4096$'
assert_match "$props" '^is_fw_loaded 1$'
assert_match "$(hailo-guest info /dev/hailo0)" '^release 4.20.0$'

unload
wait_until 2 node_gone || fail "/dev/hailo0 is still there after unloading"
