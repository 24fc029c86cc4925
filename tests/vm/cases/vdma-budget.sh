# SPDX-License-Identifier: MIT
# What a frame costs in register accesses: frame by frame, one input and one
# output, at most 6 reads and 5 writes, and 10 reads for clients of 4.20. With
# more frames in flight it is less.
# kernels: stock debug
# boards: 1
# log: Interrupt lost
# timeout: 120

frames=100

# cost NAME OPTIONS: of a frame, in hundredths; the cost of starting and stopping
# is measured by a run of one frame and taken off.
cost() {
	local name=$1 rounds count before
	shift
	for rounds in 1 $((frames + 1)); do
		emu reset-counters
		# shellcheck disable=SC2068
		out=$(file_do a network --frames $rounds $@) || fail "$name: $out"
		for count in reads writes msis; do
			[ $rounds != 1 ] || eval "base_$count=$(emu_get counters $count)"
			[ $rounds = 1 ] || eval "$count=$(($(emu_get counters $count) - base_$count))"
		done
	done
	for count in reads writes msis; do
		eval "before=\$$count"
		metric "${name}_$count" "$((before / frames)).$(printf %02d $((before % frames * 100 / frames)))"
	done
}

# Frame by frame each interrupt is waited for, so the emulator must not be late
# with one of the two: the mean may be off by a tenth.
stage_fw 4.23.0
load_ok
file_open a
cost frame_423 --abi 421
assert_le "$reads" $((frames * 6)) 'reads for 100 frames'
assert_le "$writes" $((frames * 5)) 'writes for 100 frames'
cost frame_423_direct --abi 421 --direct
assert_le "$reads" $((frames * 6)) 'reads for 100 frames, bound at the launch'
assert_le "$writes" $((frames * 5)) 'writes for 100 frames, bound at the launch'
cost frame_420 --abi 420
assert_le "$reads" $((frames * 10)) 'reads for 100 frames, 4.20'
assert_le "$writes" $((frames * 5)) 'writes for 100 frames, 4.20'

previous=
for depth in 2 4 8 16 32; do
	cost frame_depth_$depth --abi 421 --depth $depth
	assert_le "$reads" $((frames * 8)) "reads for 100 frames, $depth in flight"
done
