# SPDX-License-Identifier: MIT
# Arguments that end on an unmapped page, unknown commands, lengths that are too
# large. What is refused touches no register.
# kernels: stock debug
# boards: 1

stage_fw 4.20.1
load_ok compat_version=4.20.0
file_open a

# What the driver has of the ABI; for the rest an argument does not matter.
edge=$(file_do a edge) || fail "edge: $edge"
for name in memory-transfer query-device-properties query-driver-info mark-as-in-use fw-control read-log; do
	assert_match "$edge" "^$name EFAULT\$"
done
assert_match "$edge" '^soc-connect EINVAL$'
assert_match "$edge" '^soc-close EINVAL$'
assert_eq "$(echo "$edge" | grep -c ' ok$')" 0 'commands that accept a bad address'
# A notification that cannot be handed over is gone; the next one comes.
file_start a edge read-notification
file_busy a
emu notify event=2
assert_eq "$(file_answer a)" 'read-notification EFAULT' read-notification
emu notify event=10
assert_match "$(file_do a notify-read)" '^event 10 '

# The mark of the edge call has no effect to undo: this file owns the board.
assert_eq "$(file_do a mark)" 'in_use 0' mark

# Unknown numbers, known numbers with another size or direction, other groups.
assert_errno EINVAL file_do a ioctl 0x00007302 0
for command in 0x00006704 0x400c6703 0x400c6705 0x40186701 0x80176701 0x00006e04 0x40186e05 \
	0xc5f46e00 0x00006e7f 0xc0147000 0x80027001 0x5401 0; do
	assert_errno ENOTTY file_do a ioctl $command 4096
done
assert_eq "$(file_do a ioctl 0x400c6702 12)" 'data 040000001400000000000000' 'driver info as bytes'
assert_errno EINVAL file_do a mmap 0 4096

# Refused before the device is touched.
touched() {
	echo "$(emu_get counters reads) $(emu_get counters writes)"
}
before=$(touched)
for length in 1501 1502 4096 0x7fffffff 0xffffffff; do
	assert_errno EINVAL file_do a control 0 --len $length
done
assert_eq "$(touched)" "$before" 'accesses for controls that are too long'
assert_eq "$(file_do a control 0 --len 1500 | value opcode)" 0 'longest control'
usable
