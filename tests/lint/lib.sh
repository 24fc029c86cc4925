# SPDX-License-Identifier: MIT
# Shared by the checks; sourced, never run. A check is called as
#   check-NAME [TREE]
# with the folder to look at, by default this repository. It prints its
# findings, one a line and with the file they are in, and fails if there is one.
# shellcheck shell=bash

# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lab/lib.sh"

# shellcheck disable=SC2034  # used by the checks
LINT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TREE=$(cd "${1:-$TOP}" && pwd)

# git_of_tree ARGUMENT...: root may look at a checkout that belongs to somebody else.
git_of_tree() {
	git -c safe.directory='*' -C "$TREE" "$@"
}

# files PATHSPEC...: what git has or would take of TREE, sorted, relative to it.
files() {
	git_of_tree ls-files --cached --others --exclude-standard --deduplicate -- "$@" |
		while IFS= read -r file; do
			# Deleted, but not yet for git.
			[ ! -e "$TREE/$file" ] || echo "$file"
		done
}

# need COMMAND PACKAGE
need() {
	command -v "$1" >/dev/null || die "needs $1 (Debian package $2)"
}

# In a substitution of a process nobody would see that "files" fails.
need git git
git_of_tree rev-parse --git-dir >/dev/null || die "$TREE is no checkout of git, so that its files are not known"

# linux_scripts: prints the folder with checkpatch.pl and kernel-doc, of the
# kernel source that the lab builds its debug kernel from.
linux_scripts() {
	local source
	source=$("$LAB_DIR/build-root" bookworm)/root/usr/src/linux-source-6.1.tar.xz
	unpack() {
		tar -xf "$2" -C "$1" --strip-components=2 --wildcards \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' '*/scripts/kernel-doc'
	}
	cached linux-scripts unpack "$source"
}
