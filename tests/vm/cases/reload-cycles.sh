# SPDX-License-Identifier: MIT
# A hundred times load, use, unload; fewer under the checkers, where each takes
# long and they need no repetition.
# kernels: stock debug
# boards: 1
# timeout: 150
# log: NNC Firmware batch was already loaded

cycles=100
[ ! -e /sys/kernel/debug/kmemleak ] || cycles=10
stage_fw 4.21.0
slab() {
	awk '/^MemAvailable/ { print $2 }' /proc/meminfo
}
i=0
while [ $i -lt $cycles ]; do
	# Each tenth boots anew.
	if [ $((i % 10)) = 0 ]; then
		load_ok
	else
		load_ok support_soft_reset=N
	fi
	usable
	unload
	i=$((i + 1))
	[ $i != 10 ] || early=$(slab)
done
assert_le $((early - $(slab))) 4096 'KiB of memory lost since the tenth cycle'
