# SPDX-License-Identifier: MIT
# hailo-detect with a USB camera, by V4L2 and by libcamera: each format, in the right
# colours; unplugged it says so, plugged in again it goes on, with no file left open.
# kernels: stock
# emulator: --board hailo8l
# machine: -device bochs-display,xres=1280,yres=800
# modules: xhci_pci uvcvideo bochs
# usb: camera
# timeout: 120

detect() {
	hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt "$@"
}

# begin OPTIONS...: in the background; what it says is in /tmp/said. No function
# here: the shell that would run it would get the signals.
begin() {
	: >/tmp/said
	hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt --listen 127.0.0.1:8080 --display "$@" \
		>/dev/null 2>>/tmp/said &
	job=$!
}

said() {
	grep -Eq -- "$1" /tmp/said
}

finish() {
	kill -TERM "$job"
	wait "$job" || fail "it ends badly: $(cat /tmp/said)"
}

# state: of hailo-detect, for people.
state() {
	kill -0 "$job" 2>/dev/null || echo 'it has ended; '
	cat /tmp/said
}

# replugged NAME GONE: hailo-detect, which runs, notices both.
replugged() {
	local files=''
	for time in 1 2; do
		: >/tmp/said
		port camera unplug
		wait_until 10 said "^hailo-detect: camera: $2; tried again and again" || fail "unplugged, time $time: $(state)"
		port camera plug
		wait_until 20 said "^hailo-detect: camera: $1" || fail "it does not come back, time $time: $(state)"
		# libcamera keeps one from the first time on that it has looked for a camera.
		[ "$time" != 1 ] || files=$(open_files "$job")
		assert_eq "$(open_files "$job")" "$files" "open files, time $time"
	done
	wait_until 20 shows_bars || fail "come back: the screen shows $seen"
}

stage_fw 4.23.0
load_ok
ip link set lo up
[ -e /dev/dri/card0 ] || insert_modules bochs
insert_modules xhci_pci
insert_modules uvcvideo
udev_begins
port camera plug
wait_until 10 test -c /dev/video0 || fail "no camera: $(dmesg | tail)"

sources='/dev/video0:/dev/video0,'
if [ -e /lab/bin/hailo-detect-libcamera.so ]; then
	sources="$sources libcamera:libcamera.[0-9.]*,"
else
	echo 'not by libcamera: the plugin is not built'
fi
cameras=$(hailo-detect --list-cameras)
assert_match "$cameras" '^/dev/video0: Test camera'
for format in YUYV:320x240 NV12:320x240 MJPEG:320x320; do
	assert_match "$cameras" "^  ${format%:*}: ${format#*:}@10"
done
for source in $sources; do
	name=${source#*:} source=${source%:*}
	summary=$(detect --source "$source" --format MJPEG --frames 5) || fail "no pictures: $summary"
	assert_match "$summary" "\"camera\":\"$name.*320x320 MJPEG\""
	assert_match "$summary" '"square":'
	for format in YUYV NV12; do
		begin --source "$source" --format $format
		wait_until 20 shows_bars || fail "$source, $format: the screen shows $seen; $(cat /tmp/said)"
		wait_until 5 said "^hailo-detect: camera: $name.*320x240 $format" || fail "another camera: $(cat /tmp/said)"
		[ $format = NV12 ] || finish
	done
	case $source in
	/dev/video0) replugged "$name" '.*' ;;
	libcamera)
		replugged "$name" '.* has been unplugged: No such device'
		# In a container libcamera does not learn of it.
		udev_ends
		: >/tmp/said
		port camera unplug
		wait_until 20 said '^hailo-detect: camera: libcamera .* gives no pictures; tried again' ||
			fail "unplugged in silence: $(state)"
		port camera plug
		wait_until 10 test -c /dev/video0
		udev_begins
		wait_until 20 said "^hailo-detect: camera: $name" || fail "it does not come back to where no udev is: $(state)"
		;;
	esac
	finish
done
port camera unplug
udev_ends
