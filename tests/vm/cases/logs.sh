# SPDX-License-Identifier: MIT
# Reading the firmware's log rings, past their end, and of a device that lies
# about their offsets.
# kernels: stock debug
# boards: 1
# log: Log offsets [0-9]+ and [0-9]+ are not in a ring of 4088

stage_fw 4.21.0
load_ok
file_open a

# drain CPU: empties the ring, prints its text.
drain() {
	local answer
	while :; do
		answer=$(file_do a log "$1")
		[ "$(echo "$answer" | value bytes)" != 0 ] || return 0
		echo "$answer" | value text
	done
}
assert_match "$(drain 0 | tr -d '\n')" '\[app\] boot: firmware 4.21.0'
assert_match "$(drain 1 | tr -d '\n')" '\[core\] boot: firmware 4.21.0'
assert_eq "$(file_do a log 0 | value bytes)" 0 'empty ring'

# Requests of every kind.
emu log cpu=core twelve-bytes
assert_eq "$(file_do a log 1 0 | value bytes)" 0 'request of no bytes'
assert_eq "$(file_do a log 1 5 | value bytes)" 5 'request of five bytes'
assert_match "$(drain 1 | tr -d '\n')" '\[core\] twelve-bytes\.$'
assert_eq "$(file_do a log 0 | value bytes)" 0 'the other ring'
assert_errno EINVAL file_do a log 2
assert_errno EINVAL file_do a log 0 513
assert_errno EINVAL file_do a log 0 0x100000000

# Three times around each ring, odd lengths, nothing lost and nothing twice.
for cpu in app core; do
	number=0
	[ $cpu = app ] || number=1
	i=0
	while [ $i -lt 12 ]; do
		j=0
		: >/tmp/wanted
		while [ $j -lt 9 ]; do
			text="line $i.$j $(head -c $((60 + i)) /dev/zero | tr '\0' x)"
			emu log cpu=$cpu "$text" >/dev/null
			echo "$text" >>/tmp/wanted
			j=$((j + 1))
		done
		drain $number | tr -d '\n' | sed 's/\.\?\[[0-9.]*\] \['$cpu'\] /\n/g' | sed '1d; s/\.$//' >/tmp/got
		echo >>/tmp/got
		sed -i '/^$/d' /tmp/got
		cmp -s /tmp/wanted /tmp/got || fail "$cpu log, round $i: $(cmp /tmp/wanted /tmp/got 2>&1)"
		i=$((i + 1))
	done
done

for lie in 'host=4088 chip=0' 'host=0 chip=4088' 'host=0xffffffff chip=0xffffffff' 'host=5000 chip=6000'; do
	# shellcheck disable=SC2086
	emu fault lying-log-offsets $lie
	assert_errno EIO file_do a log 0
done
assert_dmesg 'Log offsets 4088 and 0 are not in a ring of 4088'
emu log cpu=app afterwards
assert_match "$(drain 0 | tr -d '\n')" 'afterwards'
usable
