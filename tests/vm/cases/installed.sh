# SPDX-License-Identifier: MIT
# A Debian system with our packages, booted by its own systemd: hailo-fwtool
# brings up one release after another from a server on loopback, goes back, and
# the unit does the same at boot; udev loads the module and names the nodes. The
# unit of hailo-detect keeps a page up.
# kernels: stock
# root: debian
# boards: 1
# log: Reset preparation for PCI device
# log: Invalid file context
# timeout: 180

# Not the one of the lab.
fwtool() {
	/usr/bin/hailo-fwtool "$@"
}

# up VERSION [OPTION...]: from the server; the digest of a generated image is not
# the vendor's.
up() {
	local version=$1
	shift
	fwtool up --for "$version" --mirror http://127.0.0.1:8080 \
		--sha256 "$(sha256sum "/lab/fw/$version.bin" | cut -d' ' -f1)" "$@"
}

# runs VERSION: what the board says of itself.
runs() {
	assert_match "$(fwtool identify)" "^Firmware Version: $1 " identify
}

. /etc/os-release
echo "$PRETTY_NAME, $(uname -r), $(readlink /proc/1/exe)"
assert_eq "$(readlink /proc/1/exe)" /usr/lib/systemd/systemd 'first process'

# The module was there for udev, but no firmware yet.
udevadm settle
assert_match "$(cat /proc/modules)" '^hailo_pci ' 'modules'
assert_eq "$(modinfo -F filename hailo_pci)" "/lib/modules/$(uname -r)/updates/dkms/hailo_pci.ko" 'module file'
assert_eq "$(cat /sys/module/hailo_pci/srcversion)" "$(modinfo -F srcversion hailo_pci)" srcversion

# The server has the manifest's paths.
for version in 4.21.0 4.23.0; do
	mkdir -p "/tmp/www/Hailo8/$version/FW"
	cp "/lab/fw/$version.bin" "/tmp/www/Hailo8/$version/FW/hailo8_fw.$version.bin"
done
ifconfig lo 127.0.0.1
httpd -p 127.0.0.1:8080 -h /tmp/www

for version in 4.21.0 4.23.0; do
	up $version
	runs $version
	dmesg_mark
	assert_match "$(up $version)" '^Nothing to do: ' 'the second time'
	assert_match "$(up $version --json | tr -d '\n ')" '"changed":false' 'the second time'
	assert_quiet
	udevadm settle
	assert_eq "$(ls -l /dev/hailo0 | awk '{ print $1, $4 }')" 'crw-rw---- hailo' 'node'
	assert_eq "$(readlink -f /dev/hailo/by-path/*)" /dev/hailo0 'name by path'
	assert_eq "$(readlink -f /dev/hailo/by-id/HL*)" /dev/hailo0 'name by serial number'
done
fwtool rollback
fwtool reload
runs 4.21.0

# What is staged needs no server.
killall httpd
assert_match "$(up 4.21.0)" '^Nothing to do: ' 'without a server'
up 4.23.0

# The unit, in its sandbox: nothing to do, then everything.
systemctl start hailo.service || fail "$(journalctl -u hailo.service)"
systemctl stop hailo.service
fwtool down
systemctl start hailo.service || fail "$(journalctl -u hailo.service)"
runs 4.23.0

# hailo-detect.service, in its sandbox and without rights of its own: what no second
# try cures ends it; else it waits for a board, also for one that comes back.
unit() {
	systemctl show --property "$1" --value hailo-detect.service
}

unit_is() {
	[ "$(unit "$1")" = "$2" ]
}

sees_circles() {
	wget -q -O - http://127.0.0.1:8080/detections | grep -q '"label":"circle"'
}

systemctl start hailo-detect.service || fail "$(journalctl -u hailo-detect.service)"
wait_until 60 unit_is Result exit-code || fail "without a model: $(systemctl status hailo-detect.service)"
assert_eq "$(unit ExecMainStatus) $(unit NRestarts)" '2 0' 'without a model'

# Models lie where its user may read.
mkdir /srv/model
cp /lab/net/shapes_hailo8l.hef /lab/net/shapes.txt /srv/model
echo 'HAILO_DETECT_OPTIONS="--hef /srv/model/shapes_hailo8l.hef --labels /srv/model/shapes.txt --source synthetic"' >/etc/default/hailo-detect
systemctl start hailo-detect.service
wait_until 60 sees_circles || fail "no detections: $(journalctl -u hailo-detect.service)"
pid=$(unit MainPID)
assert_ne "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" 0 'user'
assert_eq "$(awk '/^CapEff:/ { print $2 }' "/proc/$pid/status")" 0000000000000000 'capabilities'
kill -KILL "$pid"
wait_until 60 sees_circles || fail "not started again: $(journalctl -u hailo-detect.service)"
assert_eq "$(unit NRestarts)" 1 'starts again'
fwtool reset --force
wait_until 60 sees_circles || fail "no detections after a reset: $(journalctl -u hailo-detect.service)"
assert_eq "$(unit NRestarts)" 1 'starts again after a reset'
systemctl stop hailo-detect.service
assert_eq "$(unit Result)" success 'stop'
