# SPDX-License-Identifier: MIT
# hailo-detect on a board: it outlives a reset of the board, its removal, a module
# that is reloaded and a camera that is unplugged, and says meanwhile what it
# waits for. What it finds is in detect-expect.
# kernels: stock
# emulator: --board hailo8l
# modules: vivid
# log: Reset preparation for PCI device
# log: Invalid file context
# log: hailo_nnc_driver_down, timeout
# log: Device disconnected
# log: Unable to change power state from .* to (D0|D3hot), device inaccessible
# log: (No firmware file found|Failed writing NNC firmware files|Firmware load failed|Board is dead|Failed activating)
# log: Failed writing fw control to pcie
# timeout: 300

net=/lab/net

detect() {
	hailo-detect --hef $net/shapes_hailo8l.hef --labels $net/shapes.txt "$@"
}

# begin OPTIONS...: in the background; what it says is in /tmp/said. No function
# here: the shell that would run it would get the signals.
begin() {
	: >/tmp/said
	hailo-detect --hef $net/shapes_hailo8l.hef --labels $net/shapes.txt "$@" >/tmp/summary 2>>/tmp/said &
	job=$!
}

said() {
	grep -Eq -- "$1" /tmp/said
}

holds_board() {
	local file
	for file in /proc/"$job"/fd/*; do
		[ "$(readlink "$file")" != /dev/hailo0 ] || return 0
	done
	return 1
}

# taken_again: it runs on the board once more.
taken_again() {
	wait_until 10 said '^hailo-detect: board: HAILO8L' || fail "it does not take the board again: $(cat /tmp/said)"
	alive
}

alive() {
	kill -0 "$job" 2>/dev/null || fail "it has ended: $(cat /tmp/said)"
}

# finished CODE: how the background job ends.
finished() {
	local code=0
	wait "$job" || code=$?
	assert_eq "$code" "$1" "exit code; it said: $(cat /tmp/said)"
}

stage_fw 4.23.0
load_ok

ends 10 'Device arch: HAILO8L, HEF arch: HAILO8P?' hailo-detect --hef $net/shapes.hef --source synthetic --frames 1
ends 9 'gives no detections' hailo-detect --hef $net/tiny_hailo8l.hef --source synthetic --frames 1
ends 0 'board hailo0 0000:.*: HAILO8L, driver 4.23.0, firmware 4.23.0' detect --describe

# Whoever holds the board is named; a run that goes on waits for it.
file_open owner
file_do owner mark >/dev/null
ends 5 "held by $(cat /tmp/file.owner.pid) \\(hailo-guest\\)" detect --source synthetic --frames 1
begin --source synthetic
wait_until 10 said "^hailo-detect: board: .*held by $(cat /tmp/file.owner.pid)" || fail "no holder: $(cat /tmp/said)"
file_close owner
wait_until 10 said '^hailo-detect: board: HAILO8L 0000:' || fail "it does not take a free board: $(cat /tmp/said)"

# What it finds is on its page.
ip link set lo up
wait_until 10 wget -q -O /tmp/detections http://127.0.0.1:8080/detections || fail 'no page'
assert_match "$(cat /tmp/detections)" '"square"'
assert_match "$(wget -q -O - http://127.0.0.1:8080/metrics)" 'HAILO8L'
wget -q -O /tmp/snapshot http://127.0.0.1:8080/snapshot.jpg || fail 'no picture'
assert_eq "$(od -An -tx1 -N3 /tmp/snapshot | tr -d ' ')" ffd8ff 'the first bytes of a JPEG'

# SIGTERM ends it well, and the board is free.
kill -TERM "$job"
finished 0
usable

# A reset of the function in the middle.
begin --source $net/images --frames 200 --expect star
wait_until 10 holds_board || fail "it does not start: $(cat /tmp/said)"
usleep 300000
echo 1 >"$(pci_path)/reset" || fail 'the reset fails'
alive
finished 0
assert_match "$(cat /tmp/summary)" '"frames":200,'
assert_ne "$(json_get dropped </tmp/summary)" 0 'frames lost by the reset'

# The driver lets go of the board and the module is reloaded in the middle.
begin --source $net/images
wait_until 10 said '^hailo-detect: board: HAILO8L' || fail "it does not start: $(cat /tmp/said)"
address=$(pci_address)
echo "$address" >/sys/bus/pci/drivers/hailo/unbind
wait_until 10 said '^hailo-detect: board: there is no board' || fail "it does not say what it waits for: $(cat /tmp/said)"
assert_fails wget -q -O - http://127.0.0.1:8080/readyz
wait_until 10 module_idle || fail 'it holds a board that is gone'
unload
: >/tmp/said
load_ok
taken_again

# The board is pulled while frames are in flight, and plugged in again.
emu unplug
wait_until 10 said '^hailo-detect: board: ' || fail 'it does not notice that the board is gone'
echo 1 >"/sys/bus/pci/devices/$address/remove"
wait_until 10 said '^hailo-detect: board: there is no board' || fail "without a board: $(cat /tmp/said)"
: >/tmp/said
emu plug
echo 1 >/sys/bus/pci/rescan
taken_again

# A reset that finds no firmware leaves a dead board; with the file the next one
# repairs it.
unstage_fw
echo 1 >"$(pci_path)/reset"
wait_until 10 said 'the driver calls the board dead: no usable firmware file' || fail "a dead board: $(cat /tmp/said)"
stage_fw 4.23.0
: >/tmp/said
echo 1 >"$(pci_path)/reset"
taken_again
kill -TERM "$job"
finished 0

# A camera: found by itself, unplugged, plugged in again.
insert_modules vivid n_devs=1 node_types=1 num_inputs=1 input_types=0
ends 0 'vivid' hailo-detect --list-cameras
ends 0 '"camera":"/dev/video0, vivid, 640x' detect --frames 20
begin
wait_until 10 said '^hailo-detect: camera: /dev/video0, vivid' || fail "no camera: $(cat /tmp/said)"
echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
wait_until 10 said '^hailo-detect: camera: .*; tried again and again' || fail "an unplugged camera: $(cat /tmp/said)"
: >/tmp/said
echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
wait_until 20 said '^hailo-detect: camera: /dev/video[0-9]*, vivid' || fail "the camera does not come back: $(cat /tmp/said)"
kill -TERM "$job"
finished 0
rmmod vivid
