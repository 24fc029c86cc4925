# SPDX-License-Identifier: MIT
# Sequences of vDMA commands, most of them good and some not, from two threads on
# several files: a few seconds of what "make fuzz" does for longer. Transfers get
# through, the device is not misused, and the board works afterwards.
# kernels: stock debug arm64 arm64-16k
# boards: 1
# log: reports descriptor
# log: hw state out of sync
# timeout: 600

stage_fw 4.23.0
load_ok
out=$(hailo-guest fuzz /dev/hailo0 --calls "${FUZZ_CALLS:-3000}" --seed "${FUZZ_SEED:-1}") || fail "$out"
echo "$out"
for what in calls good transfers; do
	metric fuzz_$what "$(echo "$out" | value $what)"
done
assert_le "${FUZZ_CALLS:-3000}" "$(echo "$out" | value calls)" 'calls'
assert_le $((${FUZZ_CALLS:-3000} / 4)) "$(echo "$out" | value good)" 'calls that succeeded'
assert_le 1 "$(echo "$out" | value transfers)" 'transfers'
usable
