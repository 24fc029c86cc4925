# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A Debian system to install into, thrown away afterwards; sourced, never run.
# What is installed has been built before: make tools.

TESTS=$(dirname "${BASH_SOURCE[0]}")
WORK=$(mktemp -d)
trap 'as_root rm -rf "$WORK"' EXIT
BUILT=build/release/tools
PROGRAMS=(fwtool/hailo-fwtool detect/hailo-detect detect/hailo-detect-libcamera.so run/hailo-run)
for program in "${PROGRAMS[@]}"; do
	[ -e "$TOP/$BUILT/$program" ] || die "build the tools first, there is no $program: make tools"
done
# Others may build the packages at the same time.
mkdir "$WORK/debs"
exec {deb_lock}>"$TOP/build/.deb.lock"
flock "$deb_lock"
"$TOP/packaging/deb" >/dev/null
cp "$TOP"/build/deb/*.deb "$WORK/debs"
exec {deb_lock}>&-

# choose_system SUITE: the one that in_system runs in.
choose_system() {
	suite=$1
	host=$("$TESTS/build-root" "$suite")
	release=$(cat "$host/release")
}

# in_system COMMAND...: runs COMMAND in the chosen system, with $WORK as /mnt and a
# copy of the checkout in /mnt/checkout. What it changes lies in an overlay that
# ends with it; what it compiles again and again is remembered.
in_system() {
	local rc=0
	rm -rf "$WORK/upper" "$WORK/checkout"
	mkdir -p "$WORK"/{upper,overlay,system,checkout,shared,ccache} "$CACHE/ccache-install"
	(cd "$TOP" && find . \( -path ./.git -o -path ./build \) -prune -o -type f -print0 | xargs -0 cp --parents -t "$WORK/checkout")
	(cd "$TOP/$BUILT" && mkdir -p "$WORK/checkout/$BUILT" && cp --parents "${PROGRAMS[@]}" "$WORK/checkout/$BUILT")
	install -D -t "$WORK/checkout/build/deb" "$WORK"/debs/*.deb
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_root unshare --mount --propagation private sh -euc '
		root=$1 work=$2 ccache=$3
		shift 3
		mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/overlay" "$work/system"
		# Nodes of its own: the rule is tried on one of them.
		mount -t tmpfs -o mode=755 dev "$work/system/dev"
		mknod -m 666 "$work/system/dev/null" c 1 3
		mknod -m 666 "$work/system/dev/zero" c 1 5
		mknod -m 666 "$work/system/dev/urandom" c 1 9
		ln -s /proc/self/fd "$work/system/dev/fd"
		mount -t proc proc "$work/system/proc"
		mount -t sysfs sysfs "$work/system/sys"
		mount --bind "$work" "$work/system/mnt"
		mount --bind "$ccache" "$work/system/mnt/ccache"
		exec chroot "$work/system" "$@"
	' sh "$host/root" "$WORK" "$CACHE/ccache-install" env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin CCACHE_DIR=/mnt/ccache LC_ALL=C "KVER=$release" "SUITE=$suite" "KVER_UPGRADE=$(cat "$host/upgrade")" "KVER_BACKPORT=$(cat "$host/backport")" bash -euo pipefail "$@" || rc=$?
	as_root rm -rf "$WORK/overlay" "$WORK/upper"
	return $rc
}
