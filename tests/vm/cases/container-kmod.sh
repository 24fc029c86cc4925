# SPDX-License-Identifier: MIT
# The container kmod with what container/compose.yml gives it: namespaces of its
# own, a /dev that nobody fills, few capabilities; and with balena's part: the
# volume where the kernel looks, the host's root read-only. First start,
# restart, in use, firmware wiped, no module for the OS, an OS too old, signals.
# kernels: stock
# boards: 1
# containers: kmod
# boot: own
# timeout: 300

OS='balenaOS 6.10.24+rev1'
. /lab/containers.sh

# stay OPTION...: in the background, until it has a board; sets pid, of its first process.
stay() {
	ROOTFS=/tmp/kmod sh /lab/engine --volume $FIRMWARE:/extra-firmware "$@" "BALENA_HOST_OS_VERSION=$OS" HAILO_CHECK_SECONDS=1 >/tmp/stay 2>&1 &
	pid=$!
	wait_until 20 grep -q 'serial number' /tmp/stay || fail "it does not come up: $(cat /tmp/stay)"
}

# idle: no hailo-fwtool runs; one whose parent is stopped stays as a zombie.
idle() {
	local process
	for process in $(pidof hailo-fwtool); do
		grep -q '^State:[[:space:]]*Z' /proc/"$process"/status || return 1
	done
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

# An OS that does not know the label gives no volume.
refuses 41 '/extra-firmware is no volume' engine kmod "BALENA_HOST_OS_VERSION=$OS"
refuses 40 'no module for balenaOS 6.5.0; this image has: 6.10.24\+rev1 \(kernel 6.1.0-[^ ]*\) 6.12.3 \(kernel 6.12[^ ]*\)$' \
	kmod 'BALENA_HOST_OS_VERSION=balenaOS 6.5.0'
refuses 23 'was built for kernel 6.12' kmod 'BALENA_HOST_OS_VERSION=balenaOS 6.12.3'
assert_fails grep -q '^hailo_pci ' /proc/modules
rm -rf $FIRMWARE/hailo

# --- first start, restart

out=$(once)
echo "$out"
assert_match "$out" '^Wrote: /extra-firmware/hailo/hailo8_fw.bin \(4.20.0\)$'
assert_match "$out" '^Load: +/opt/lib/modules/6.10.24\+rev1/hailo_pci.ko'
assert_match "$out" '^hailo0: HAILO8, firmware 4.20.0 '
assert_eq "$(cat /sys/module/hailo_pci/parameters/force_desc_page_size)" 4096 force_desc_page_size
assert_eq "$(cat /sys/module/firmware_class/parameters/path)" $FIRMWARE "the kernel's folder"
usable
dmesg_mark
assert_match "$(once)" '^Nothing to do: '
assert_match "$(once --pid)" '^Nothing to do: '
# Another engine than balena's: the kernel says which module it is.
assert_match "$(kmod HAILO_CHECK_SECONDS=0)" '^Nothing to do: '
assert_quiet

# --- in use

# Not as_user: its number would be a shell's.
hailo-guest as 1000 sleep 1000 </dev/hailo0 &
holder=$!
wait_until 5 grep -q '^sleep' /proc/$holder/cmdline
assert_match "$(once)" '^Nothing to do: '
refuses 20 "in use: $holder \(sleep 1000\) holds hailo0" kmod "BALENA_HOST_OS_VERSION=$OS" -- no_power_mode=Y
usable
kill $holder
wait $holder || true

# --- staying: firmware wiped by another service, health, signals

stay
health kmod $pid >/tmp/health
assert_match "$(cat /tmp/health)" '^Firmware Version: 4.20.0 '
assert_eq "$(stat -c %a /proc/$pid/root/dev/hailo0)" 660 'mode of the node'
dmesg_mark
between $pid rm -r $FIRMWARE/hailo
wait_until 20 test -e $FIRMWARE/hailo/hailo8_fw.bin || fail "the firmware is not staged again: $(cat /tmp/stay)"
wait_until 5 grep -q '^Wrote: /extra-firmware/hailo/hailo8_fw.bin' /tmp/stay
assert_quiet
assert_eq "$(grep -c '^Nothing to do' /tmp/stay)" 1 'lines about nothing to do'
file_open a
health kmod $pid >/tmp/health
file_close a
ends $pid TERM $pid '143'

# The module gone, by whomever, is a reason, too.
stay --pid
# Until then the engine is setting up.
entered() {
	first=$(first_process $pid)
	grep -q entrypoint "/proc/$first/cmdline"
}
wait_until 10 entered || fail "the first process is not the entrypoint: $(cat /tmp/stay)"
between $first rmmod hailo_pci
wait_until 20 hailo-guest identify /dev/hailo0 || fail "the module is not loaded again: $(cat /tmp/stay)"
ends $pid TERM $first '143'

# --- Secure Boot, which cannot be turned off again

unload
echo 1 >/sys/module/module/parameters/sig_enforce
refuses 22 'signed modules only \(Secure Boot\), and /opt/lib/modules/.* is not signed' kmod "BALENA_HOST_OS_VERSION=$OS"

# For container-update, as this OS has left it.
uname -r >/tmp/data/kernel
[ -z "${VOLUME:-}" ] || umount /tmp/data
