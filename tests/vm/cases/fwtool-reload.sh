# SPDX-License-Identifier: MIT
# hailo-fwtool reload and down against a real kernel: once, again without effect,
# with options of modprobe.d, in use, refused, and where nobody makes nodes.
# kernels: stock
# boards: 1
# timeout: 240
# log: compat_version 1.2.3 is none of the releases

reload() {
	hailo-fwtool reload --module "$MODULE" "$@"
}

# boots: how often the board has been given firmware.
boots() {
	dmesg_since | grep -c 'Init module. driver version'
}

exits 25 'no firmware: none of hailo/hailo8_fw.bin is in /extra-firmware' reload
assert_fails grep -q '^hailo_pci ' /proc/modules

stage_fw 4.21.0
assert_match "$(reload --dry-run)" 'Reason: +the module is not loaded'
assert_match "$(reload)" 'hailo0: +running, firmware 4.21.0'
usable
assert_match "$(reload)" '^Nothing to do: '
assert_match "$(reload --json)" '"changed": false'
assert_eq "$(boots)" 1 'loads so far'

# Other firmware is a reason, another parameter is one, the default then is.
stage_fw 4.23.0
assert_match "$(reload)" 'hailo0 runs firmware 4.21.0, on disk is 4.23.0'
assert_eq "$(sysfs firmware_version)" 4.23.0 firmware_version
mkdir -p /etc/modprobe.d
echo 'options hailo_pci force_desc_page_size=2048' >/etc/modprobe.d/hailo_pci.conf
assert_match "$(reload)" 'force_desc_page_size is 0, not 2048'
assert_eq "$(sysfs desc_max_page_size)" 2048 desc_max_page_size
assert_match "$(reload force_desc_page_size=0x800)" '^Nothing to do: '
assert_match "$(reload force_desc_page_size=1024)" 'force_desc_page_size is 2048, not 1024'
rm /etc/modprobe.d/hailo_pci.conf
assert_match "$(reload)" 'force_desc_page_size is 1024, not 0'
assert_eq "$(boots)" 5 'loads so far'

# In use: who it is, and nothing happens.
file_open a
pid=$(cat /tmp/file.a.pid)
exits 20 "in use: $pid \(hailo-guest hold /dev/hailo0\) holds hailo0" reload no_power_mode=Y
exits 20 "in use: $pid \(hailo-guest hold /dev/hailo0\) holds hailo0" hailo-fwtool down
assert_match "$(reload)" '^Nothing to do: '
usable
file_close a

exits 24 'the module has no parameter page_size' reload page_size=4096
exits 4 'the kernel does not permit it' as_user hailo-fwtool reload --module "$MODULE" no_power_mode=Y
usable
exits 24 'refuses its parameters \(compat_version=1.2.3\).*compat_version 1.2.3 is none' \
	reload compat_version=1.2.3
exits 21 'is no kernel module' hailo-fwtool reload --module /lab/lib.sh
exits 21 'no module hailo_pci in /lib/modules/' hailo-fwtool reload

# A /dev that nobody fills, as in a container: the node is made, and made again
# when it has the wrong number.
reload >/dev/null
node=$(sysfs dev)
mkdir /tmp/dev
cp -a /dev/null /dev/kmsg /dev/vport* /dev/virtio-ports /tmp/dev
mount -t tmpfs tmpfs /dev
cp -a /tmp/dev/* /dev
wrong() {
	rm -f /dev/hailo0
	mknod /dev/hailo0 c 1 3
}
for spoil in : wrong; do
	$spoil
	assert_match "$(reload)" '^Nothing to do: '
	assert_eq "$(printf %d:%d "$(stat -c 0x%t /dev/hailo0)" "$(stat -c 0x%T /dev/hailo0)")" "$node" 'number of the node'
	assert_eq "$(stat -c %a /dev/hailo0)" 660 'mode of the node'
	usable
done
umount /dev

assert_match "$(hailo-fwtool down --dry-run)" '^Remove: hailo_pci$'
assert_eq "$(hailo-fwtool down)" 'Removed: hailo_pci'
assert_fails grep -q '^hailo_pci ' /proc/modules
assert_eq "$(hailo-fwtool down)" 'Nothing to do: hailo_pci is not loaded'
