# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# What cases with containers share. They find the images mounted at /tmp/NAME, the
# host's root read-only, and the volume FIRMWARE where the kernel looks: on the
# disk VOLUME, which outlives the boot, if there is one.

FIRMWARE=/tmp/data/extra-firmware

# mounted_image NAME DISK
mounted_image() {
	mkdir -p "/tmp/$1"
	mount -t ext4 "$2" "/tmp/$1"
}

for name in kmod kmm detector; do
	eval "disk=\${CONTAINER_$name:-}"
	[ -z "$disk" ] || mounted_image $name "$disk"
done
mkdir -p /tmp/data
[ -z "${VOLUME:-}" ] || mount -t ext4 "$VOLUME" /tmp/data
mkdir -p $FIRMWARE
printf %s $FIRMWARE >/sys/module/firmware_class/parameters/path
mount -o remount,ro /
assert_fails touch /lab/written

# engine IMAGE ARGUMENT...: runs it to its end; see /lab/engine.
engine() {
	local image=$1
	shift
	ROOTFS=/tmp/$image sh /lab/engine "$@"
}

# kmod ARGUMENT...: runs to its end.
kmod() {
	engine kmod --volume $FIRMWARE:/extra-firmware "$@"
}

# once OPTION...: up, and that is all.
once() {
	kmod "$@" "BALENA_HOST_OS_VERSION=$OS" HAILO_CHECK_SECONDS=0
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

# health IMAGE PID: as the engine asks inside the container.
health() {
	(
		# shellcheck source=/dev/null
		. "/tmp/$1/IMAGE"
		nsenter -t "$2" -m chroot "/tmp/$1" $HEALTH
	)
}

# first_process PID: of the container that this engine with --pid has started.
first_process() {
	cat "/proc/$1/task/$1/children" | tr -d ' '
}

# ends PID SIGNAL PROCESS CODES: that signal to that process ends it, before an
# engine would kill it (10 s), with one of these statuses, a pattern.
ends() {
	local code=0 start
	start=$(now_ms)
	kill "-$2" "$3"
	wait "$1" || code=$?
	assert_within "$start" 8000 "end at $2"
	assert_match "$code" "^($4)\$" "status after $2"
}
