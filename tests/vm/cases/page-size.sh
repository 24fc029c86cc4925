# SPDX-License-Identifier: MIT
# The descriptor page size: what is forced is what sysfs and the library see,
# or the probe fails and says what would be accepted.
# kernels: stock debug arm64 arm64-16k
# boards: 1
# log: NNC Firmware batch was already loaded
# log: force_desc_page_size [0-9]+ is larger than 4096: HailoRT will refuse
# log: force_desc_page_size -?[0-9]+ must be a power of 2 from 64 to 32768
# log: probe (of|with driver)

case $KERNEL in
*-16k) page=16384 ;;
*) page=4096 ;;
esac

stage_fw 4.21.0
load_ok
assert_eq "$(sysfs desc_max_page_size)" 4096 'default, sysfs'
assert_eq "$(hailo-guest props /dev/hailo0 | value desc_max_page_size)" 4096 'default, device properties'
assert_dmesg "Probing: Setting max_desc_page_size to 4096, \(page_size=$page,"
unload

for size in 64 512 4096 8192 32768; do
	dmesg_mark
	load_ok support_soft_reset=N force_desc_page_size=$size
	assert_eq "$(sysfs desc_max_page_size)" $size 'forced, sysfs'
	assert_eq "$(hailo-guest props /dev/hailo0 | value desc_max_page_size)" $size 'forced, device properties'
	assert_dmesg "Probing: Force setting max_desc_page_size to $size "
	if [ $size -gt 4096 ]; then
		assert_dmesg "force_desc_page_size $size is larger than 4096: HailoRT will refuse"
	else
		assert_no_dmesg 'HailoRT will refuse'
	fi
	usable
	unload
done

for size in 32 100 3 65536 -64 4097; do
	dmesg_mark
	load_broken force_desc_page_size=$size
	assert_dmesg "force_desc_page_size $size must be a power of 2 from 64 to 32768 \(HailoRT accepts at most 4096\)"
	assert_dmesg 'probe .*failed with error -22$'
	unload
done
load_ok support_soft_reset=N
usable
