# SPDX-License-Identifier: MIT
# Where firmware is looked for: the kernel's alternate path, the parameter
# firmware_name, and the two optional configuration files.
# kernels: stock debug
# boards: 1
# log: Parameter firmware_name .* is no usable file name
# log: No firmware file found
# log: File hailo/hailo8_(board|fw)_cfg\.bin refused
# log: (Failed writing NNC firmware files|Board is dead|Firmware load failed|Failed activating|probe of)

# Nothing is in /lib/firmware, so this came out of firmware_class.path.
[ ! -e /lib/firmware/hailo ] || fail "the default folder has files"
stage_fw 4.21.0
load_ok
assert_eq "$(sysfs firmware_version)" 4.21.0 firmware_version
assert_dmesg 'File hailo/hailo8_fw.bin written successfully'
assert_no_dmesg 'Writing file .*cfg.bin'
usable
unload

mkdir "$FIRMWARE_DIR/spare"
stage_fw 4.22.0 spare/of-mine.bin
dmesg_mark
load_ok firmware_name=hailo/spare/of-mine.bin
assert_dmesg 'Writing file hailo/spare/of-mine.bin'
assert_eq "$(sysfs firmware_version)" 4.22.0 firmware_version
usable
unload

# It is the only candidate.
dmesg_mark
load_broken firmware_name=hailo/absent.bin
assert_dmesg 'Firmware file hailo/absent.bin not found'
assert_dmesg 'No firmware file found in the kernel'
assert_dmesg 'probe .*failed with error -2$'
assert_no_dmesg 'Writing file'
unload
for name in ../outside.bin hailo/../../etc/passwd /etc/passwd; do
	dmesg_mark
	load_broken "firmware_name=$name"
	assert_dmesg "Parameter firmware_name '$name' is no usable file name"
	assert_dmesg 'probe .*failed with error -22$'
	unload
done

# Optional files: written when they are there, refused when too long.
printf 'board configuration' >"$FIRMWARE_DIR/hailo8_board_cfg.bin"
head -c 1280 /dev/zero >"$FIRMWARE_DIR/hailo8_fw_cfg.bin"
dmesg_mark
load_ok
assert_dmesg 'File hailo/hailo8_board_cfg.bin written successfully'
assert_dmesg 'File hailo/hailo8_fw_cfg.bin written successfully'
usable
unload
head -c 1281 /dev/zero >"$FIRMWARE_DIR/hailo8_fw_cfg.bin"
dmesg_mark
load_broken
assert_dmesg 'File hailo/hailo8_fw_cfg.bin refused: 1281 bytes, at most 1280'
assert_dmesg 'probe .*failed with error -27$'
unload
rm "$FIRMWARE_DIR/hailo8_fw_cfg.bin"
load_ok
usable
