# SPDX-License-Identifier: MIT
# Every defect of an image: refused with its own words and errno, no node, and
# not one word written to the device's memory.
# kernels: stock debug
# boards: 1
# log: Firmware file hailo/hailo8_fw\.bin refused
# log: No firmware file found
# log: loading /extra-firmware/hailo/hailo8_fw.bin failed with error -22
# log: (Failed writing NNC firmware files|Board is dead|Firmware load failed|Failed activating|probe of)

# words DEFECT: how the driver calls it, and the errno of the probe.
words() {
	case $1 in
	too-big-file) echo '-27 file too large' ;;
	# The kernel skips an empty file.
	empty) echo '-2 ' ;;
	truncated-header) echo '-22 app header truncated' ;;
	bad-app-magic | hailo15-magic) echo '-22 app header magic' ;;
	bad-app-header-version) echo '-22 app header version' ;;
	app-too-small) echo '-22 app code too small' ;;
	app-too-big) echo '-22 app code too large' ;;
	app-past-end) echo '-22 app code truncated' ;;
	cert-header-past-end) echo '-22 certificate header truncated' ;;
	key-too-big-format | key-over-gap) echo '-22 key certificate too large' ;;
	content-too-big-format | content-over-gap) echo '-22 content certificate too large' ;;
	key-past-end) echo '-22 key certificate truncated' ;;
	content-past-end) echo '-22 content certificate truncated' ;;
	core-header-past-end) echo '-22 core header truncated' ;;
	bad-core-magic) echo '-22 core header magic' ;;
	bad-core-version) echo '-22 core header version' ;;
	core-too-small) echo '-22 core code too small' ;;
	core-too-big) echo '-22 core code too large' ;;
	core-past-end) echo '-22 core code truncated' ;;
	trailing-bytes) echo '-22 bytes behind the core code' ;;
	*) fail "no expectation for defect $1" ;;
	esac
}

# The module stays; each image is tried by binding the driver.
cold
stage_fw 4.20.0 --defect bad-app-magic
load_broken
address=$(pci_address)
count=0
for defect in $(defects); do
	expected=$(words "$defect")
	stage_fw 4.20.0 --defect "$defect"
	emu reset-counters >/dev/null
	dmesg_mark
	! echo "$address" >/sys/bus/pci/drivers/hailo/bind 2>/dev/null || fail "$defect: probe succeeded"
	[ ! -e /dev/hailo0 ] || fail "$defect: there is a node"
	if [ "$defect" = empty ]; then
		assert_dmesg 'No firmware file found in the kernel'
	else
		assert_dmesg "Firmware file hailo/hailo8_fw.bin refused: ${expected#* }: "
	fi
	assert_dmesg "probe .*failed with error ${expected%% *}\$"
	assert_eq "$(emu_register bar4.window0 writes)" 0 "$defect: writes to window 0"
	assert_eq "$(emu_register bar0.atr0.trsl_lo writes)" 0 "$defect: moves of window 0"
	count=$((count + 1))
done
assert_eq "$count" 23 'kinds of defects'

stage_fw 4.21.0
echo "$address" >/sys/bus/pci/drivers/hailo/bind || fail "a good image is refused after the bad ones"
usable
