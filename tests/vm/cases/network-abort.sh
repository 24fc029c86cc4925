# SPDX-License-Identifier: MIT
# Frames in flight when something goes: the client is killed at random moments,
# memory is unmapped, channels are disabled, the board is reset, pulled, or
# suspended. The next client works, and the device finds no memory missing.
# kernels: stock debug
# boards: 1
# timeout: 300
# log: Invalid file context
# log: Reset preparation for PCI device
# log: Device disconnected
# log: Unable to change power state from .* to (D0|D3hot), device inaccessible
# log: Board is dead: device disconnected

works() {
	out=$(hailo-guest network /dev/hailo0 --frames 3 --depth 2) || fail "$1: $out"
	assert_match "$out" '^frames 3$' "$1"
}

# end_frames ERRNO...: where it is in its loop decides which.
end_frames() {
	local line code=0
	while IFS= read -r -t 20 line <&5; do
		case $line in error*) break ;; esac
	done
	wait $client || code=$?
	exec 5<&-
	case " $* " in
	*" ${line#error } "*) ;;
	*) assert_eq "$line" "error $*" 'how the client ends' ;;
	esac
	assert_eq $code 1 'status of the client'
}

stage_fw 4.23.0
load_ok
works 'at first'

# Killed. The generations take turns, and the ways to bind.
kills=${KILLS:-200}
for i in $(seq "$kills"); do
	case $((i % 4)) in
	0) way='--abi 420' ;;
	1) way='--abi 420 --direct' ;;
	2) way='' ;;
	*) way='--direct' ;;
	esac
	# shellcheck disable=SC2086
	hailo-guest network /dev/hailo0 --frames 0 --depth 4 --in 3000,200 --out 8,2000 $way >/tmp/killed 2>&1 &
	client=$!
	usleep $(((i * 7919) % 97 * 1500))
	kill -KILL $client
	code=0
	wait $client 2>/dev/null || code=$?
	assert_eq $code 137 "status of the client in round $i, which said '$(cat /tmp/killed)'"
	! grep -q '^frame ' /tmp/killed || fail "round $i: $(cat /tmp/killed)"
	[ $((i % 20)) != 0 ] || works "after $i clients were killed"
done
metric clients_killed "$kills"

# Reset. A client that waits gets ECONNRESET, one that launches while the board
# is away ENODEV, and one that launches when it is back EINVAL: its file is of the
# time before.
start_frames 4
echo 1 >"$(pci_path)/reset"
end_frames ECONNRESET ENODEV EINVAL
works 'after a reset'

# Suspend, between frames and with frames in flight.
if grep -q platform /sys/power/pm_test; then
	echo 0 >/sys/module/suspend/parameters/pm_test_delay
	file_open a
	file_do a network --frames 5 --depth 2 --no-stop >/dev/null
	start=$(emu_get counters ub)
	echo platform >/sys/power/pm_test
	echo mem >/sys/power/state || fail 'the system does not suspend'
	assert_errno EINVAL file_do a network --frames 1
	file_close a
	works 'after a suspend'
	start_frames 4
	echo mem >/sys/power/state || fail 'the system does not suspend'
	echo none >/sys/power/pm_test
	end_frames EINVAL
	works 'after a suspend with frames in flight'
	assert_eq "$(emu_get counters ub)" "$start" 'misuse of the device'
fi

# Pulled.
address=$(pci_address)
start_frames 4
emu unplug
echo 1 >"/sys/bus/pci/devices/$address/remove"
end_frames ECONNRESET ENODEV
emu plug
echo 1 >/sys/bus/pci/rescan
works 'after the board came back'

# Unbound.
start_frames 4
echo "$address" >/sys/bus/pci/drivers/hailo/unbind
end_frames ECONNRESET ENODEV
echo "$address" >/sys/bus/pci/drivers/hailo/bind
works 'after binding again'

# The kernel keeps the files that it has read for a sleep for 10 s more: the next
# case must not get them.
sleep 11
