# SPDX-License-Identifier: MIT
# hailo-detect reads cameras that V4L2's calls for several planes are for, whose
# pictures lie in one plane or in two, in the right colours; they are unplugged and
# come back. Its buffers are of the kernel's DMA heap, all kernels since Debian 13's
# have one; none is left behind.
# kernels: stock
# emulator: --board hailo8l
# machine: -device bochs-display,xres=1280,yres=800
# modules: vivid bochs
# timeout: 180

# begin OPTIONS...: in the background, with a screen; what it says is in /tmp/said. No
# function here: the shell that would run it would get the signals.
begin() {
	: >/tmp/said
	hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt --listen 127.0.0.1:8080 --display \
		--source /dev/video0 "$@" >/dev/null 2>>/tmp/said &
	job=$!
}

said() {
	grep -Eq -- "$1" /tmp/said
}

finish() {
	kill -TERM "$job"
	wait "$job" || fail "it ends badly: $(cat /tmp/said)"
}

# shared: how many buffers of the heap there are.
shared() {
	[ -z "$heap" ] || awk '$5 == "system"' /sys/kernel/debug/dma_buf/bufinfo | wc -l
}

# holds NUMBER: of them.
holds() {
	[ -z "$heap" ] || [ "$(shared)" = "$1" ]
}

stage_fw 4.23.0
load_ok
ip link set lo up
[ -e /dev/dri/card0 ] || insert_modules bochs

heap='' memory=''
case $(uname -r) in
5.* | 6.1.*) [ ! -e /dev/dma_heap/system ] || fail "$(uname -r) has a DMA heap" ;;
*)
	[ -c /dev/dma_heap/system ] || fail "$(uname -r) has no DMA heap"
	heap=yes memory=', dma-buf'
	;;
esac

insert_modules vivid n_devs=1 node_types=1 num_inputs=1 input_types=0 multiplanar=2
cameras=$(hailo-detect --list-cameras) || fail "no camera: $cameras"
assert_match "$cameras" '^/dev/video0: vivid \(vivid\)$'
assert_match "$cameras" '^  NV12M: .*640x480@'
# Its planes are a buffer each; four pictures are under way.
for format in RGB24:4 NV12:4 NV12M:8 YUYV:4; do
	buffers=${format#*:} format=${format%:*}
	begin --format $format
	wait_until 60 shows_bars || fail "$format: the screen shows $seen; $(cat /tmp/said)"
	wait_until 5 holds "$buffers" || fail "$format: $(shared) buffers of the heap, not $buffers"
	wait_until 60 said "^hailo-detect: camera: /dev/video0, vivid, 640x480 $format$memory\$" || fail "another camera: $(cat /tmp/said)"
	finish
	wait_until 5 holds 0 || fail "$format: $(shared) buffers of the heap are left"
done

begin
wait_until 60 shows_bars || fail "the screen shows $seen; $(cat /tmp/said)"
first=$(open_files "$job")
for time in 1 2 3; do
	: >/tmp/said
	echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind
	wait_until 60 said '^hailo-detect: camera: .*; tried again and again' || fail "unplugged, time $time: $(cat /tmp/said)"
	wait_until 5 holds 0 || fail "unplugged, time $time: $(shared) buffers of the heap are left"
	: >/tmp/said
	echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
	wait_until 60 said "^hailo-detect: camera: /dev/video[0-9]*, vivid, .*$memory\$" || fail "it does not come back, time $time: $(cat /tmp/said)"
	assert_eq "$(open_files "$job")" "$first" "open files, time $time"
done
wait_until 60 shows_bars || fail "come back: the screen shows $seen"
finish
wait_until 5 holds 0 || fail "$(shared) buffers of the heap are left"
rmmod vivid

# And by the calls for one plane, which most cameras have.
insert_modules vivid n_devs=1 node_types=1 num_inputs=1 input_types=0 multiplanar=1
summary=$(hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt --frames 5 --format YUYV) ||
	fail "no pictures: $summary"
assert_match "$summary" '"frames":5,'
assert_match "$summary" "\"camera\":\"/dev/video0, vivid, 640x480 YUYV$memory\""
rmmod vivid
