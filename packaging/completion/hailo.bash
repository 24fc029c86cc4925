# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of hailo-fwtool, hailo-detect and hailo-run for bash. The program's own
# help says what there is.

# _hailo_names WHAT [COMMAND]: of the help text, "options" or "commands".
_hailo_names() {
	local what=$1
	shift
	"${COMP_WORDS[0]}" "$@" --help 2>/dev/null | awk -v what="$what" '
		/^[A-Z]/ { commands = $1 == "Subcommands:" }
		what == "commands" && commands && /^  [a-z]/ { print $1 }
		what == "options" && match($0, /^  (-[a-z],)?--[a-z0-9-]+/) {
			name = substr($0, 3, RLENGTH - 2)
			sub(/^-[a-z],/, "", name)
			print name
		}'
}

_hailo() {
	local word command='' current=${COMP_WORDS[COMP_CWORD]}
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		*)
			command=$word
			break
			;;
		esac
	done

	COMPREPLY=()
	case $current in
	-*) mapfile -t COMPREPLY < <(compgen -W "$(_hailo_names options ${command:+"$command"})" -- "$current") ;;
	*)
		if [ -z "$command" ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_hailo_names commands)" -- "$current")
		else
			# A board, or whatever file is meant.
			mapfile -t COMPREPLY < <(compgen -W "$(compgen -G '/dev/hailo[0-9]*')" -- "$current")
		fi
		;;
	esac
}

complete -o default -F _hailo hailo-fwtool hailo-detect hailo-run
