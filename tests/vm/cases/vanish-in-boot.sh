# SPDX-License-Identifier: MIT
# The device disappears at one moment or another of the boot: the probe ends in
# time and without a node; plugged in again, the device works.
# kernels: stock debug
# boards: 1
# log: (Firmware upload failed|Device disconnected while handling irq|Failed hailo pcie soft reset)
# log: device may be disconnected
# log: Timeout waiting for NNC firmware file
# log: (Failed writing NNC firmware files|Board is dead|Firmware load failed|Failed activating|probe of)

stage_fw 4.21.0
cold
load_ok
writes=$(emu_get counters writes)
unload
# Of the last writes, 24 start the firmware, ask it who it is and mask interrupts.
# From the first write on: masking, reset of the firmware of the round before,
# upload, trigger, and after it.
for writes in 1 2 3 4 5 9 10 30 1000 $((writes - 24)) $((writes - 18)); do
	address=$(pci_address)
	emu fault all-ones-after writes="$writes" >/dev/null
	start=$(now_ms)
	load_broken
	assert_within "$start" 4000 "probe, device gone after $writes writes"
	assert_eq "$(emu_get state state)" unplugged "after $writes writes: state"
	echo 1 >"/sys/bus/pci/devices/$address/remove"
	emu plug >/dev/null
	echo 1 >/sys/bus/pci/rescan
	usable
	unload
	dmesg_mark
done
