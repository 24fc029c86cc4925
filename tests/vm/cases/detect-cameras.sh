# SPDX-License-Identifier: MIT
# hailo-detect reads cameras that V4L2's calls for several planes are for, whose
# pictures lie in one plane or in two, into memory of the DMA heap if the kernel
# has one (Debian 12's has none).
# kernels: stock
# emulator: --board hailo8l
# modules: vivid

detect() {
	hailo-detect --hef /lab/net/shapes_hailo8l.hef --labels /lab/net/shapes.txt "$@"
}

stage_fw 4.23.0
load_ok

insert_modules vivid n_devs=1 node_types=1 num_inputs=1 input_types=0 multiplanar=2
cameras=$(hailo-detect --list-cameras) || fail "no camera: $cameras"
assert_match "$cameras" '^/dev/video0: vivid \(vivid\)$'
assert_match "$cameras" '^  NV12M: .*640x480@'
memory=
[ ! -e /dev/dma_heap/system ] || memory=', dma-buf'
for format in RGB24 NV12 NV12M YUYV; do
	summary=$(detect --frames 5 --format $format) || fail "no pictures: $summary"
	assert_match "$summary" "\"camera\":\"/dev/video0, vivid, 640x480 $format$memory\""
done
rmmod vivid
