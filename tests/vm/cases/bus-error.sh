# SPDX-License-Identifier: MIT
# The root port reports an error of the board while frames are in flight: firmware
# is back afterwards, and what was in flight did not go on without its client,
# however long the device takes to reset.
# kernels: stock
# boards: 1
# emulator: --fps 1
# modules: aer_inject
# timeout: 90
# log: PCIe Bus Error: severity=Uncorrected
# log: device \[1e60:2864\] error status/mask=00004000/00000000
# log: \[14\] CmpltTO
# log: PCI error detected
# log: Board is dead: PCI error
# log: hailo reset firmware, timeout waiting for shutdown response
# log: Failed hailo pcie soft reset
# log: Falling back to a function level reset
# log: Invalid file context

# completion_timeout: what an error that is not fatal looks like to the kernel.
completion_timeout() {
	local bus
	bus=$(pci_address | cut -d : -f 2)
	# Bus, device, function; uncorrectable and correctable status; four words of
	# a header; domain.
	printf "\\x$bus\\0\\0\\0\\0\\x40\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0" >/dev/aer_inject
}

insert_modules aer_inject
stage_fw 4.23.0
load_ok
start_frames 8
emu fault refuse-soft-reset
boots=$(emu_get state boots)
completion_timeout || fail 'the kernel takes no error'
wait $client || true
exec 5<&-
frames=$(emu_get state frames)
booted() {
	[ "$(emu_get state boots)" = $((boots + 1)) ] && [ "$(sysfs state)" = running ]
}
wait_until 20 booted || fail "the board does not come back: $(sysfs state)"
assert_eq "$(emu_get state frames)" "$frames" 'frames of a client that is gone'
usable
