# SPDX-License-Identifier: MIT
# Raw access to the device: for root, of releases that had it, within bounds.
# kernels: stock debug
# boards: 1
# ub: allowed entry0_moved
# log: HailoRT 4\.22 refuses most controls of firmware 4\.23

stage_fw 4.21.0
load_ok
pin=/sys/class/hailo_chardev/hailo0/compat_version
file_open a
word=$(file_do a memxfer read 0x200 0x98 4) || fail "BAR0: $word"
assert_eq "$word" 'data 601e6428' 'identification of the function'

# Device memory: the header of the image that was loaded; written and read back
# with controls in between.
assert_match "$(file_do a memxfer read 0 0xE0030 24)" '^data e09dd81d000000000400000015000000'
file_do a memxfer write 0 0x60ffc 8 1122334455667788 >/dev/null
file_do a identify >/dev/null
assert_eq "$(file_do a memxfer read 0 0x60ffc 8)" 'data 1122334455667788' 'across a window'
assert_match "$(file_do a memxfer read 0 0x60000 4096)" '^data [0-9a-f]{8192}$'
assert_eq "$(file_do a memxfer read 0 0x60000 0)" 'data ' 'no bytes'
usable

touched() {
	echo "$(emu_get counters reads) $(emu_get counters writes)"
}
before=$(touched)
for range in '0 0x100000000 4' '0 0xfffffffc 8' '0 0xfffffffffffffffc 8' '0 0x60000 4097' \
	'0x200 0x3ffc 8' '0x200 0xfffffffffffffffc 8' '0x202 0x1000 4' '0x204 0x4000 4' \
	'1 0 4' '0x201 0 4' '0x203 0 4' '0x205 0 4' '0xffffffff 0 4'; do
	# shellcheck disable=SC2086
	assert_errno EINVAL file_do a memxfer read $range
	# shellcheck disable=SC2086
	assert_errno EINVAL file_do a memxfer write $range
done
assert_eq "$(touched)" "$before" 'accesses for refused ranges'

# The descriptor is root's, its holder no longer is.
file_open b
file_do b become 1000
before=$(touched)
assert_errno EPERM file_do b memxfer read 0 0x60000 4
assert_errno EPERM file_do b memxfer read 0x200 0x98 4
assert_eq "$(touched)" "$before" 'accesses of a user'
file_do b identify >/dev/null || fail 'no identify for a user with a descriptor'
file_close a
file_close b

# Gone with 4.23.
unload
stage_fw 4.23.0
load_ok
assert_errno ENOTTY hailo-guest memxfer /dev/hailo0 read 0x200 0x98 4
echo 4.22.0 >$pin
assert_eq "$(hailo-guest memxfer /dev/hailo0 read 0x200 0x98 4)" 'data 601e6428' 'with 4.22.0'
usable
