# SPDX-License-Identifier: MIT
# Which release a board speaks: the firmware's, unless one is pinned by the
# parameter compat_version or by the attribute of the same name. A pin prefers
# the file that bears its number.
# kernels: stock debug
# boards: 1
# log: compat_version .* is none of the releases
# log: HailoRT 4\.20 refuses most controls of firmware 4\.22
# log: Firmware file hailo/hailo8_fw\.bin refused
# log: (Failed writing NNC firmware files|Board is dead|Firmware load failed)

stage_fw 4.22.0
stage_fw 4.20.1 hailo8_fw.4.20.1.bin
stage_fw 4.21.0 hailo8_fw.4.21.0.bin
pin=/sys/class/hailo_chardev/hailo0/compat_version

# Refused before anything is registered.
for bad in 4.19.0 4.20 4.20.0.1 4.23.1 latest 04.21.0; do
	assert_fails insmod "$MODULE" "compat_version=$bad"
	[ ! -e /sys/class/hailo_chardev ] || fail "compat_version=$bad left the class behind"
done
assert_dmesg 'compat_version 4.19.0 is none of the releases this driver speaks, 4.20.0 to 4.23.0'

# The parameter: a file of its own, and one of another release with a warning.
load_ok compat_version=4.21.0
assert_dmesg 'Writing file hailo/hailo8_fw.4.21.0.bin'
assert_eq "$(sysfs release)" 4.21.0 'release by parameter'
assert_eq "$(sysfs firmware_version)" 4.21.0 'firmware by parameter'
assert_eq "$(sysfs compat_version)" auto compat_version
usable
unload
dmesg_mark
load_ok compat_version=4.20.0
assert_dmesg 'Firmware file hailo/hailo8_fw.4.20.0.bin not found'
assert_dmesg 'Writing file hailo/hailo8_fw.bin'
assert_dmesg 'reporting ABI version 4.20.0 \(firmware 4.22.0\)'
assert_dmesg 'HailoRT 4.20 refuses most controls of firmware 4.22'
assert_eq "$(hailo-guest info /dev/hailo0)" 'release 4.20.0' 'driver info'
unload

# The attribute.
load_ok
assert_eq "$(sysfs release)" 4.22.0 'release of the firmware'
echo 4.21.0 >$pin || fail "pin refused"
assert_eq "$(sysfs compat_version)" 4.21.0 compat_version
assert_eq "$(sysfs release)" 4.21.0 release
assert_eq "$(sysfs firmware_version)" 4.21.0 'firmware by pin'
assert_eq "$(hailo-guest info /dev/hailo0)" 'release 4.21.0' 'driver info'
usable

# The same pin again changes nothing, so it may be written at any time but
# not while a file is open.
boots=$(emu_get state boots)
echo 4.21.0 >$pin || fail "same pin refused"
assert_eq "$(emu_get state boots)" "$boots" 'boots after the same pin'
file_open a
assert_errno EBUSY hailo-guest store $pin 4.20.1
assert_errno EBUSY hailo-guest store $pin auto
assert_eq "$(file_do a info)" 'release 4.21.0' 'driver info of an open file'
file_close a

for bad in 4.19.0 4.20 4.20.0.1 4.23.1 latest 4.21.0x 04.21.0 ''; do
	assert_errno EINVAL hailo-guest store $pin "$bad"
done
assert_eq "$(sysfs compat_version)" 4.21.0 'compat_version after refused values'
echo 4.20.1 >$pin || fail "4.20.1 refused"
assert_eq "$(sysfs firmware_version)" 4.20.1 firmware_version
assert_eq "$(sysfs release)" 4.20.1 release
usable
echo auto >$pin || fail "auto refused"
assert_eq "$(sysfs compat_version)" auto compat_version
assert_eq "$(sysfs firmware_version)" 4.22.0 'firmware without pin'
assert_eq "$(sysfs release)" 4.22.0 'release without pin'
usable

# A reload that fails says so and leaves a dead board, not a wrong one.
stage_fw 4.20.0 hailo8_fw.bin --defect bad-app-magic
rm "$FIRMWARE_DIR/hailo8_fw.4.20.1.bin"
assert_errno EINVAL hailo-guest store $pin 4.20.1
assert_eq "$(sysfs state)" dead state
assert_eq "$(sysfs state_reason)" 'firmware file refused' state_reason
assert_errno ENODEV hailo-guest identify /dev/hailo0
echo 4.21.0 >$pin || fail "no way back from a failed reload"
assert_eq "$(sysfs state)" running state
usable
