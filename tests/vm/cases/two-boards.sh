# SPDX-License-Identifier: MIT
# Two boards at once, each with a firmware and a release of its own.
# kernels: stock debug
# boards: 2
# log: hailo_fw_control, timeout waiting for control

stage_fw 4.23.0
stage_fw 4.20.0 hailo8_fw.4.20.0.bin
load_ok
[ -c /dev/hailo1 ] || fail 'no /dev/hailo1'
assert_ne "$(sysfs board_location 0)" "$(sysfs board_location 1)" 'locations of the boards'
# Which of the two is hailo0 depends on which was faster; emulator 0 is the
# board that comes first on the bus.
old=0
[ "$(sysfs board_location 0)" = "$(pci_address 0)" ] || old=1
new=$((1 - old))

echo 4.20.0 >/sys/class/hailo_chardev/hailo$old/compat_version || fail 'pin refused'
for what in "$old 4.20.0 0" "$new 4.23.0 1"; do
	# shellcheck disable=SC2086
	set -- $what
	assert_eq "$(sysfs release $1)" $2 "release of board $1"
	assert_eq "$(sysfs firmware_version $1)" $2 "firmware of board $1"
	assert_eq "$(hailo-guest info /dev/hailo$1)" "release $2" "driver info of board $1"
	assert_eq "$(hailo-guest identify /dev/hailo$1 | value firmware)" $2 "identify of board $1"
	assert_eq "$(emu_get $3 state fw_version)" $2 "firmware of emulator $3"
done

# A board that hangs, and one that is pulled, leave the other alone.
file_open a /dev/hailo$old
emu 0 fault hang-control
file_start a control 0 --timeout $((1500 * SLOWNESS))
start=$(now_ms)
usable $new
assert_within "$start" 1000 'identify of the other board'
assert_errno ETIMEDOUT file_answer a
file_close a
usable $old

location=$(sysfs board_location $old)
echo 1 >"/sys/bus/pci/devices/$location/remove"
node_gone $old || fail "hailo$old is still there"
usable $new
assert_eq "$(sysfs release $new)" 4.23.0 'release of the board that stayed'
# The lowest free number is used again; the pin went with the board.
echo 1 >/sys/bus/pci/rescan
wait_until 5 node_there $old || fail "hailo$old does not come back"
usable $old
assert_eq "$(sysfs release $old)" 4.23.0 'release of the board that came back'
