# SPDX-License-Identifier: MIT
# Firmware that says it is another version than its file: a warning, and the
# file's version decides. Firmware that runs but does not identify itself.
# kernels: stock debug
# boards: 1
# log: Firmware [0-9.]+ was loaded, [0-9.]+ answers
# log: Firmware runs but does not answer IDENTIFY
# log: NNC Firmware batch was already loaded

stage_fw 4.21.0
emu fault wrong-version
load_ok
assert_dmesg 'Firmware 4.21.0 was loaded, 4.2[0-9].[0-9] answers'
assert_eq "$(sysfs release)" 4.21.0 release
assert_ne "$(sysfs firmware_version)" 4.21.0 firmware_version
usable
unload

emu fault hang-control opcode=0
load_ok
assert_dmesg 'Firmware runs but does not answer IDENTIFY: -110'
assert_eq "$(sysfs release)" 4.21.0 release
assert_eq "$(sysfs firmware_version)" none firmware_version
usable
unload

# Nobody knows then: the newest release.
emu fault short-answer bytes=100
load_ok support_soft_reset=N
assert_dmesg 'Firmware runs but does not answer IDENTIFY: -71'
assert_dmesg 'reporting ABI version 4.23.0 \(firmware unknown\)'
usable
