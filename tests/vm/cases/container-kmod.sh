# SPDX-License-Identifier: MIT
# The container kmod with what container/compose.yml gives it: namespaces of its
# own, a /dev that nobody fills, few capabilities; and with balena's part: the
# volume where the kernel looks, the host's root read-only. First start,
# restart, in use, firmware wiped, no module for the OS, an OS too old, signals.
# kernels: stock
# boards: 1
# container: kmod
# boot: own
# timeout: 240

OS='balenaOS 6.10.24+rev1'
ROOTFS=/tmp/container
VOLUME=/tmp/data/extra-firmware

mkdir -p $ROOTFS $VOLUME
mount -t ext4 "$CONTAINER" $ROOTFS
. $ROOTFS/IMAGE
export ROOTFS
printf %s $VOLUME >/sys/module/firmware_class/parameters/path
mount -o remount,ro /
assert_fails touch /lab/written

# container ARGUMENT...: runs to its end.
container() {
	sh /lab/engine --volume $VOLUME:/extra-firmware "$@"
}

# once OPTION...: up, and that is all.
once() {
	container "$@" "BALENA_HOST_OS_VERSION=$OS" HAILO_CHECK_SECONDS=0
}

# refuses CODE PATTERN COMMAND...: the container ends so, and says what to do.
refuses() {
	local wanted=$1 pattern=$2 code=0 message
	shift 2
	message=$("$@" 2>&1) || code=$?
	echo "$code: $message"
	assert_eq "$code" "$wanted" "exit code with $*"
	assert_match "$message" "$pattern"
	assert_match "$message" 'next: '
}

# stay OPTION...: in the background, until it has a board; sets pid, of its first process.
stay() {
	sh /lab/engine --volume $VOLUME:/extra-firmware "$@" "BALENA_HOST_OS_VERSION=$OS" HAILO_CHECK_SECONDS=1 >/tmp/stay 2>&1 &
	pid=$!
	wait_until 20 grep -q 'serial number' /tmp/stay || fail "it does not come up: $(cat /tmp/stay)"
}

# health PID: as the engine asks inside the container.
health() {
	nsenter -t "$1" -m chroot $ROOTFS $HEALTH
}

# ends PID SIGNAL PROCESS: that signal to that process ends it at once.
ends() {
	local code=0 start
	start=$(now_ms)
	kill "-$2" "$3"
	wait "$1" || code=$?
	assert_within "$start" 1000 "end at $2"
	echo "$2: $code"
	assert_ne "$code" 0 "status after $2"
}

idle() {
	! pidof hailo-fwtool
}

# between PROCESS COMMAND...: between two looks of the container whose entrypoint
# that is.
between() {
	local process=$1
	shift
	kill -STOP "$process"
	wait_until 10 idle || fail "hailo-fwtool does not end"
	"$@"
	kill -CONT "$process"
}

# --- what cannot work ends before anything is touched

refuses 41 '/extra-firmware is no volume' sh /lab/engine "BALENA_HOST_OS_VERSION=$OS"
refuses 40 'no module for balenaOS 6.5.0; this image has: 6.10.24\+rev1 \(kernel 6.1.0-[^ ]*\)$' container 'BALENA_HOST_OS_VERSION=balenaOS 6.5.0'
assert_fails grep -q '^hailo_pci ' /proc/modules
assert_eq "$(ls $VOLUME)" '' 'the volume'

# --- first start, restart

out=$(once)
echo "$out"
assert_match "$out" '^Wrote: /extra-firmware/hailo/hailo8_fw.bin \(4.20.0\)$'
assert_match "$out" '^Load: +/opt/lib/modules/6.10.24\+rev1/hailo_pci.ko'
assert_match "$out" '^hailo0: HAILO8, firmware 4.20.0 '
assert_eq "$(cat /sys/module/hailo_pci/parameters/force_desc_page_size)" 4096 force_desc_page_size
assert_eq "$(cat /sys/module/firmware_class/parameters/path)" $VOLUME "the kernel's folder"
usable
dmesg_mark
assert_match "$(once)" '^Nothing to do: '
assert_match "$(once --pid)" '^Nothing to do: '
# Another engine than balena's: the kernel says which module it is.
assert_match "$(container HAILO_CHECK_SECONDS=0)" '^Nothing to do: '
assert_no_dmesg hailo

# --- in use

# Not as_user: its number would be a shell's.
hailo-guest as 1000 sleep 1000 </dev/hailo0 &
holder=$!
wait_until 5 grep -q '^sleep' /proc/$holder/cmdline
assert_match "$(once)" '^Nothing to do: '
refuses 20 "in use: $holder \(sleep 1000\) holds hailo0" container "BALENA_HOST_OS_VERSION=$OS" -- no_power_mode=Y
usable
kill $holder
wait $holder || true

# --- staying: firmware wiped by another service, health, signals

stay
health $pid >/tmp/health
assert_match "$(cat /tmp/health)" '^Firmware Version: 4.20.0 '
assert_eq "$(stat -c %a /proc/$pid/root/dev/hailo0)" 660 'mode of the node'
dmesg_mark
between $pid rm -r $VOLUME/hailo
wait_until 20 test -e $VOLUME/hailo/hailo8_fw.bin || fail "the firmware is not staged again: $(cat /tmp/stay)"
wait_until 5 grep -q '^Wrote: /extra-firmware/hailo/hailo8_fw.bin' /tmp/stay
assert_no_dmesg hailo
assert_eq "$(grep -c '^Nothing to do' /tmp/stay)" 1 'lines about nothing to do'
file_open a
health $pid >/tmp/health
file_close a
ends $pid TERM $pid

# The module gone, by whomever, is a reason, too.
stay --pid
first=$(cat /proc/$pid/task/$pid/children | tr -d ' ')
assert_match "$(tr '\0' ' ' </proc/$first/cmdline)" entrypoint 'first process'
between $first rmmod hailo_pci
wait_until 20 hailo-guest identify /dev/hailo0 || fail "the module is not loaded again: $(cat /tmp/stay)"
ends $pid TERM $first

# --- Secure Boot, which cannot be turned off again

unload
echo 1 >/sys/module/module/parameters/sig_enforce
refuses 22 'signed modules only \(Secure Boot\), and /opt/lib/modules/.* is not signed' container "BALENA_HOST_OS_VERSION=$OS"
