# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# What a case may use. The case file runs in a shell of its own with "set -eu":
# a command that fails and is not asked about fails the case. Written for the
# ash of busybox; tests/vm/README.md has the overview.

MODULE=/lab/hailo_pci.ko
FIRMWARE_DIR=/extra-firmware/hailo

# --- verdicts ---------------------------------------------------------------

# fail MSG: ends the case.
fail() {
	echo "$*" >/tmp/reason
	exit 1
}

# skip MSG: ends the case; loud and counted, not a pass.
skip() {
	echo "$*" >/tmp/reason
	exit 77
}

# metric NAME VALUE: a number for the bench table.
metric() {
	echo "METRIC $CASE $1 $2" >&7
}

# say TEXT: on the terminal of the host, at once.
say() {
	echo "SAY $*" >&7
}

# assert_eq GOT WANTED [WHAT]
assert_eq() {
	[ "$1" = "$2" ] || fail "${3:-value}: got '$1', wanted '$2'"
}

# assert_ne GOT REFUSED [WHAT]
assert_ne() {
	[ "$1" != "$2" ] || fail "${3:-value}: got '$1', which it must not be"
}

# assert_le GOT LIMIT [WHAT]: integers
assert_le() {
	[ "$1" -le "$2" ] || fail "${3:-value}: $1 is more than $2"
}

# assert_match TEXT PATTERN [WHAT]: extended regular expression
assert_match() {
	echo "$1" | grep -Eq -- "$2" || fail "${3:-text}: nothing matches '$2' in: $1"
}

# assert_dmesg PATTERN: the kernel said it since the last dmesg_mark.
assert_dmesg() {
	wait_until 2 dmesg_has "$1" || fail "kernel log: nothing matches '$1'"
}

# assert_no_dmesg PATTERN
assert_no_dmesg() {
	! dmesg_has "$1" || fail "kernel log: something matches '$1'"
}

# assert_quiet: the driver has said nothing since the mark; see log_surprises on
# interrupts.
assert_quiet() {
	local said
	said=$(dmesg_since | grep hailo | grep -v "$LATE_INTERRUPT") || return 0
	fail "kernel log: $said"
}

# assert_errno NAME COMMAND...: COMMAND, a hailo-guest call, must fail with
# that errno ("error ENODEV" on its standard output).
assert_errno() {
	local wanted=$1 out
	shift
	out=$("$@" 2>&1) && fail "$*: succeeded, wanted $wanted; it printed: $out"
	echo "$out" | grep -qx "error $wanted" || fail "$*: wanted error $wanted, it printed: $out"
}

# assert_fails COMMAND...
assert_fails() {
	! "$@" >/tmp/assert_fails 2>&1 || fail "$*: succeeded, should fail; it printed: $(cat /tmp/assert_fails)"
}

# wait_until SECONDS COMMAND...: polls, SLOWNESS times as long; its status is
# COMMAND's last.
wait_until() {
	local left=$(($1 * 10 * SLOWNESS))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $left -gt 0 ] || return 1
		left=$((left - 1))
		usleep 100000
	done
}

# --- kernel log -------------------------------------------------------------

# dmesg_mark: later dmesg_* functions see only what follows.
dmesg_mark() {
	MARK="lab: mark $(cat /proc/uptime) $CASE"
	echo "$MARK" >/dev/kmsg
}

# dmesg_since: what the kernel said since the mark, without time stamps.
dmesg_since() {
	dmesg | sed 's/^\[[^]]*\] //' | awk -v mark="$MARK" '
		$0 == mark { delete line; n = 0; next }
		{ line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }'
}

dmesg_has() {
	dmesg_since | grep -Eq -- "$1"
}

# --- module, device, firmware -----------------------------------------------

# load [PARAM=VALUE...]: inserts the module; returns when probing is over.
load() {
	insmod "$MODULE" "$@" || fail "insmod failed"
}

unload() {
	rmmod hailo_pci || fail "rmmod failed"
}

# load_ok [PARAM=VALUE...]: load, and /dev/hailo0 must be there.
load_ok() {
	load "$@"
	[ -c /dev/hailo0 ] || fail "no /dev/hailo0 after loading the module"
}

# load_broken [PARAM=VALUE...]: load, and no node may be there.
load_broken() {
	load "$@"
	[ ! -e /dev/hailo0 ] || fail "/dev/hailo0 exists, the probe should have failed"
}

