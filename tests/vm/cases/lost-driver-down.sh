# SPDX-License-Identifier: MIT
# A client is killed, and the device does not hear of it: what it has in flight
# stays where it is when the board loses the bus, and for good. A reboot stops it
# before it gives the bus back, for the memory has gone to somebody else by then.
# kernels: stock debug
# boards: 1
# emulator: --fps 1
# log: hailo_nnc_driver_down, timeout waiting for shutdown response
# log: Board is dead: device does not stop its DMA
# log: Interrupt lost, boot event found by polling

stage_fw 4.23.0
load_ok
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
echo 4.23.0 >/sys/class/hailo_chardev/hailo0/compat_version || fail 'the board does not come back'
assert_eq "$(sysfs state)" running state
assert_eq "$(emu_get state frames)" "$frames" 'frames of a client that is long gone'
usable
