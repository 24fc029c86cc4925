# SPDX-License-Identifier: MIT
# What a user without rights can do: nothing with the node's default mode;
# read sysfs, but store nothing.
# kernels: stock debug
# boards: 1

stage_fw 4.21.0
load_ok
class=/sys/class/hailo_chardev/hailo0
assert_eq "$(stat -c %a:%u:%g /dev/hailo0)" 600:0:0 'mode of the node'
assert_errno EACCES as_user hailo-guest identify /dev/hailo0
assert_eq "$(as_user cat $class/release)" 4.21.0 'release, read by a user'
assert_errno EACCES as_user hailo-guest store $class/compat_version 4.20.1
assert_eq "$(sysfs compat_version)" auto compat_version
assert_fails as_user sh -c "echo 7 >/sys/module/hailo_pci/parameters/o_dbg"
for file in $class/*; do
	[ -f "$file" ] || continue
	case ${file##*/} in
	compat_version | uevent) mode=644 ;;
	*) mode=444 ;;
	esac
	assert_eq "$(stat -c %a "$file")" $mode "mode of ${file##*/}"
done

# With the group's rights, as udev gives them, a user does what the library does.
chown 0:1000 /dev/hailo0
chmod 660 /dev/hailo0
as_user hailo-guest identify /dev/hailo0 >/dev/null || fail 'no identify for a member of the group'
assert_eq "$(as_user hailo-guest mark /dev/hailo0)" 'in_use 0' mark
usable