# insert_modules NAME [PARAM=VALUE...]: a module of "# modules: NAME" and, first,
# what it needs; what is loaded stays.
insert_modules() {
	local list=/lab/modules.$1 file last
	shift
	last=$(tail -n 1 "$list")
	while read -r file; do
		grep -q "^$(basename "$file" .ko | tr - _) " /proc/modules && continue
		if [ "$file" = "$last" ]; then
			insmod "$file" "$@" || fail "insmod $file failed"
		else
			insmod "$file" || fail "insmod $file failed"
		fi
	done <"$list"
}

# pci_address [N]: of the Nth board.
pci_address() {
	local n=${1:-0} d vendor device
	for d in /sys/bus/pci/devices/*; do
		# No process for each: a debug kernel takes long to start one.
		read -r vendor <"$d/vendor"
		read -r device <"$d/device"
		[ "$vendor:$device" = 0x1e60:0x2864 ] || continue
		[ "$n" -gt 0 ] || { echo "${d##*/}"; return; }
		n=$((n - 1))
	done
	fail "no board ${1:-0} on the bus"
}

# pci_path [N]: sysfs folder of the function.
pci_path() {
	echo "/sys/bus/pci/devices/$(pci_address "${1:-0}")"
}

# sysfs FILE [N]: value of an attribute of /sys/class/hailo_chardev/hailoN.
sysfs() {
	cat "/sys/class/hailo_chardev/hailo${2:-0}/$1"
}

# stage_fw VERSION [NAME] [--defect D]: puts a generated image where the kernel
# looks for firmware. NAME defaults to hailo8_fw.bin.
stage_fw() {
	local version=$1 name=hailo8_fw.bin defect=
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--defect)
			defect=-$2
			shift
			;;
		*)
			name=$1
			;;
		esac
		shift
	done
	[ -e "/lab/fw/$version$defect.bin" ] || fail "no image $version$defect; there are: $(ls /lab/fw)"
	cp "/lab/fw/$version$defect.bin" "$FIRMWARE_DIR/$name"
}

# unstage_fw: no firmware at all.
unstage_fw() {
	rm -rf "$FIRMWARE_DIR"
	mkdir -p "$FIRMWARE_DIR"
}

# defects: every kind of defect there is an image for.
defects() {
	ls /lab/fw | sed -n 's/^4\.20\.0-\(.*\)\.bin$/\1/p'
}

# node_gone [N], node_there [N]: for wait_until.
node_gone() {
	[ ! -e "/dev/hailo${1:-0}" ]
}

node_there() {
	[ -c "/dev/hailo${1:-0}" ]
}

# cold: every board into power-on state, by a reset of its function. Only
# without the module.
cold() {
	local n
	for n in $(boards); do
		echo 1 >"$(pci_path "$n")/reset"
	done
}

# usable [N]: the proof that the Nth board works: it answers identify.
usable() {
	hailo-guest identify "/dev/hailo${1:-0}" >/tmp/usable 2>&1 ||
		fail "board ${1:-0} does not answer identify: $(cat /tmp/usable)"
}

# value NAME: of "NAME value" lines on standard input, as hailo-guest prints them.
value() {
	sed -n "s/^$1 //p"
}

# exits CODE PATTERN COMMAND...: COMMAND of hailo-fwtool ends so, says that on
# standard error, and what to do next.
exits() {
	local expected=$1 pattern=$2 code=0 message
	shift 2
	message=$("$@" 2>&1 >/tmp/fwtool.out) || code=$?
	echo "$code: $message"
	assert_eq "$code" "$expected" "exit code of $*"
	assert_match "$message" "$pattern"
	assert_match "$message" '^hailo-fwtool: next: '
}

# ends CODE PATTERN COMMAND...: COMMAND ends so and says that; what it says is
# in /tmp/ends.out and /tmp/ends.err.
ends() {
	local expected=$1 pattern=$2 code=0
	shift 2
	"$@" >/tmp/ends.out 2>/tmp/ends.err || code=$?
	echo "$code: $(cat /tmp/ends.out /tmp/ends.err)"
	assert_eq "$code" "$expected" "exit code of $*"
	assert_match "$(cat /tmp/ends.out /tmp/ends.err)" "$pattern"
}

