# SPDX-License-Identifier: MIT
# A client is killed, and the device does not hear of it: what it has in flight
# stays where it is when the board loses the bus, and for good. A reboot stops it
# before it gives the bus back, for the memory has gone to somebody else by then.
# kernels: stock debug
# boards: 1
# emulator: --fps 1
# log: hailo_nnc_driver_down, timeout waiting for shutdown response
# log: Board is dead: device does not stop its DMA
# log: NNC Firmware batch was already loaded

# lose_client: kills one with frames in flight; $frames are done.
lose_client() {
	start_frames 6
	emu fault no-driver-down
	kill -KILL $client
	wait $client 2>/dev/null || true
	exec 5<&-
	assert_eq "$(sysfs state_reason)" 'device does not stop its DMA' state_reason
	assert_eq "$(emu_get state network_active)" true 'the network runs on'
	frames=$(emu_get state frames)
	# A second a frame: several of them are due by now.
	sleep 3
	assert_eq "$(emu_get state frames)" "$frames" 'frames without the bus'
}

stage_fw 4.23.0
load_ok
lose_client
echo 4.23.0 >/sys/class/hailo_chardev/hailo0/compat_version || fail 'the board does not come back'
assert_eq "$(sysfs state)" running state
assert_eq "$(emu_get state frames)" "$frames" 'frames of a client that is long gone'
usable

# So does a driver that finds the device in that state, be it that it resets the
# firmware or that it keeps it.
for reset in Y N; do
	lose_client
	unload
	load_ok support_soft_reset=$reset
	assert_eq "$(emu_get state network_active)" false "the network, support_soft_reset=$reset"
	assert_eq "$(emu_get state frames)" "$frames" "frames of another driver's client, support_soft_reset=$reset"
	usable
done
