# SPDX-License-Identifier: MIT
# Unbinding the driver with open descriptors, a sleeping reader and a control in
# flight: nobody stays asleep, later calls say so, closing works, binding too.
# kernels: stock debug
# boards: 1

driver=/sys/bus/pci/drivers/hailo
stage_fw 4.21.0
load_ok
address=$(pci_address)
for round in 1 2; do
	file_open idle
	file_open reader
	file_open sender
	file_open waiter
	file_do idle mark >/dev/null
	file_start reader notify-read
	emu fault hang-control opcode=0
	file_start sender control 0 --timeout 9000
	file_busy sender
	file_start waiter control 46 --timeout 9000
	file_busy waiter
	file_busy reader
	rings=$(emu_register bar4.doorbell writes)
	start=$(now_ms)
	echo "$address" >$driver/unbind
	assert_within "$start" 2000 'unbind'
	assert_dmesg 'Remove: Scheduled for board removal, /dev/hailo0'
	assert_eq "$(emu_register bar4.doorbell writes)" $((rings + 1)) 'doorbells: driver-down of the owner'
	[ ! -e /dev/hailo0 ] || fail 'the node is still there'
	assert_errno ECANCELED file_answer reader
	assert_errno ENODEV file_answer sender
	assert_errno ENODEV file_answer waiter
	for command in info props mark identify 'log 0' notify-read notify-disable; do
		# shellcheck disable=SC2086
		assert_errno ENODEV file_do idle $command
	done
	emu clear-faults

	# Bound again while the old descriptors are open: they stay dead.
	if [ $round = 2 ]; then
		echo "$address" >$driver/bind || fail 'the driver does not bind again'
		usable
		assert_errno ENODEV file_do idle info
	fi
	for name in idle reader sender waiter; do
		file_close $name
	done
	if [ $round = 1 ]; then
		echo "$address" >$driver/bind || fail 'the driver does not bind again'
	fi
	usable
	dmesg_mark
done
