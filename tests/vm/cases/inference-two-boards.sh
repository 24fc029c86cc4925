# SPDX-License-Identifier: MIT
# Two boards, one of either generation, and a process on each: both give the
# host's answers while the other one works.
# kernels: stock debug
# boards: 2
# emulator: --board hailo8
# emulator1: --board hailo8l
# timeout: 240

stage_fw 4.23.0
load_ok
[ -c /dev/hailo1 ] || fail 'no second board'
mkdir -p /tmp/in
cp /lab/net/tiny/in0.raw /tmp/in
for board in 0 1; do
	hailo-run /lab/net/tiny_hailo8l.hef --device hailo$board --input /tmp/in --frames 1000 --streams 8 \
		--raw-out /tmp/out$board >/tmp/run$board 2>&1 &
	eval "client$board=$!"
done
for board in 0 1; do
	eval "wait \$client$board" || fail "board $board: $(tail -n 3 /tmp/run$board)"
	# The 200 frames of the input, five times.
	for _ in 1 2 3 4 5; do
		cat /lab/net/tiny/expected0.raw
	done | cmp - /tmp/out$board/out0.raw || fail "board $board: other answers than the host"
done
