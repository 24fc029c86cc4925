# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# Runs the cases that /lab/plan names one after another, reports each over the
# verdict port, powers off.

# Ports are named by what QEMU calls them; udev does so where there is one. They
# appear one after another.
while [ "$(cat /sys/class/virtio-ports/*/name 2>/dev/null | wc -l)" -lt "$PORTS" ]; do
	usleep 50000
done
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
	ln -sf "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done
exec 7>/dev/virtio-ports/verdict 8>/dev/virtio-ports/output

. /lab/lib.sh
# QEMU's monitor wants this first.
qmp '{"execute":"qmp_capabilities"}' >/dev/null

# A panic ends QEMU (-no-reboot); the host sees the missing verdict.
while read -r name; do
	run_case "$name" || break
done </lab/plan
final_leak_scan
echo "DONE" >&7
# The host reads the ports until QEMU ends.
sync
poweroff -f
