# SPDX-License-Identifier: MIT
# What hailo-fwtool stages is what the kernel finds and the driver runs.
# kernels: stock
# boards: 1

kernel_path=/sys/module/firmware_class/parameters/path
plain=$FIRMWARE_DIR/hailo8_fw.bin

# stage VERSION [OPTION...]: a generated image; its digest is not the vendor's.
stage() {
	local image=/lab/fw/$1.bin
	shift
	hailo-fwtool stage --from "$image" --sha256 "$(sha256sum "$image" | cut -d' ' -f1)" "$@"
}

# runs VERSION: the driver takes the staged image, and it is that one.
runs() {
	load_ok
	assert_eq "$(sysfs firmware_version)" "$1" firmware_version
	unload
}

stage 4.20.0
runs 4.20.0
stage 4.23.0
runs 4.23.0
assert_match "$(stage 4.23.0)" '^Nothing to do$'
hailo-fwtool rollback
runs 4.20.0
hailo-fwtool rollback
runs 4.23.0
assert_match "$(hailo-fwtool list)" '^\* hailo8_fw.bin  4.23.0, '

# The kernel does not look there until stage tells it to.
mkdir -p /elsewhere
was=$(cat "$kernel_path")
stage 4.21.0 --to /elsewhere
assert_eq "$(cat "$kernel_path")" /elsewhere 'alternate path'
runs 4.21.0
printf %s "$was" >"$kernel_path"
runs 4.23.0
rm -r /elsewhere

# Without a library the running firmware decides.
load_ok
assert_eq "$(hailo-fwtool select 2>/dev/null)" 4.23.0 select
unload

# Several at once: each succeeds, and one of the images is there whole.
for version in 4.20.0 4.21.0 4.22.0 4.20.0 4.21.0 4.22.0; do
	stage "$version" >/tmp/stage.$version &
	pids="${pids:-} $!"
done
for pid in $pids; do
	wait "$pid" || fail "a stage of several at once failed"
done
whole=no
for version in 4.20.0 4.21.0 4.22.0; do
	! cmp -s "/lab/fw/$version.bin" "$plain" || whole=yes
	cmp "/lab/fw/$version.bin" "$FIRMWARE_DIR/hailo8_fw.$version.bin"
done
assert_eq "$whole" yes 'a whole image under the plain name'
for file in "$FIRMWARE_DIR"/*.tmp-*; do
	[ ! -e "$file" ] || fail "$file is left"
done
