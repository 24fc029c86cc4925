# SPDX-License-Identifier: MIT
# Memory of other drivers: imported by descriptor or by address, known by the
# buffer and not by the number alone, alive as long as it is mapped.
# kernels: debug
# boards: 1
# timeout: 60

[ -e /dev/udmabuf ] || [ -e /dev/dma_heap/system ] || skip 'this kernel makes no dma-bufs'

field() {
	local name=$1
	shift
	file_do "$@" | value "$name"
}

stage_fw 4.22.0
load_ok
file_open a
fd=$(field fd a dmabuf 16384)
assert_errno EINVAL file_do a map 16385 --fd "$fd"
map=$(field handle a map 16384 --fd "$fd" --direction 1)
file_do a sync "$map" 1 0 16384
list=$(field handle a list-create 64 512 1)
assert_eq "$(field descriptors a program "$map" 16384 0 "$list" 0 1)" 32
file_do a enable 2
assert_errno ECONNRESET file_do a launch 1 "$list" 0 1 1:"$fd":16384
assert_errno EFAULT file_do a launch 1 "$list" 0 1 1:"$fd":16385
assert_errno EFAULT file_do a launch 1 "$list" 0 1 0:"$fd":512

# The number means another buffer now, and that is not mapped.
file_do a fd-close "$fd"
assert_errno EFAULT file_do a launch 1 "$list" 0 1 1:"$fd":16384
other=$(field fd a dmabuf 16384)
assert_eq "$other" "$fd" 'descriptor'
assert_errno EFAULT file_do a launch 1 "$list" 0 1 1:"$fd":16384
assert_eq "$(field descriptors a program "$map" 16384 0 "$list" 0 1)" 32
file_do a unmap "$map"

# By address: no page of it is pinned.
address=$(field address a fd-map "$other" 16384)
map=$(field handle a map 8192 --address "$address" --direction 1)
assert_eq "$(awk '/^VmPin/ { print $2 }' "/proc/$(cat /tmp/file.a.pid)/status")" 0 pinned
assert_errno EINVAL file_do a map 16384 --address $((address + 4096)) --direction 1
assert_errno ECONNRESET file_do a launch 1 "$list" 0 1 0:$((address + 4096)):4096
file_do a munmap "$address" 16384
file_do a fd-close "$other"
file_do a sync "$map" 0 0 8192

# Left mapped: given back when the file closes, and when the board goes.
file_close a
file_open a
fd=$(field fd a dmabuf 8192)
file_do a map 8192 --fd "$fd" >/dev/null
echo "$(pci_address)" >/sys/bus/pci/drivers/hailo/unbind
file_close a
