# SPDX-License-Identifier: MIT
# Each vDMA command: one wrong field at a time, the wrong owner, an argument that
# ends on an unmapped page, after a reset and after removal. What is refused
# touches no vDMA register.
# kernels: stock debug arm64 arm64-16k
# boards: 1
# timeout: 120
# log: Invalid file context
# log: Reset preparation for PCI device

all_ones=0xffffffffffffffff
page=$(($(awk '/^KernelPageSize/ { print $2; exit }' /proc/self/smaps) * 1024))

# field NAME COMMAND...: of what the command prints.
field() {
	local name=$1
	shift
	file_do "$@" | value "$name"
}

# touched: the registers of BAR2 that have been, and how often; maybe none.
touched() {
	local counters
	counters=$(emu counters)
	echo "$counters" | grep -o '"bar2[.][^}]*}' || true
}

# --- bad arguments, both releases ---------------------------------------------

for release in 4.20.0 4.22.0; do
	stage_fw $release
	load_ok
	file_open a
	file_open b

	for name in enable-channels disable-channels interrupts-wait-v420 interrupts-wait read-timestamps \
		buffer-map buffer-unmap buffer-sync desc-list-create desc-list-release desc-list-program-v420 \
		desc-list-program low-memory-alloc low-memory-free continuous-alloc continuous-free \
		launch-transfer-v420 launch-transfer; do
		assert_eq "$(file_do a edge $name)" "$name EFAULT" "$release"
	done
	before=$(touched)

	# Mappings.
	assert_errno EINVAL file_do a map 0
	assert_errno EINVAL file_do a map 0x100000000 --address 0x10000
	assert_errno EINVAL file_do a map $all_ones --address 4096
	assert_errno EINVAL file_do a map 4096 --direction 3
	assert_errno EINVAL file_do a map 4096 --type 2
	assert_errno EINVAL file_do a map 4096 --buffer 0x7000
	assert_errno EINVAL file_do a map 4096 --offset 8
	assert_errno EFAULT file_do a map 4096 --address 4096
	assert_errno EFAULT file_do a map 8192 --address 0xfffffffffffff000
	assert_errno EINVAL file_do a map 4096 --fd 0
	assert_errno EINVAL file_do a map 4096 --fd 1000
	assert_errno EINVAL file_do a map 4096 --fd $all_ones --type 1 --address $all_ones
	map=$(field handle a map 10000 --direction 1)
	assert_ne "$map" 0 'handle'
	assert_eq "$(field handle a map 4096)" $((map + 1)) 'next handle'
	assert_errno EINVAL file_do a unmap 0
	assert_errno EINVAL file_do a unmap 1000
	assert_errno EINVAL file_do a unmap $all_ones
	assert_errno EINVAL file_do b unmap "$map"

	# Syncs.
	file_do a sync "$map" 1 0 10000
	file_do a sync "$map" 0 9999 1
	file_do a sync "$map" 0 10000 0
	assert_errno EINVAL file_do a sync "$map" 2 0 10000
	assert_errno EINVAL file_do a sync "$map" 1 0 10001
	assert_errno EINVAL file_do a sync "$map" 1 10001 0
	assert_errno EINVAL file_do a sync "$map" 1 $all_ones 2
	assert_errno EINVAL file_do a sync 1000 1 0 1
	assert_errno EINVAL file_do b sync "$map" 1 0 1

	# Lists.
	for bad in '0 512 0' '1 512 0' '65537 512 0' '3 512 1' '0x100000008 512 1' '8 0 1' '8 63 1' '8 32 1' \
		'8 513 1' '8 8192 1'; do
		# shellcheck disable=SC2086
		assert_errno EINVAL file_do a list-create $bad
	done
	for good in '2 64 1' '65536 4096 1' '3 512 0' '65535 512 0'; do
		# shellcheck disable=SC2086
		out=$(file_do a list-create $good)
		assert_match "$(echo "$out" | value dma)" '0000$' "bus address of list $good"
		file_do a list-release "$(echo "$out" | value handle)"
	done
	list=$(field handle a list-create 8 512 1)
	assert_eq $((list % page)) 0 'handle modulo page'
	assert_errno EINVAL file_do a list-release 0
	assert_errno EINVAL file_do a list-release $((list + 1))
	assert_errno EINVAL file_do a list-release $all_ones
	assert_errno EINVAL file_do b list-release "$list"
	assert_errno EINVAL file_do a mmap "$list" 65536

	# Programming: what 4.20 calls EFAULT is EINVAL since 4.21.
	for abi in 420 421; do
		misuse=EINVAL
		[ $abi = 421 ] || misuse=EFAULT
		program="a program --abi $abi"
		# shellcheck disable=SC2086
		{
			assert_eq "$(field descriptors $program "$map" 3000 512 "$list" 6 1 --domain 2)" 6
			assert_eq "$(field descriptors $program "$map" 3000 512 "$list" 6 0 --domain 1)" 6
			assert_eq "$(field descriptors $program "$map" 4096 0 "$list" 3 1)" 8
			assert_errno EFAULT file_do $program 1000 512 0 "$list" 0 1
			assert_errno EFAULT file_do $program "$map" 512 0 0x7000 0 1
			assert_errno EFAULT file_do $program "$map" 10001 0 "$list" 0 1
			assert_errno EFAULT file_do $program "$map" $all_ones 0 "$list" 0 1
			assert_errno EFAULT file_do $program "$map" 1024 9216 "$list" 0 1
			assert_errno EFAULT file_do $program "$map" 512 0xfffffffffffffe00 "$list" 0 1
			assert_errno $misuse file_do $program "$map" 512 0 "$list" 8 1
			assert_errno $misuse file_do $program "$map" 512 0 "$list" 0x80000000 1
			assert_errno $misuse file_do $program "$map" 512 0 "$list" 0x80000000 0
			assert_errno $misuse file_do $program "$map" 512 100 "$list" 0 1
			assert_errno $misuse file_do $program "$map" 0 0 "$list" 0 1
			assert_errno ERANGE file_do $program "$map" 4097 0 "$list" 0 1
			assert_errno ERANGE file_do $program "$map" 4097 0 "$list" 0 0
		}
	done
	assert_errno EFAULT file_do b program "$map" 512 0 "$list" 0 1
	program='a program --abi 421'
	# shellcheck disable=SC2086
	{
		assert_eq "$(field descriptors $program "$map" 1024 0 "$list" 0 1 --batch 4)" 8
		assert_eq "$(field descriptors $program "$map" 1024 0 "$list" 0 1 --batch 0)" 0
		assert_eq "$(field descriptors $program "$map" 1024 0 "$list" 0 1 --stride 256)" 2
		assert_eq "$(field descriptors $program "$map" 1000 0 "$list" 0 1 --stride 2048)" 2
		assert_errno EINVAL file_do $program "$map" 1000 0 "$list" 0 1 --stride 256
		assert_errno EINVAL file_do $program "$map" 1024 0 "$list" 0 1 --stride 768
		assert_errno ERANGE file_do $program "$map" 1024 0 "$list" 0 1 --batch 5
		assert_errno ERANGE file_do $program "$map" 1 0 "$list" 0 0 --batch 0xffffffff
		assert_errno EINVAL file_do $program "$map" 0 0 "$list" 0 0 --batch 0xffffffff
	}
	straight=$(field handle a list-create 6 512 0)
	assert_errno ERANGE file_do a program --abi 421 "$map" 512 0 "$straight" 5 1 --batch 2
	assert_errno ERANGE file_do a program --abi 420 "$map" 1025 0 "$straight" 4 1

	# Buffers.
	for kind in low continuous; do
		assert_errno EINVAL file_do a $kind-alloc 0
		assert_errno EINVAL file_do a $kind-free 0
		assert_errno EINVAL file_do a $kind-free "$list"
		buffer=$(field handle a $kind-alloc 10000)
		assert_errno EINVAL file_do b $kind-free "$buffer"
		assert_errno EINVAL file_do b mmap "$buffer" 4096
		assert_errno EINVAL file_do a mmap "$buffer" $((page * 5))
		other=low
		[ $kind = continuous ] || other=continuous
		assert_errno EINVAL file_do a $other-free "$buffer"
		assert_errno EINVAL file_do a list-release "$buffer"
		file_do a $kind-free "$buffer"
		assert_errno EINVAL file_do a $kind-free "$buffer"
	done
	for size in 0x10000001 $all_ones 0xfffffffffffff001; do
		assert_errno ENOMEM file_do a low-alloc $size
		assert_errno ENOBUFS file_do a continuous-alloc $size
	done
	buffer=$(field handle a low-alloc 10000)
	assert_errno EINVAL file_do a map $((page * 4)) --buffer "$buffer" --address 0x10000
	assert_errno EINVAL file_do b map 10000 --buffer "$buffer" --address 0x10000
	file_do a unmap "$(field handle a map 10000 --buffer "$buffer" --address 0x10000)"
	file_do a low-free "$buffer"
	assert_eq "$(touched)" "$before" "$release: vDMA registers touched by refused commands"

	# Channels.
	file_do a enable 0
	file_do a enable 0x10002 --engine1 1
	assert_errno EINVAL file_do a enable 2
	assert_errno EINVAL file_do a enable 0x3
	assert_errno EINVAL file_do b enable 2
	assert_errno EBUSY file_do b enable 4
	assert_eq "$(file_do b mark)" 'in_use 1' 'mark beside who has channels'
	file_do b disable 2
	file_do a enable 4
	file_do a disable 4
	file_do a disable 0xffff0000
	assert_errno EINVAL file_do a enable 2
	file_do a enable 0x10000

	for abi in 420 421; do
		assert_errno EINVAL file_do a wait 0 --abi $abi
		assert_eq "$(file_do a wait 4 --abi $abi)" 'count 0' 'wait for a channel that is not enabled'
		assert_eq "$(file_do b wait 2 --abi $abi)" 'count 0' "wait for somebody else's channel"
		assert_eq "$(file_do a wait-disable 0x10002 2 --abi $abi)" 'count 0' 'wait for channels, one of them disabled'
		file_do a enable 2
	done
	file_open c
	file_do c mark >/dev/null
	file_start a wait 0x10002
	file_busy a
	# What others do, and a signal, wakes nobody.
	file_do b disable 0x10002
	kill -STOP "$(cat /tmp/file.a.pid)"
	kill -CONT "$(cat /tmp/file.a.pid)"
	file_busy a
	file_close a
	file_close c
	file_open a
	map=$(field handle a map 10000 --direction 1)
	list=$(field handle a list-create 8 512 1)
	file_do a enable 0x10002
	assert_errno EINVAL file_do a timestamps 32
	assert_errno EINVAL file_do a timestamps 1 1
	assert_eq "$(file_do a timestamps 1)" 'count 0'
	assert_eq "$(file_do b timestamps 1)" 'count 0'

	# Launches: nothing runs, so the best of them ends in ECONNRESET.
	file_do a program --abi 421 "$map" 4096 0 "$list" 0 1 >/dev/null
	out=$(file_do a map 8192 --direction 1)
	newer=$(echo "$out" | value handle)
	address=$(echo "$out" | value address)
	for bind in 0 1; do
		old="a launch 1 $list 0 $bind --abi 420"
		new="a launch 1 $list 0 $bind --abi 421"
		# shellcheck disable=SC2086
		{
			assert_errno ECONNRESET file_do $old "$map":0:512
			assert_errno ECONNRESET file_do $new 0:"$address":512
			assert_errno EINVAL file_do $old
			assert_errno EINVAL file_do $new
			assert_errno EINVAL file_do $old --count 3 "$map":0:512 "$map":0:512
			assert_errno EINVAL file_do $new --count 9 0:"$address":512
			assert_errno EINVAL file_do $old --engine 1 "$map":0:512
			assert_errno EINVAL file_do $new --engine 1 0:"$address":512
			assert_errno EINVAL file_do $old "$map":0:0
			assert_errno EINVAL file_do $new 0:"$address":0
			assert_errno EFAULT file_do $old 1000:0:512
			assert_errno EFAULT file_do $new 0:0x1000:512
			assert_errno EFAULT file_do $new 0:"$address":8193
			assert_errno EFAULT file_do $new 0:0xfffffffffffffe00:512
			assert_errno EFAULT file_do $new 2:"$address":512
			assert_errno EFAULT file_do $new 1:1000:512
			assert_errno EINVAL file_do $old "$map":0:10001
			assert_errno EINVAL file_do $old "$map":10001:512
			assert_errno EINVAL file_do a launch 32 "$list" 0 $bind --abi 420 "$map":0:512
			assert_errno EINVAL file_do a launch 255 "$list" 0 $bind --abi 421 0:"$address":512
			assert_errno EFAULT file_do a launch 1 0x7000 0 $bind --abi 420 "$map":0:512
			assert_errno EFAULT file_do a launch 1 0x7000 0 $bind --abi 421 0:"$address":512
			assert_errno EINVAL file_do a launch 1 "$list" 8 $bind --abi 420 "$map":0:512
			assert_errno EINVAL file_do a launch 1 "$list" 0x10000 $bind --abi 421 0:"$address":512
			# A direction that does not fit, and a channel that nobody has.
			assert_errno EFAULT file_do a launch 16 "$list" 0 $bind --abi 421 0:"$address":512
			assert_errno ECONNRESET file_do a launch 2 "$list" 0 $bind --abi 421 0:"$address":512
		}
	done
	assert_errno EFAULT file_do a launch 1 "$list" 0 1 --abi 420 "$map":9728:512
	# By handle, too: the device would write to pages that are pinned for reading.
	other=$(field handle a list-create 8 512 1)
	assert_errno EFAULT file_do a launch 16 "$other" 0 1 --abi 420 "$map":0:512
	assert_errno EINVAL file_do a launch 1 "$other" 0 1 --abi 420 "$map":0:512
	assert_match "$(file_do a launch 1 "$other" 0 1 --abi 420 "$map":0:512 || true)" '^status -22$'
	assert_match "$(file_do a launch 1 "$list" 0 1 --abi 420 "$map":0:512 || true)" '^status -104$'
	file_do a unmap "$newer"
	assert_errno EFAULT file_do a launch 1 "$list" 0 1 --abi 421 0:"$address":512
	out=$(file_do b map 4096 --direction 1)
	theirs=$(file_do b list-create 8 512 1 | value handle)
	assert_errno EINVAL file_do b launch 1 "$theirs" 0 1 --abi 421 0:"$(echo "$out" | value address)":512

	assert_ne "$(touched)" "$before" "$release: vDMA registers touched by launches"

	# --- after a reset ------------------------------------------------------------
	file_start a wait 0x10002
	file_busy a
	echo 1 >"$(pci_path)/reset"
	out=$(file_answer a) || fail "wait over a reset: $out"
	assert_match "$out" '^count 2$' 'channels of a wait over a reset'
	assert_eq "$(echo "$out" | grep -c 'channel 1 \(data 0xff\|active 0\)\|channel 16 \(data 0xff\|active 0\)')" 2 'stopped channels'
	for command in 'wait 0x10002' 'enable 4' 'disable 2' 'timestamps 1' 'map 4096' "unmap $map" "sync $map 0 0 1" \
		'list-create 8 512 1' "list-release $list" "program $map 512 0 $list 0 1" 'low-alloc 1' 'low-free 4096' \
		'continuous-alloc 1' 'continuous-free 4096' 'mmap 4096 4096' "launch 1 $list 0 1 --abi 420 $map:0:512"; do
		# shellcheck disable=SC2086
		assert_errno EINVAL file_do a $command
	done
	file_close a
	file_close b

	# --- after removal ------------------------------------------------------------
	file_open a
	map=$(field handle a map 10000 --direction 1)
	list=$(field handle a list-create 8 512 1)
	low=$(field handle a low-alloc 5000)
	continuous=$(field handle a continuous-alloc 5000)
	address=$(field address a mmap "$continuous" 5000)
	file_do a enable 0x10002
	file_start a wait 0x10002
	file_busy a
	echo "$(pci_address)" >/sys/bus/pci/drivers/hailo/unbind
	out=$(file_answer a) || fail "wait over a removal: $out"
	assert_match "$out" '^count 2$' 'channels of a wait over a removal'
	assert_eq "$(file_do a zero "$address" 5000)" 'signal 7' 'coherent memory after removal'
	for command in 'enable 4' 'timestamps 1' 'map 4096' "sync $map 0 0 1" 'list-create 8 512 1' \
		"program $map 512 0 $list 0 1" 'low-alloc 1' 'continuous-alloc 1' "mmap $low 5000" \
		"launch 1 $list 0 1 --abi 420 $map:0:512"; do
		# shellcheck disable=SC2086
		assert_errno ENODEV file_do a $command
	done
	# What unwinding takes works; a further wait sleeps until the channels go.
	file_do a unmap "$map"
	file_do a list-release "$list"
	file_do a low-free "$low"
	file_do a continuous-free "$continuous"
	assert_errno EINVAL file_do a unmap "$map"
	assert_eq "$(file_do a wait-disable 0x10002 0x10002)" 'count 0' 'second wait after a removal'
	assert_eq "$(file_do a wait 0x10002)" 'count 0' 'wait after the channels were disabled'
	file_close a
	unload
done
