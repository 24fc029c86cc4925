# SPDX-License-Identifier: MIT
# Four ways not to boot, told apart by message and errno of the probe: file not
# found, file refused, upload failed, device silent. After each the same device
# boots a good image. Board 1 fails beside board 0 where time has to pass.
# kernels: stock debug
# boards: 2
# timeout: 90
# log: No firmware file found
# log: Firmware file hailo/hailo8_fw\.bin refused
# log: Firmware upload failed
# log: Timeout waiting for NNC firmware file, boot status
# log: (Failed writing NNC firmware files|Board is dead|Firmware load failed|Failed activating|probe of)

a=$(pci_address 0)
b=$(pci_address 1)
# says ADDRESS PATTERN: of that board.
says() {
	assert_dmesg "hailo $1: $2"
}
recovers() {
	local address
	for address in "$@"; do
		echo "$address" >/sys/bus/pci/drivers/hailo/bind || fail "$address does not recover"
	done
	usable
	assert_eq "$(sysfs state)" running state
	unload
	cold
	dmesg_mark
}

load_broken
says "$a" 'No firmware file found in the kernel.s search path'
assert_dmesg "probe .*$a.* failed with error -2$"
stage_fw 4.21.0
recovers "$a"

stage_fw 4.20.0 --defect trailing-bytes
load_broken
says "$a" 'Firmware file hailo/hailo8_fw.bin refused: bytes behind the core code: 0x4, limit 0'
assert_dmesg "probe .*$a.* failed with error -22$"
stage_fw 4.21.0
recovers "$a"

# A word that is not stored shows on a device whose memory is blank.
emu 0 fault corrupt-upload every=3 count=0
emu 1 fault drop-upload every=3 count=0
load_broken
for address in "$a" "$b"; do
	says "$address" 'Firmware upload failed: .* do not read back'
	assert_dmesg "probe .*$address.* failed with error -5$"
done
emu 0 clear-faults
emu 1 clear-faults
recovers "$a" "$b"

# 5 s each, side by side.
emu 0 fault no-boot
emu 1 fault bad-status value=0x2a
start=$(now_ms)
load_broken
assert_le 5000 $(($(now_ms) - start)) 'shortest wait for the boot'
assert_within "$start" 9000 'longest wait for the boot'
says "$a" 'Timeout waiting for NNC firmware file, boot status 1$'
says "$b" 'Timeout waiting for NNC firmware file, boot status 42$'
for address in "$a" "$b"; do
	assert_dmesg "probe .*$address.* failed with error -110$"
done
recovers "$a" "$b"

# A boot ROM that refuses the image; and one that takes its time but starts.
emu 0 fault fail-image
emu 1 fault late-boot ms=1500
load
assert_eq "$(sysfs board_location)" "$b" 'the board that came up'
says "$a" 'Timeout waiting for NNC firmware file, boot status 1$'
assert_dmesg "probe .*$a.* failed with error -110$"
echo "$a" >/sys/bus/pci/drivers/hailo/bind || fail "$a does not recover"
usable 0
usable 1
