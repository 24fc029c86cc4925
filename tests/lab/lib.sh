# SPDX-License-Identifier: MIT
# Shared by the lab's scripts; sourced, never run.
# shellcheck shell=bash

set -euo pipefail
umask 022

LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034  # used by those who source this file
TOP=$(cd "$LAB_DIR/../.." && pwd)
CACHE=${HAILO_CACHE:-$HOME/.cache/hailo-pci}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

note() {
	echo "${0##*/}: $*" >&2
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root: run as root or install sudo"
	fi
}

# retry COMMAND...: mirrors fail for seconds at a time.
retry() {
	local attempt
	for attempt in 1 2 3 4; do
		"$@" && return 0
		[ "$attempt" = 4 ] || sleep $((attempt * 5))
	done
	return 1
}

# debian_mirror: the Debian mirror this machine itself uses, one-line and
# deb822 sources alike. Sources of others may use the same suite names, so a
# downloaded Release file that says Debian wins.
debian_mirror() {
	local codename list
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	list=$(apt-get indextargets --format '$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages')
	{
		grep "^Debian|$codename|main|" <<<"$list" || true
		grep "|$codename|main|" <<<"$list" || true
	} | head -n 1 | cut -d'|' -f4 | sed 's,/*$,,' | grep . ||
		die "no Debian mirror for '$codename' among this machine's apt sources; add one to /etc/apt/sources.list"
}

# debian_root ARG...: mmdebstrap with these. Its mounts lie in a namespace of their
# own, so they end with it, however it ends, and who clears up meets no foreign files.
debian_root() {
	as_root unshare --mount --propagation private mmdebstrap --mode=root "$@"
}

# cached NAME FUNCTION [ARG...]: prints the folder CACHE/NAME-KEY, made by
# FUNCTION FOLDER ARG... if it is not there. KEY changes with the recipe, which
# is the text of FUNCTION, its arguments and the variables CACHE_KEY names. The
# lock makes parallel makes wait for the first; the rename publishes only what
# was finished.
cached() {
	local name=$1 function=$2 key final work
	shift 2
	key=$({ declare -f "$function"; printf '%s\n' "$@" "${CACHE_KEY:-}"; } | sha256sum | cut -c1-12)
	final=$CACHE/$name-$key
	mkdir -p "$CACHE"
	if [ ! -e "$final" ]; then
		exec {cache_lock}>"$CACHE/$name.lock"
		flock "$cache_lock"
		if [ ! -e "$final" ]; then
			work=$CACHE/.$name.tmp
			as_root rm -rf --one-file-system "$work"
			mkdir "$work"
			note "making $name (once, kept in $CACHE)"
			# A subshell of its own: "set -e" does not hold inside a condition.
			set +e
			(set -e; "$function" "$work" "$@") >"$CACHE/$name.log" 2>&1
			local rc=$?
			set -e
			if [ $rc != 0 ]; then
				tail -n 30 "$CACHE/$name.log" >&2
				die "$name failed; the whole log is $CACHE/$name.log. Check the network and the free space, then run the same command again"
			fi
			mv -T "$work" "$final"
		fi
		exec {cache_lock}>&-
	fi
	echo "$final"
}

# in_root ROOT HOST_DIR COMMAND...: runs COMMAND inside the build root with
# HOST_DIR as /mnt and the working folder, and with IN_ROOT_SRV, if set, as /srv.
# IN_ROOT_LAYER, if set, is a folder laid over ROOT, which is then read-only.
# The mounts live in a namespace of their own, so they end with the command,
# however it ends.
in_root() {
	local root=$1 dir=$2
	shift 2
	# shellcheck disable=SC2016  # expanded by the inner shell
	as_root unshare --mount --propagation private sh -euc '
		root=$1 dir=$2 srv=$3 layer=$4
		shift 4
		[ -z "$layer" ] || mount -t overlay overlay -o "lowerdir=$layer:$root" "$root"
		[ -z "$layer" ] || mount -t tmpfs tmpfs "$root/tmp"
		mount --rbind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		mount --bind "$dir" "$root/mnt"
		[ -z "$srv" ] || mount --bind "$srv" "$root/srv"
		exec chroot "$root" sh -euc "cd /mnt && exec \"\$@\"" sh "$@"
	' sh "$root" "$dir" "${IN_ROOT_SRV:-}" "${IN_ROOT_LAYER:-}" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"
}
