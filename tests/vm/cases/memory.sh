# SPDX-License-Identifier: MIT
# Memory that the device may reach: counted and limited, gone with the file or
# with what it was mapped into, whichever is later; dma-bufs; swiotlb.
# kernels: stock debug arm64 arm64-16k
# boards: 1
# timeout: 120

page=$(($(awk '/^KernelPageSize/ { print $2; exit }' /proc/self/smaps) * 1024))

field() {
	local name=$1
	shift
	file_do "$@" | value "$name"
}

pinned() {
	awk '/^VmPin/ { print $2 * 1024 }' "/proc/$(cat "/tmp/file.$1.pid")/status"
}

free_kb() {
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}

stage_fw 4.22.0
load_ok

# Pins are counted, and given back by unmapping and by closing.
file_open a
assert_eq "$(pinned a)" 0 'pinned at first'
map=$(field handle a map $((page * 3)) --direction 1)
assert_eq "$(pinned a)" $((page * 3)) 'pinned'
again=$(field handle a map $((page * 2 + 1)))
assert_eq "$(pinned a)" $((page * 6)) 'pinned twice'
file_do a unmap "$map"
assert_eq "$(pinned a)" $((page * 3)) 'pinned after unmapping one'
file_do a unmap "$again"
assert_eq "$(pinned a)" 0 'pinned after unmapping all'

# The same memory twice: clients map it anew before they unmap the older mapping.
out=$(file_do a map $page --direction 0)
again=$(field handle a map $page --direction 0 --address "$(echo "$out" | value address)")
file_do a unmap "$(echo "$out" | value handle)"
file_do a unmap "$again"

# Memory that is mapped anew at the same address: pages of before stay pinned.
out=$(file_do a map $page --direction 1)
file_do a munmap "$(echo "$out" | value address)" $page
file_do a unmap "$(echo "$out" | value handle)"

# The limit is for those without privileges.
file_open user
file_do user memlock $((page * 4))
file_do user map $((page * 5)) >/dev/null
file_do user become 1000
assert_errno ENOMEM file_do user map $page
assert_dmesg "hailo: hailo-guest\[[0-9]+\] may not map more than $((page * 4 / 1024)) KiB"
file_close user
chmod 666 /dev/hailo0
file_open user
file_do user memlock $((page * 4))
file_do user become 1000
map=$(field handle user map $((page * 3)))
file_do user map $page >/dev/null
assert_errno ENOMEM file_do user map $page
file_do user unmap "$map"
file_do user map $((page * 3)) >/dev/null
file_close user

# Read-only memory: the device may not write to it.
address=$(field address a memory $page --shared --read-only)
assert_errno EFAULT file_do a map $page --address "$address" --direction 2
assert_errno EFAULT file_do a map $page --address "$address" --direction 0

# Allocated buffers: zeroed, mapped in one piece, and what was freed stays while
# somebody has it mapped.
for kind in low continuous; do
	for size in 1 $((page * 3)) 100000; do
		whole=$(((size + page - 1) / page * page))
		buffer=$(field handle a $kind-alloc $size)
		address=$(field address a mmap "$buffer" $whole)
		twin=$(field address a mmap "$buffer" $whole)
		assert_eq "$(file_do a zero "$address" $whole)" 'zero yes' "new $kind buffer of $size bytes"
		file_do a fill "$address" $whole 0x5a
		assert_eq "$(file_do a zero "$twin" $whole)" 'zero no' 'the same memory, mapped twice'
		file_do a munmap "$twin" $whole
		file_do a $kind-free "$buffer"
		assert_errno EINVAL file_do a mmap "$buffer" $whole
		next=$(field handle a $kind-alloc $size)
		assert_ne "$next" "$buffer" 'handle'
		second=$(field address a mmap "$next" $whole)
		assert_eq "$(file_do a zero "$second" $whole)" 'zero yes' "$kind buffer after another one was freed"
		file_do a fill "$second" $whole 0
		assert_eq "$(file_do a zero "$address" $whole)" 'zero no' "freed $kind buffer that is still mapped"
		file_do a munmap "$address" $whole
		file_do a munmap "$second" $whole
		file_do a $kind-free "$next"
	done
done
# A part of a coherent buffer may be mapped, of a low one only all.
buffer=$(field handle a continuous-alloc $((page * 3)))
file_do a mmap "$buffer" $page >/dev/null
assert_errno EINVAL file_do a mmap "$buffer" $((page * 4))
buffer=$(field handle a low-alloc $((page * 3)))
assert_errno EINVAL file_do a mmap "$buffer" $page
assert_errno EINVAL file_do a mmap "$buffer" $((page * 4))

# A low buffer, given to the device by its handle, outlives its handle, too.
address=$(field address a mmap "$buffer" $((page * 3)))
map=$(field handle a map $((page * 3)) --buffer "$buffer" --address "$address")
file_do a low-free "$buffer"
file_do a munmap "$address" $((page * 3))
file_do a sync "$map" 0 0 $((page * 3))
file_do a unmap "$map"

# Mapped memory keeps the file open: after a fork, until the child goes.
buffer=$(field handle a continuous-alloc $page)
file_do a mmap "$buffer" $page >/dev/null
child=$(field child a fork)
file_close a
assert_ne "$(cat /sys/module/hailo_pci/refcnt)" 0 'users while a child has the memory mapped'
kill -KILL "$child"
wait_until 5 module_idle || fail 'the file did not close with the child'

# Limits per file, and nothing is lost over many rounds.
file_open b
for _ in 1 2; do
	file_do b low-alloc 0x8000000 >/dev/null || break
done
assert_errno ENOMEM file_do b low-alloc 0x8000000
file_close b
before=$(free_kb)
for _ in $(seq 20); do
	file_open b
	file_do b low-alloc 4000000 >/dev/null
	file_do b continuous-alloc 1000000 >/dev/null
	file_do b list-create 65536 512 1 >/dev/null
	file_do b map 4000000 >/dev/null
	file_close b
done
assert_le $((before - $(free_kb))) 20000 'KiB lost in 20 rounds of 10 MB'

# Many mappings of one address: the newest is the one that counts.
file_open c
list=$(field handle c list-create 8 512 1)
address=$(field address c memory $((page * 4)))
old=$(field handle c map $page --address "$address" --direction 1)
new=$(field handle c map $((page * 4)) --address "$address" --direction 1)
file_do c enable 2
assert_errno ECONNRESET file_do c launch 1 "$list" 0 1 0:"$address":$((page * 2))
file_do c unmap "$new"
assert_errno EFAULT file_do c launch 1 "$list" 0 1 0:"$address":$((page * 2))
assert_errno ECONNRESET file_do c launch 1 "$list" 0 1 0:"$address":$page
file_do c unmap "$old"
assert_errno EFAULT file_do c launch 1 "$list" 0 1 0:"$address":$page
file_close c
