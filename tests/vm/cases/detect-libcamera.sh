# SPDX-License-Identifier: MIT
# hailo-detect through libcamera: without a camera it says so and goes on looking;
# its cameras are listed; the pictures of one come, in the right colours.
# kernels: stock
# emulator: --board hailo8l
# machine: -device bochs-display,xres=1280,yres=800
# modules: vimc bochs

[ -e /lab/bin/hailo-detect-libcamera.so ] || skip 'the plugin is not built: no libcamera-dev'

# begin OPTIONS...: in the background; what it says is in /tmp/said.
begin() {
	: >/tmp/said
	hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt --listen 127.0.0.1:8080 "$@" \
		>/dev/null 2>>/tmp/said &
	job=$!
}

said() {
	grep -Eq -- "$1" /tmp/said
}

stage_fw 4.23.0
load_ok
ip link set lo up
[ -e /dev/dri/card0 ] || insert_modules bochs
udev_begins

begin --source 'libcamera:platform/vimc.0 Sensor B'
wait_until 10 said '^hailo-detect: camera: libcamera knows no camera platform/vimc.0 Sensor B: .*; tried again and again' ||
	fail "without a camera: $(cat /tmp/said)"
: >/tmp/said
insert_modules vimc
wait_until 20 said '^hailo-detect: camera: libcamera [0-9.]*, Sensor B' || fail "no camera: $(cat /tmp/said)"
kill -TERM "$job"
wait "$job" || fail "it ends badly: $(cat /tmp/said)"

cameras=$(hailo-detect --list-cameras) || fail "no camera: $cameras"
assert_match "$cameras" '^libcamera:platform/vimc.0 Sensor B: Sensor B \(libcamera [0-9.]*\)$'

# No node of vimc gives a picture by itself: the default finds this one, too.
begin --display
wait_until 20 said '^hailo-detect: camera: libcamera [0-9.]*, Sensor B \(platform/vimc.0 Sensor B\), 636x480 RGB24' ||
	fail "no camera: $(cat /tmp/said)"
wait_until 20 said '^hailo-detect: display: .*1280x800' || fail "no screen: $(cat /tmp/said)"
# Its test picture is the eight bars.
wait_until 20 shows_bars || fail "the screen shows $seen"
kill -TERM "$job"
wait "$job" || fail "it ends badly: $(cat /tmp/said)"
rmmod vimc
udev_ends
