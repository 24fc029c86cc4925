# SPDX-License-Identifier: MIT
# The check of the whole chain, with pages of 4 and of 16 KiB: hailo-detect finds in
# pictures what the host's reference finds, and its exit code says whether the
# class that was expected is among it. The module gets no parameter.
# kernels: stock arm64 arm64-16k
# emulator: --board hailo8l
# timeout: 120

net=/lab/net

detect() {
	hailo-detect --hef $net/shapes_hailo8l.hef --labels $net/shapes.txt "$@"
}

# count CLASS: detections in the summary.
count() {
	local found
	found=$(sed -n 's/.*"'"$1"'":{"detections":\([0-9]*\).*/\1/p' /tmp/ends.out)
	echo "${found:-0}"
}

case $KERNEL in
*-16k) page='16 kB' ;;
*) page='4 kB' ;;
esac
assert_eq "$(sed -n 's/^KernelPageSize: *//p' /proc/self/smaps | uniq)" "$page" 'page of the kernel'

stage_fw 4.23.0
load_ok
assert_eq "$(cat /sys/module/hailo_pci/parameters/force_desc_page_size)" 0 'force_desc_page_size'
assert_eq "$(hailo-guest props /dev/hailo0 | value desc_max_page_size)" 4096 'descriptor page'

ends 0 '"frames":20,.*"circle":{"detections":[1-9]' detect --source synthetic --frames 20 --expect circle
ends 0 '"square":{"detections":[1-9]' detect --source synthetic --frames 20 --expect square

# Each picture once: as many of each class as the reference finds.
ends 0 '"frames":8,' detect --source $net/images --frames 8 --expect ring
while read -r class; do
	assert_eq "$(count "$class")" "$(grep -c " $class score" $net/images.expected)" "$class"
done <$net/shapes.txt
ends 28 'circle has not been seen in 5 frames' detect --source $net/images/9001.jpg --frames 5 --expect circle
