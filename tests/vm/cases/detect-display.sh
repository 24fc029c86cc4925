# SPDX-License-Identifier: MIT
# hailo-detect on a screen: the picture with its boxes is what the card shows; a
# screen that another program has, or that is unplugged, is said and taken later,
# while inference goes on.
# kernels: stock
# emulator: --board hailo8l
# machine: -device bochs-display,xres=1280,yres=800
# modules: bochs

net=/lab/net
card=/dev/dri/card0

# begin OPTIONS...: in the background; what it says is in /tmp/said. No function
# here: the shell that would run it would get the signals.
begin() {
	: >/tmp/said
	hailo-detect --hef $net/shapes_hailo8l.hef --labels $net/shapes.txt --listen 127.0.0.1:8080 \
		--display "$@" >/dev/null 2>>/tmp/said &
	job=$!
}

said() {
	grep -Eq -- "$1" /tmp/said
}

finish() {
	local code=0
	kill -TERM "$job"
	wait "$job" || code=$?
	assert_eq "$code" 0 "exit code; it said: $(cat /tmp/said)"
}

# shows X Y COLOUR...: these pixels have these colours.
shows() {
	local points='' colours=1280x800
	while [ $# -gt 0 ]; do
		points="$points $1 $2"
		colours="$colours $3"
		shift 3
	done
	# shellcheck disable=SC2086
	seen=$(hailo-guest scanout $card $points | tr '\n' ' ')
	[ "$seen" = "$colours " ]
}

stage_fw 4.23.0
load_ok
insert_modules bochs
connector=$(ls /sys/class/drm | sed -n 's/^card0-//p')
ip link set lo up

# One colour, 4:3: as large as the screen allows, in the middle of a grey border.
awk 'BEGIN { printf "P6\n64 48\n255\n"; for (i = 0; i < 64 * 48; i++) printf "%c%c%c", 100, 60, 20 }' >/tmp/plain.ppm
begin --source /tmp/plain.ppm
wait_until 20 said "^hailo-detect: display: $connector, 1280x800" || fail "no screen: $(cat /tmp/said)"
wait_until 20 shows 640 400 643c14 110 5 643c14 1169 795 643c14 50 400 727272 1230 400 727272 ||
	fail "the screen shows $seen"
finish

# Boxes: a point of the left and one of the lower edge of the two squares that the
# reference finds in this picture of 320x320, 2.5 times as large from column 240 on.
points=$(awk '/9003.jpg/ { here = 1; next } /^frame/ { here = 0 }
	here && $3 == "square" { split($7, a, ","); split($8, b, ",")
		printf "%d %d ff8c42 ", 240 + (int(a[1] + 0.5) + 1) * 2.5, (a[2] + b[2]) * 1.25
		printf "%d %d ff8c42 ", 240 + (a[1] + b[1]) * 1.25, (int(b[2] + 0.5) - 1) * 2.5 }' $net/images.expected)
assert_eq "$(echo "$points" | wc -w)" 12 'words of four points'
begin --source $net/images/9003.jpg
# shellcheck disable=SC2086
wait_until 20 shows $points || fail "not $points: the screen shows $seen"

# It is unplugged, and plugged in again.
: >/tmp/said
echo off >/sys/class/drm/card0-"$connector"/status
wait_until 20 said "^hailo-detect: display: no screen is plugged in \\($connector\\); tried again and again" ||
	fail "an unplugged screen: $(cat /tmp/said)"
: >/tmp/said
echo detect >/sys/class/drm/card0-"$connector"/status
wait_until 20 said "^hailo-detect: display: $connector, 1280x800" || fail "it does not come back: $(cat /tmp/said)"
# shellcheck disable=SC2086
wait_until 20 shows $points || fail "not $points: the screen shows $seen"
finish

# Another program has it: nobody waits for that.
file_open owner $card
begin --source $net/images/9003.jpg
wait_until 20 said "^hailo-detect: display: $connector belongs to another program" || fail "no holder: $(cat /tmp/said)"
wait_until 20 wget -q -O /tmp/detections http://127.0.0.1:8080/detections || fail 'no inference without the screen'
assert_match "$(cat /tmp/detections)" '"square"'
file_close owner
wait_until 20 said "^hailo-detect: display: $connector, 1280x800" || fail "it does not take a free screen: $(cat /tmp/said)"
# shellcheck disable=SC2086
wait_until 20 shows $points || fail "not $points: the screen shows $seen"
finish
