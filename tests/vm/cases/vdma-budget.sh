# SPDX-License-Identifier: MIT
# What a frame costs in register accesses: frame by frame, one input and one
# output, at most 6 reads and 5 writes, and 10 reads for clients of 4.20; and in
# instructions. With more frames in flight it is less.
# kernels: stock debug
# boards: 1
# count: insns
# timeout: 240

frames=100

# cost NAME OPTIONS: of $frames frames; that of starting and stopping is measured
# by a run of one frame and taken off. Reports the mean of a frame.
cost() {
	local name=$1 rounds count sum
	shift
	for rounds in 1 $((frames + 1)); do
		emu reset-counters
		begun=$(insns)
		# shellcheck disable=SC2068
		out=$(file_do a network --frames $rounds $@) || fail "$name: $out"
		sum_insns=$(($(insns) - begun))
		for count in reads writes msis insns; do
			[ $count = insns ] || eval "sum_$count=$(emu_get counters $count)"
			[ $rounds != 1 ] || eval "base_$count=\$sum_$count"
		done
	done
	for count in reads writes msis insns; do
		eval "sum=\$((sum_$count - base_$count))"
		eval "$count=\$sum"
		metric "${name}_$count" "$((sum / frames)).$(printf %02d $((sum % frames * 100 / frames)))"
	done
}

# within WHAT COUNT LIMIT: of a frame.
within() {
	assert_le "$2" $((frames * $3)) "$1 of $frames frames"
}

# insns_within WHAT LIMIT OPTIONS: of a frame. On a busy machine a client is woken
# for the input alone now and then, and waits twice: the least of 5 runs counts.
insns_within() {
	local what=$1 limit=$2 least=$insns left=4
	shift 2
	[ "$KERNEL" != debug ] || return 0
	while [ "$least" -gt $((frames * limit)) ] && [ $left -gt 0 ]; do
		left=$((left - 1))
		cost "again_$left" "$@"
		[ "$insns" -ge "$least" ] || least=$insns
	done
	within "$what" "$least" "$limit"
}

stage_fw 4.23.0
load_ok
file_open a
cost frame_423 --abi 421
within reads "$reads" 6
within writes "$writes" 5
insns_within instructions 1800 --abi 421
cost frame_423_direct --abi 421 --direct
within 'reads, bound at the launch,' "$reads" 6
within 'writes, bound at the launch,' "$writes" 5
insns_within 'instructions, bound at the launch,' 2200 --abi 421 --direct
cost frame_420 --abi 420
within 'reads, 4.20,' "$reads" 10
within 'writes, 4.20,' "$writes" 5
insns_within 'instructions, 4.20,' 1850 --abi 420

# 1.2 MB in and 0.54 MB out: a tenth of what the vendor's driver takes if buffers
# come back to their place in the list, else 60 %.
big='--abi 421 --in 1228800 --out 540000'
cost frame_big $big
[ "$KERNEL" = debug ] || within instructions "$insns" 7800
cost frame_big_moving $big --direct --moving
[ "$KERNEL" = debug ] || within instructions "$insns" 46800

for depth in 2 4 8 16 32; do
	cost frame_depth_$depth --abi 421 --depth $depth
	within "reads, $depth in flight," "$reads" 6
done
