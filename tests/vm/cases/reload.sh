# SPDX-License-Identifier: MIT
# Loading the module again resets running firmware and boots the new file.
# With support_soft_reset=N the firmware stays, and the release that the board
# reports comes from what that firmware answers to identify.
# kernels: stock debug
# boards: 1
# log: NNC Firmware batch was already loaded

stage_fw 4.21.0
load_ok
assert_eq "$(sysfs firmware_version)" 4.21.0 firmware_version
unload
resets=$(emu_get state soft_resets)
boots=$(emu_get state boots)

stage_fw 4.22.0
load_ok
assert_dmesg 'Soft reset done'
assert_eq "$(emu_get state soft_resets)" $((resets + 1)) soft_resets
assert_eq "$(emu_get state boots)" $((boots + 1)) boots
assert_eq "$(sysfs firmware_version)" 4.22.0 firmware_version
assert_eq "$(sysfs release)" 4.22.0 release
usable
unload

dmesg_mark
stage_fw 4.21.0
load_ok support_soft_reset=N
assert_dmesg 'NNC Firmware batch was already loaded'
assert_dmesg 'reporting ABI version 4.22.0 \(firmware 4.22.0\)'
assert_no_dmesg 'Writing file|Soft reset done'
assert_eq "$(emu_get state boots)" $((boots + 1)) boots
assert_eq "$(sysfs firmware_version)" 4.22.0 firmware_version
assert_eq "$(hailo-guest info /dev/hailo0)" 'release 4.22.0' 'driver info'
usable
