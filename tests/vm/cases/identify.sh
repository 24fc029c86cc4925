# SPDX-License-Identifier: MIT
# kernels: stock debug arm64 arm64-16k
# emulator: --board hailo8 --serial SERIAL-OF-16-CHR --part PART-1 --product PRODUCT-1
# The identify control carries the strings and the version through unchanged.

stage_fw 4.21.0
load_ok
out=$(hailo-guest identify /dev/hailo0)
assert_match "$out" '^protocol 2$'
assert_match "$out" '^firmware 4.21.0$'
assert_match "$out" '^board Hailo-8$'
assert_match "$out" '^architecture 1$'
assert_match "$out" '^serial SERIAL-OF-16-CHR$'
assert_match "$out" '^part PART-1$'
assert_match "$out" '^product PRODUCT-1$'
assert_match "$(hailo-guest info /dev/hailo0)" '^release 4.21.0$'

# An opcode that no firmware has is refused by the firmware, not by the driver.
assert_match "$(hailo-guest control /dev/hailo0 999)" '^status 0x40030007 '