# assert_within START MS WHAT: since START, of now_ms. MS is for the stock
# kernel. The others are slower by a factor of SLOWNESS, but on a loaded machine
# far from evenly: three times that still tells a call that hangs from a slow one.
assert_within() {
	local limit=$2
	[ "$SLOWNESS" = 1 ] || limit=$((limit * SLOWNESS * 3))
	assert_le $(($(now_ms) - $1)) "$limit" "$3, ms"
}

# open_files PID: how many files it has open, the least of ten looks: some are open
# for a moment only.
open_files() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		ls "/proc/$1/fd" | wc -l
		usleep 20000
	done | sort -n | head -n 1
}

# now_ms: a clock, resolution 10 ms.
now_ms() {
	tr -d . </proc/uptime | sed 's/ .*/0/'
}

# --- open files ---------------------------------------------------------------

# file_open NAME [DEV]: a process opens DEV and keeps it open; NAME is how the
# functions below call it. Its commands are those of hailo-guest.
file_open() {
	local base=/tmp/file.$1 line
	rm -f "$base.in" "$base.out"
	mkfifo "$base.in" "$base.out"
	hailo-guest hold "${2:-/dev/hailo0}" 0<>"$base.in" 1<>"$base.out" &
	echo $! >"$base.pid"
	IFS= read -r -t 20 line <"$base.out" || fail "file $1: no answer to open"
	[ "$line" = holding ] || fail "file $1: open: $line"
}

# file_start NAME COMMAND...: begins a command that may sleep.
file_start() {
	local base=/tmp/file.$1
	shift
	echo "$*" >"$base.in"
}

# file_answer NAME [SECONDS]: prints what the command printed; its status.
file_answer() {
	local line
	while IFS= read -r -t "${2:-20}" line <"/tmp/file.$1.out"; do
		case $line in
		done\ *) return "${line#done }" ;;
		*) echo "$line" ;;
		esac
	done
	fail "file $1: no answer"
}

# file_busy NAME: its command sleeps: no answer within half a second.
file_busy() {
	local line
	! IFS= read -r -t 0.5 line <"/tmp/file.$1.out" || fail "file $1: answer '$line', it should wait"
}

# file_do NAME COMMAND...: both; fit for assert_errno.
file_do() {
	file_start "$@"
	file_answer "$1"
}

file_close() {
	kill "$(cat "/tmp/file.$1.pid")"
	wait "$(cat "/tmp/file.$1.pid")" 2>/dev/null || true
}

# --- emulator and machine ---------------------------------------------------

# start_frames DEPTH: a client, $client, that runs frames until something stops it;
# what it says comes from file 5.
start_frames() {
	local line
	rm -f /tmp/frames
	mkfifo /tmp/frames
	hailo-guest network /dev/hailo0 --frames 0 --depth "$1" >/tmp/frames &
	client=$!
	exec 5</tmp/frames
	IFS= read -r -t 20 line <&5 || fail 'no frame'
	assert_eq "$line" running 'first word of a client'
}

# port NAME LINE: sends LINE, prints one line of answer.
port() {
	hailo-guest port "$@"
}

# insns: how many instructions the driver has run, in cases with "count: insns".
insns() {
	local start size
	start=$(cat /sys/module/hailo_pci/sections/.text)
	size=$(cat /sys/module/hailo_pci/coresize)
	port insns "${start#0x} $(printf %x "$size")"
}

# emu [N] COMMAND...: control command to the Nth emulator; prints its JSON line
# and fails the case unless that says "ok":true. One at a time per board.
emu() {
	local n=0 line
	case $1 in
	[0-9])
		n=$1
		shift
		;;
	esac
	line=$(port "emu$n" "$*") || fail "emulator $n does not answer '$*'"
	case $line in
	*'"ok":true'*) echo "$line" ;;
	*) fail "emulator $n refuses '$*': $line" ;;
	esac
}

# json_get KEY: first value of KEY in the JSON line on standard input.
json_get() {
	sed -n 's/"'"$1"'":/\n&/; s/^[^\n]*\n"'"$1"'":\("\([^"]*\)"\|\([^,}]*\)\).*/\2\3/p'
}

# emu_get [N] COMMAND KEY: one value of the answer.
emu_get() {
	local n=0
	case $1 in
	[0-9])
		n=$1
		shift
		;;
	esac
	emu "$n" "$1" | json_get "$2"
}

