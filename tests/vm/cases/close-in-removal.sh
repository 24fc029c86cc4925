# SPDX-License-Identifier: MIT
# Removal wakes a client with frames in flight, which closes at once: whoever
# comes first, the close or the removal, stops the device before memory goes.
# kernels: stock debug
# boards: 1
# emulator: --fps 50

driver=/sys/bus/pci/drivers/hailo
stage_fw 4.23.0
load_ok
address=$(pci_address)
for round in $(seq 12); do
	start_frames 6
	rings=$(emu_register bar4.doorbell writes)
	echo "$address" >$driver/unbind
	wait $client || true
	exec 5<&-
	assert_eq "$(emu_register bar4.doorbell writes)" $((rings + 1)) "doorbells in round $round: driver-down"
	assert_eq "$(emu_get state network_active)" false "network after round $round"
	echo "$address" >$driver/bind || fail 'the driver does not bind again'
done
usable
