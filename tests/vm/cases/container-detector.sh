# SPDX-License-Identifier: MIT
# The container detector beside kmod, each with what container/compose.yml gives
# it: it waits for a board, shows on its page what it finds, as a user without
# privileges; a board that comes back, a camera, signals, no model.
# kernels: stock
# boards: 1
# containers: kmod detector
# modules: vivid
# log: (Device disconnected|Invalid file context|hailo_nnc_driver_down, timeout)
# boot: own
# timeout: 240

OS='balenaOS 6.10.24+rev1'
. /lab/containers.sh
ip link set lo up
mkdir /tmp/models
cp /lab/net/shapes.hef /tmp/models/model.hef
cp /lab/net/shapes.txt /tmp/models/labels.txt

# start OPTION...: in the background, in a pid namespace; sets pid, and first, of
# its first process.
start() {
	: >/tmp/said
	ROOTFS=/tmp/detector sh /lab/engine --pid --volume /tmp/models:/models "$@" >/tmp/said 2>&1 &
	pid=$!
	wait_until 10 started || fail "it does not start: $(cat /tmp/said)"
	first=$(first_process $pid)
}

started() {
	grep -qE 'entrypoint|hailo-detect' "/proc/$(first_process $pid)/cmdline"
}

said() {
	grep -Eq -- "$1" /tmp/said
}

# page PATH: to /tmp/page.
page() {
	wget -q -O /tmp/page "http://127.0.0.1:8080/$1"
}

# finds CLASS
finds() {
	page detections && grep -q "\"$1\"" /tmp/page
}

# status NAME: of hailo-detect.
status() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(pidof hailo-detect)/status"
}

# --- without a board it waits, says so once, and is not healthy

start -- --source synthetic --labels /models/labels.txt
wait_until 10 said '^hailo-fwtool: next: ' || fail "it does not say what it waits for: $(cat /tmp/said)"
sleep 5
assert_eq "$(grep -c . /tmp/said)" "$(sort -u /tmp/said | grep -c .)" 'lines, each said once'
assert_fails pidof hailo-detect
assert_fails page readyz
assert_fails health detector $first
ends $pid TERM $first 143

# --- kmod brings the board up, and it goes on

start -- --source synthetic --labels /models/labels.txt
once
wait_until 20 said '^detector: a board answers' || fail "it does not notice the board: $(cat /tmp/said)"
wait_until 20 page readyz || fail "no page: $(cat /tmp/said)"
wait_until 20 finds square || fail "it finds nothing: $(cat /tmp/page)"
wait_until 20 health detector $first || fail 'not healthy'
assert_eq "$(stat -c '%a %G' /proc/$first/root/dev/hailo0 | sed 's/UNKNOWN/hailo/')" '660 hailo' 'node'

# --- what it may

assert_eq "$(status NoNewPrivs)" 1 NoNewPrivs
assert_eq "$(status CapEff)$(status CapBnd)" 00000000000000000000000000000000 capabilities
assert_ne "$(status Uid | cut -f1)" 0 user

# --- kmod cannot change the module under it, and names it

refuses 20 "in use: $(pidof hailo-detect) \(hailo-detect .*\) holds hailo0" kmod "BALENA_HOST_OS_VERSION=$OS" -- no_power_mode=Y

# --- the board goes and comes back

address=$(pci_address)
echo 1 >"/sys/bus/pci/devices/$address/remove"
wait_until 20 said '^hailo-detect: board: there is no board' || fail "it does not notice that the board is gone: $(cat /tmp/said)"
assert_fails page readyz
assert_fails health detector $first
echo 1 >/sys/bus/pci/rescan
wait_until 20 page readyz || fail "it does not take the board again: $(cat /tmp/said)"

# --- the end: hailo-detect finishes its frames, the board is free

ends $pid TERM $first 0
assert_fails pidof hailo-detect
usable
assert_match "$(once)" '^Nothing to do: '

# --- a camera, as the host's udev leaves it

insert_modules vivid n_devs=1
chgrp 44 /dev/video0
chmod 660 /dev/video0
start --device /dev/video0
wait_until 20 page readyz || fail "no camera: $(cat /tmp/said)"
wait_until 10 said '^hailo-detect: camera: .*vivid' || fail "another camera: $(cat /tmp/said)"
ends $pid TERM $first 0

# --- as a pod: the node given, nothing but CAP_IPC_LOCK, the root read-only

cat /lab/net/images/*.jpg >/tmp/models/film.mjpeg
start --pod --device /dev/hailo0
wait_until 20 page readyz || fail "no page of a pod: $(cat /tmp/said)"
wait_until 20 finds label || fail "the pod finds nothing: $(cat /tmp/page)"
assert_eq "$(status CapEff)" 0000000000004000 'capabilities of the pod'
page metrics
assert_match "$(cat /tmp/page)" 'HAILO8'
ends $pid TERM $first 0

# --- no model

rm /tmp/models/model.hef
refuses 9 '/models/model.hef' engine detector --volume /tmp/models:/models