# emu_register NAME reads|writes [N]: access count of one register.
emu_register() {
	local count
	count=$(emu "${3:-0}" counters | sed -n 's/.*"'"$1"'":{\([^}]*\)}.*/\1/p' | json_get "$2")
	echo "${count:-0}"
}

# qmp JSON: command to QEMU's monitor; prints its answer.
qmp() {
	hailo-guest port qmp --until '"return"','"error"' "$1" || fail "QEMU's monitor does not answer '$1'"
}

# shows_bars: the screen, 1280x800, shows a picture 4:3 of white, yellow, cyan, green,
# magenta, red, blue, black; what has been YUV is less exact. Sets seen.
shows_bars() {
	seen=$(hailo-guest scanout /dev/dri/card0 180 600 300 600 450 600 600 600 700 600 830 600 960 600 1090 600 | tr '\n' ' ')
	echo "$seen" | awk '
		function level(text, at) {
			return 16 * index("123456789abcdef", substr(text, at, 1)) + index("123456789abcdef", substr(text, at + 1, 1))
		}
		{
			split("1280x800 bfbfbf bfbf00 00bfbf 00bf00 bf00bf bf0000 0000bf 000000", wanted)
			if (NF != 9 || $1 != wanted[1]) exit 1
			for (i = 2; i <= 9; i++)
				for (at = 1; at <= 5; at += 2) {
					off = level($i, at) - level(wanted[i], at)
					if (off > 8 || off < -8) exit 1
				}
		}'
}

# udev_begins, udev_ends: something that does udev's part for libcamera.
udev_begins() {
	hailo-guest udev >/tmp/udev &
	UDEV=$!
	wait_until 5 grep -q ready /tmp/udev || fail "no udev: $(cat /tmp/udev)"
}

udev_ends() {
	kill "$UDEV"
	wait "$UDEV" || true
}

# as_user COMMAND...: as uid and gid 1000.
as_user() {
	hailo-guest as 1000 "$@"
}

# --- the runner's part --------------------------------------------------------

boards() {
	seq 0 $((BOARDS - 1))
}

# clean_state: what every case finds.
clean_state() {
	local n
	unstage_fw
	for n in $(boards); do
		port "emu$n" clear-faults >/dev/null
		port "emu$n" plug >/dev/null
		port "emu$n" clear-ub >/dev/null
		port "emu$n" reset-counters >/dev/null
	done
	# A board that was away has forgotten its configuration, memory decoding to
	# begin with: the kernel must find it anew.
	for n in /sys/bus/pci/devices/*; do
		[ "$(cat "$n/vendor")" = 0x1e60 ] || continue
		[ $((0x$(od -An -tx2 -j4 -N2 "$n/config" | tr -d ' ') & 2)) != 0 ] || echo 1 >"$n/remove"
	done
	echo 1 >/sys/bus/pci/rescan
	rm -f /tmp/reason
}

# ub_events CASE: misuse of the device that the case does not declare allowed.
ub_events() {
	local n count
	sed -n 's/^# ub: allowed *//p' "/lab/cases/$1.sh" | tr ' ' '\n' | sed '/^$/d' >/tmp/allowed
	for n in $(boards); do
		count=$(port "emu$n" counters | json_get ub)
		case $count in
		0) ;;
		'') echo "emulator $n does not answer" ;;
		*) port "emu$n" ub | grep -o '"ub_[^"]*"' | grep -vFf /tmp/allowed ;;
		esac
	done
}

# log_complaints: reports of the kernel's own checkers since the mark.
log_complaints() {
	dmesg_since | grep -E -m 5 "$COMPLAINTS"
}

# log_surprises CASE: warnings and errors of the driver that no line
# "# log: PATTERN" of the case announces. Debian's kernels add a line of their
# own for each firmware file that is not there; the guest of a busy host may get an
# interrupt later than the driver waits for it. The budgets count interrupts.
LATE_INTERRUPT=': Interrupt lost, .*found by polling$'
log_surprises() {
	sed -n 's/^# log: *//p' "/lab/cases/$1.sh" >/tmp/log_allowed
	dmesg -r | awk -v mark="$MARK" '
		{ level = $0; sub(/^</, "", level); sub(/>.*/, "", level)
		  sub(/^<[0-9]+>\[[^]]*\] /, "") }
		$0 == mark { n = 0; next }
		level + 0 <= 4 { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }' |
		grep -E '^hailo( |:)' | grep -v ': firmware: failed to load .* (-2)$' | grep -v "$LATE_INTERRUPT" |
		grep -vEf /tmp/log_allowed | head -n 5
}

