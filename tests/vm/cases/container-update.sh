# SPDX-License-Identifier: MIT
# The OS has been updated: the same image and the same volume, which
# container-kmod has left, on the kernel of the other OS version.
# kernels: stock
# boards: 1
# containers: kmod
# boot: own
# timeout: 120

OS='balenaOS 6.12.3'
. /lab/containers.sh

case $(uname -r) in
6.12.*) ;;
*) fail "$(uname -r) is no update; tests/container/run does it" ;;
esac
[ -e $FIRMWARE/hailo/hailo8_fw.bin ] || fail 'the volume is empty'
assert_eq "$(cat /tmp/data/kernel)" "$(echo /tmp/kmod/opt/lib/modules/6.10.24*/kernel | xargs cat)" 'kernel before the update'

# Not updated in its word about the OS yet: what fits the kernel counts.
refuses 23 'was built for kernel 6.1.0' kmod 'BALENA_HOST_OS_VERSION=balenaOS 6.10.24+rev1'
assert_fails grep -q '^hailo_pci ' /proc/modules

before=$(stat -c '%i %Y' $FIRMWARE/hailo/hailo8_fw.bin)
out=$(once)
echo "$out"
assert_match "$out" '^Load: +/opt/lib/modules/6.12.3/hailo_pci.ko'
assert_match "$out" '^hailo0: HAILO8, firmware 4.20.0 '
assert_eq "$(stat -c '%i %Y' $FIRMWARE/hailo/hailo8_fw.bin)" "$before" 'the firmware, which was there already'
usable
assert_match "$(once)" '^Nothing to do: '
