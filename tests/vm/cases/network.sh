# SPDX-License-Identifier: MIT
# Frames through the driver with bare commands, each frame checked: both
# generations, bound before and at the launch, sizes that are no round number.
# kernels: stock debug arm64 arm64-16k
# boards: 1
# timeout: 120

for release in 4.20.0 4.23.0; do
	stage_fw $release
	load_ok
	file_open a
	for way in '' --direct '--direct --moving'; do
		for depth in 1 5; do
			# shellcheck disable=SC2086
			out=$(file_do a network --frames 40 --depth $depth $way) || fail "$release $way depth $depth: $out"
			assert_match "$out" '^frames 40$' "$release $way depth $depth"
		done
	done
	out=$(file_do a network --frames 12 --depth 3 --in 8,1000,70008 --out 8,520,30000 --direct) || fail "$release sizes: $out"
	assert_match "$out" '^frames 12$' "$release, several streams"
	out=$(file_do a network --frames 12 --depth 3 --in 8,1000,70008 --out 8,520,30000 --page 4096) || fail "$release sizes: $out"
	assert_match "$out" '^frames 12$' "$release, several streams, ring"
	# Sixteen at once.
	out=$(file_do a network --frames 20 --depth 3 --in 8,16,1000,2000,3000,512,520,4096 --out 8,24,520,1000,64,2048,30000,96) ||
		fail "$release sixteen streams: $out"
	assert_match "$out" '^frames 20$' "$release, sixteen streams"
	out=$(file_do a network --frames 30 --timestamps --debug) || fail "$release timestamps: $out"
	assert_match "$out" '^timestamps_16 30$' "$release"
	file_close a
	unload
done
