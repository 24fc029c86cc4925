# SPDX-License-Identifier: MIT
# What the kernel itself refuses, and hailo-fwtool reload explains: a module with
# other version magic, with a symbol that is not there or of another version, with
# a name that is taken, without a signature; and a node that comes late or never
# where nobody announces devices.
# kernels: stock
# boards: 1
# boot: own
# timeout: 240

# offset PATTERN: of each string of the module that is the pattern.
offset() {
	sed -n "s/^ *\([0-9]*\) $1\$/\1/p" /tmp/strings
}
# patch FILE OFFSET TEXT
patch() {
	printf %s "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
reload() {
	hailo-fwtool reload "$@"
}
loaded() {
	grep -q '^hailo_pci ' /proc/modules
}

strings -t d "$MODULE" >/tmp/strings
magic=$(offset 'vermagic=.*')
flags=$(sed -n 's/.*vermagic=\([^ ]* \).*/\1/p' /tmp/strings)
stage_fw 4.21.0
reload --module "$MODULE"
usable

# Found before anything is done.
cp "$MODULE" /tmp/release.ko
patch /tmp/release.ko $((magic + 9)) 9
exits 23 "release.ko was built for kernel 9.* SMP .*, this one is $(uname -r)" \
	reload --module /tmp/release.ko no_power_mode=Y
usable

# The kernel's verdict, when the module that worked has gone.
cp "$MODULE" /tmp/flags.ko
patch /tmp/flags.ko $((magic + 9 + ${#flags})) smp
exits 23 "does not fit this kernel, and no module is loaded now; the kernel log says: hailo_pci: version magic '.* smp .*' should be '.* SMP " \
	reload --module /tmp/flags.ko no_power_mode=Y
assert_fails loaded

cp "$MODULE" /tmp/symbol.ko
for place in $(offset pci_set_master); do patch /tmp/symbol.ko "$place" pci_set_mastex; done
exits 23 'needs a symbol that this kernel does not have, and no module is loaded now; the kernel log says: hailo_pci: Unknown symbol pci_set_mastex \(err -2\)' \
	reload --module /tmp/symbol.ko

cp "$MODULE" /tmp/crc.ko
place=$(offset pci_set_master | head -n 1)
patch /tmp/crc.ko $((place - 8)) crc
exits 23 'needs a symbol of which this kernel has another version, and no module is loaded now; the kernel log says: hailo_pci: .*pci_set_master' \
	reload --module /tmp/crc.ko
assert_fails loaded

# Somebody has loaded a module of that name, and this process does not see it, as
# in a container whose /sys is its own.
load_ok
mkdir -p /lib/firmware/hailo
cp /lab/fw/4.21.0.bin /lib/firmware/hailo/hailo8_fw.bin
mount -t tmpfs tmpfs /sys/module
exits 20 'another hailo_pci was loaded meanwhile' reload --module "$MODULE"
umount /sys/module
usable

# A udev that says nothing: the node is looked for until the time is over.
number=$(sysfs dev)
mkdir -p /tmp/dev /run/udev
touch /run/udev/control
cp -a /dev/null /dev/kmsg /dev/vport* /dev/virtio-ports /tmp/dev
mount -t tmpfs tmpfs /dev
cp -a /tmp/dev/* /dev
exits 26 '/dev/hailo0 does not exist, although the driver has registered it' \
	reload --module "$MODULE" --timeout 500
(
	sleep 1
	mknod /dev/hailo0 c "${number%:*}" "${number#*:}"
) &
assert_match "$(reload --module "$MODULE")" '^Nothing to do: '
usable
umount /dev
rm -r /run/udev

# Signatures: seen beforehand, and as the kernel says it.
echo Y >/sys/module/module/parameters/sig_enforce
exits 22 'the kernel takes signed modules only \(Secure Boot\), and .*/hailo_pci.ko is not signed' \
	reload --module "$MODULE" no_power_mode=Y
usable
echo N >/tmp/enforce
mount --bind /tmp/enforce /sys/module/module/parameters/sig_enforce
exits 22 'the kernel takes signed modules only \(Secure Boot\), and .*/hailo_pci.ko is not signed, and no module is loaded now' \
	reload --module "$MODULE" no_power_mode=Y
assert_dmesg 'Loading of unsigned module is rejected'
assert_fails loaded
umount /sys/module/module/parameters/sig_enforce
