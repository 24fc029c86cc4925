# SPDX-License-Identifier: MIT
# Each open file gets each notification, through a bounded queue that keeps the
# newest; broken ones are dropped and do not stop those that follow.
# kernels: stock debug
# boards: 1
# log: Failed reading firmware notification

queue=32
sequence() {
	sed 's/.* sequence \([0-9]*\) .*/\1/'
}

stage_fw 4.21.0
load_ok
file_open a
file_open b
file_start a notify-read
file_busy a
emu notify event=2 zone=1
one=$(file_answer a) || fail "reader that slept: $one"
assert_match "$one" '^event 2 .*length 44 payload 00000000'
assert_eq "$(file_do b notify-read)" "$one" 'the other file'
# A file opened later does not see earlier ones.
file_open c
file_start c notify-read
file_busy c
emu notify event=10
assert_match "$(file_answer c)" '^event 10 '
assert_match "$(file_do a notify-read)" '^event 10 '
assert_match "$(file_do b notify-read)" '^event 10 '
file_close c

# Largest and smallest message.
emu notify event=13 length=880
assert_match "$(file_do a notify-read)" 'length 880 '
emu notify event=13 length=0
assert_match "$(file_do a notify-read)" '^length 0 payload $'
file_do b notify-read 2 >/dev/null

# Broken ones, then a good one.
for kind in not-in-use too-long; do
	dmesg_mark
	emu fault bad-notification kind=$kind
	emu notify event=2
	assert_dmesg 'Failed reading firmware notification'
	emu notify event=10
	assert_match "$(file_do a notify-read)" '^event 10 ' "after $kind"
	assert_match "$(file_do b notify-read)" '^event 10 ' "after $kind, other file"
done

# One that nobody was there to read: a device that waits for its acknowledgment
# gets that from the next who opens the board.
file_close a
file_close b
file_open a
emu fault lost-msi
assert_eq "$(emu_get 'notify event=2' result)" delivered 'a notification without its interrupt'
file_close a
emu fault keep-notification
file_open a
assert_eq "$(emu_get state faults)" 0 'faults left'
file_open b
file_start a notify-read
file_busy a
assert_eq "$(emu_get 'notify event=10' result)" delivered 'the next notification'
assert_match "$(file_answer a)" '^event 10 '
assert_match "$(file_do b notify-read)" '^event 10 '

# A storm past a slow reader: what is left are the newest, in order.
storm_over() {
	[ "$(emu_get state storm_left)$(emu_get state notification_in_use)" = 0false ]
}
emu storm count=200
wait_until 20 storm_over || fail "the storm does not end: $(emu state)"
usable
got=$(file_do a notify-read $queue | sequence) || fail "after the storm: $got"
first=$(echo "$got" | head -n 1)
assert_eq "$(echo "$got" | tr '\n' ' ')" "$(seq "$first" $((first + queue - 1)) | tr '\n' ' ')" 'sequence numbers'
file_start a notify-read
file_busy a
emu notify event=2
assert_eq "$(file_answer a | sequence)" $((first + queue)) 'sequence after the storm'

# Disabling wakes the reader, drops what waits, and lasts.
file_start a notify-read
file_busy a
file_open c
assert_errno ECANCELED hailo-guest notify-cancel /dev/hailo0
file_busy a
emu notify event=2
file_answer a >/dev/null
file_do b notify-disable
assert_errno ECANCELED file_do b notify-read
emu notify event=2
assert_errno ECANCELED file_do b notify-read
assert_match "$(file_do a notify-read)" '^event 2 '
assert_match "$(file_do c notify-read)" '^event 2 '
file_do b identify >/dev/null || fail "no identify after disable"
usable