COMPLAINTS='WARNING:|BUG:|Oops|general protection|KASAN|UBSAN|INFO: (task|rcu|possible|trying)|possible (circular|recursive) locking|inconsistent lock state|suspicious RCU|invalid wait context|sleeping function called|DMA-API:|ODEBUG:|unable to handle|kobject.*tried to|refcount_t:|scheduling while atomic|nobody cared'

run_case() {
	CASE=$1
	echo "START $CASE" >&7
	echo "=== $CASE" >&8
	echo "lab: case $CASE" >/dev/kmsg
	clean_state
	dmesg_mark
	cut -d' ' -f1 /proc/uptime >/tmp/started
	setsid sh -c 'CASE=$1; MARK=$2; set -eu; . /lab/lib.sh; '"${TRACE:+set -x; }"'. "/lab/cases/$CASE.sh"' \
		sh "$CASE" "$MARK" >/tmp/output 2>&1 </dev/null &
	local session=$! rc=0 verdict=PASS reason
	wait $session || rc=$?
	case $rc in
	0) ;;
	77) verdict=SKIP ;;
	*) verdict=FAIL ;;
	esac
	reason=$(cat /tmp/reason 2>/dev/null)
	[ $rc = 0 ] || reason=${reason:-a command failed with status $rc}
	# Nothing of the case may live on: descriptors would hold the module.
	kill_session $session
	local problem
	problem=$(log_complaints)
	[ -z "$problem" ] || { verdict=FAIL; reason="$reason kernel log: $problem"; }
	if grep -q '^hailo_pci ' /proc/modules; then
		wait_until 5 module_idle
		for n in $(boards); do port "emu$n" clear-faults >/dev/null; done
		rmmod hailo_pci 2>/tmp/rmmod || { verdict=FAIL; reason="$reason $(cat /tmp/rmmod)"; }
	fi
	problem=$(ub_events "$CASE")
	[ -z "$problem" ] || { verdict=FAIL; reason="$reason emulator: $problem"; }
	problem=$(log_complaints)
	[ $verdict = FAIL ] || [ -z "$problem" ] || { verdict=FAIL; reason="$reason kernel log at unload: $problem"; }
	problem=$(log_surprises "$CASE")
	[ -z "$problem" ] || { verdict=FAIL; reason="$reason unexpected: $problem"; }
	cat /tmp/output >&8
	if [ $verdict = FAIL ]; then
		echo "--- kernel log of $CASE" >&8
		dmesg_since | tail -n 60 >&8
	fi
	echo "$CASE $(cat /tmp/started) $(cut -d' ' -f1 /proc/uptime)" >>/tmp/times
	echo "$verdict $CASE $(printf %s "$reason" | tr '\n' ';')" >&7
	# With a module that does not go, the next case could only fail, too: the
	# boot ends here, the host starts another one for what is left.
	! grep -q '^hailo_pci ' /proc/modules
}

# kill_session ID: whatever still runs of a case.
kill_session() {
	ps -o pid,sid | awk -v id="$1" '$2 == id { print $1 }' | xargs -r kill -KILL 2>/dev/null
}

module_idle() {
	[ "$(cat /sys/module/hailo_pci/refcnt)" = 0 ]
}

# final_leak_scan: kmemleak reports only what is older than 5 s, so one scan at
# the end; a report's age says which case allocated it.
final_leak_scan() {
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	sleep 6
	# The first scan may take a pointer on a stack or in a register for a use.
	echo scan >/sys/kernel/debug/kmemleak
	sleep 1
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak >/tmp/leaks
	[ -s /tmp/leaks ] || return 0
	echo "--- kmemleak" >&8
	cat /tmp/leaks >&8
	awk -v now="$(cut -d' ' -f1 /proc/uptime)" '
		FILENAME == "/tmp/times" { name[++n] = $1; end[n] = $3; next }
		/age [0-9.]+s/ {
			sub(/.*age /, ""); born = now - ($0 + 0)
			for (i = 1; i < n && born > end[i]; i++) ;
			if (!said[i]++) print "FAIL " name[i] " kmemleak: memory allocated during the case is lost"
			any = 1
		}
		END { if (!any) print "FAIL " name[n] " kmemleak: a report without age" }' /tmp/times /tmp/leaks >&7
}
