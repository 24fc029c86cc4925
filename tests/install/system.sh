# SPDX-License-Identifier: MIT
# What the cases use inside the Debian 12 system; sourced, never run.
# shellcheck shell=bash

CHECKOUT=/mnt/checkout
VERSION=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$CHECKOUT/dkms.conf")
export VERSION

fail() {
	echo "FAILED: $*" >&2
	exit 1
}

# skip WHY: ends the case; loud and counted, not a pass.
skip() {
	echo "$*" >/mnt/skipped
	exit 77
}

# install_headers upgrade|backport: as far as they are needed to build; those of
# later releases want the kernel itself.
install_headers() {
	dpkg --force-depends -i "/var/cache/$1"/*.deb
}

# installed KERNEL: by DKMS.
installed() {
	dkms status -m hailo_pci -v "$VERSION" -k "$1" | grep ': installed' >/dev/null
}

# snapshot NAME: every file with its size and time, but what depmod and user
# and package management write anew, and DKMS's own key and lock.
snapshot() {
	find / -xdev \( -path /mnt -o -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \) -prune -o \
		! -path '/lib/modules/*/modules.*' ! -path '/usr/lib/modules/*/modules.*' \
		! -path '/etc/group*' ! -path '/etc/gshadow*' ! -path '/etc/.pwd.lock' ! -path '/etc/subgid*' \
		! -path '/var/lib/dkms/mok.*' ! -path /var/log/dkms_autoinstaller ! -path '/var/lib/dpkg*' ! -path /var/log/dpkg.log \
		\( -type d -printf '%p/\n' -o -type f -printf '%p %s %T@\n' -o -printf '%p %l\n' \) | sort >"/tmp/$1"
}

same() {
	diff -u "/tmp/$1" "/tmp/$2" || fail "the system is not as it was"
}

# resolves PATH: modprobe would load that file.
resolves() {
	local found
	found=$(modprobe -n -v -S "$KVER" hailo_pci) || fail "modprobe does not know hailo_pci"
	[[ $found == "insmod $1"* ]] || fail "modprobe takes '$found', not $1"
}

# A module of the same name in the kernel's own tree, newer by its number.
in_tree_copy() {
	local dir=/tmp/in-tree
	mkdir -p "$dir" "/lib/modules/$KVER/kernel/drivers/misc"
	printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\nMODULE_VERSION("4.20.0");\n' >"$dir/hailo_pci.c"
	echo 'obj-m := hailo_pci.o' >"$dir/Kbuild"
	make -s -C "/lib/modules/$KVER/build" M="$dir" modules
	cp "$dir/hailo_pci.ko" "/lib/modules/$KVER/kernel/drivers/misc/"
	depmod "$KVER"
}

depmod "$KVER"
