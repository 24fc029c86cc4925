#!/bin/bash
# SPDX-License-Identifier: MIT
# completion.sh FWTOOL DETECT bash|zsh: what the shell offers is what the help of
# either program names.
# shellcheck disable=SC2034  # COMP_WORDS and COMP_CWORD are the completion's input
set -euo pipefail

tool=$1 detect=$2
scripts=$(cd "$(dirname "$0")/../../packaging/completion" && pwd)
PATH=$(dirname "$tool"):$(dirname "$detect"):$PATH
fail() {
	echo "$*" >&2
	exit 1
}

commands=$("$tool" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)
grep -qx status <<<"$commands" || fail "no commands in the help text"

bash_offers() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_hailo
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

# completed TEXT: what the line holds after a tab, printed by the line itself.
zsh_completed() {
	timeout 60 zsh -f -s "$scripts" "$1" <<-'END'
		zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "PS1=; PATH=$PATH; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; print rea''dy"
		zpty -r -m shell seen '*ready*'
		zpty -w -n shell "$2"$'\t'
		# The line is echoed, in pieces, before it runs: only what it prints has the 42.
		zpty -w shell $'\x01print -r -- done=$((6 * 7)) \x05'
		zpty -r -m shell seen $'*done=42 *\n*'
		print -r -- ${${${(M)${(f)seen}:#*done=42 *}[-1]}%$'\r'}
	END
}

case $3 in
bash)
	# shellcheck source=packaging/completion/hailo.bash
	. "$scripts/hailo.bash"
	diff <(echo "$commands") <(bash_offers hailo-fwtool '')
	diff <(echo status) <(bash_offers hailo-fwtool stat)
	diff <(printf -- '--help\n--json\n') <(bash_offers hailo-fwtool status -)
	diff <(echo --json) <(bash_offers hailo-fwtool status --j)
	diff <(printf -- '--list-cameras\n--listen\n') <(bash_offers hailo-detect --li)
	diff <(echo --expect) <(bash_offers hailo-detect --hef model.hef --e)
	diff <(echo --sha256) <(bash_offers hailo-fwtool fetch --s | grep sha)
	# Left to the shell, which offers files.
	diff <(echo) <(bash_offers hailo-detect --hef mod)
	;;
zsh)
	zsh_completed 'hailo-fwtool stat' | grep -q 'done=42 hailo-fwtool status *$' || fail 'no completion of a command'
	zsh_completed 'hailo-fwtool status --j' | grep -q 'done=42 hailo-fwtool status --json *$' || fail 'no completion of an option'
	zsh_completed 'hailo-detect --hef model.hef --exp' | grep -q 'done=42 hailo-detect --hef model.hef --expect *$' || fail 'no option of hailo-detect'
	zsh_completed 'hailo-fwtool fetch --sh' | grep -q 'done=42 hailo-fwtool fetch --sha256 *$' || fail 'no option with a number'
	zsh_completed 'hailo-detect --hef Makefi' | grep -q 'done=42 hailo-detect --hef Makefile *$' || fail 'no completion of a file'
	;;
esac
