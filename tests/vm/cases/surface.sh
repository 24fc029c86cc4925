# SPDX-License-Identifier: MIT
# What scripts and the library find: parameters, class, attributes, node,
# sensors, messages.
# kernels: stock debug
# boards: 1
# emulator: --board hailo8l

stage_fw 4.20.1
load_ok
parameters=/sys/module/hailo_pci/parameters

# NAME MODE VALUE: type shows in the value.
while read -r name mode default; do
	assert_eq "$(stat -c %a $parameters/$name)" "$mode" "mode of parameter $name"
	assert_eq "$(cat $parameters/$name)" "$default" "default of parameter $name"
done <<END
o_dbg 644 5
no_power_mode 444 N
force_allocation_from_driver 444 0
force_desc_page_size 444 0
force_hailo10h_legacy_mode 444 N
force_boot_linux_from_eemc 444 N
support_soft_reset 444 Y
firmware_name 444 (null)
compat_version 444 (null)
END
assert_eq "$(ls $parameters | wc -l)" 9 'parameters'
for parameter in no_power_mode:invbool force_allocation_from_driver:int force_desc_page_size:int \
	force_hailo10h_legacy_mode:bool force_boot_linux_from_eemc:bool support_soft_reset:bool; do
	tr '\0' '\n' <"$MODULE" | grep -qx "parmtype=$parameter" || fail "module information lacks $parameter"
done
for line in alias=pci:v00001E60d00002864sv*sd*bc*sc*i* license=GPL firmware=hailo/hailo8_fw.bin \
	firmware=hailo/hailo8_board_cfg.bin firmware=hailo/hailo8_fw_cfg.bin; do
	tr '\0' '\n' <"$MODULE" | grep -qxF "$line" || fail "module information lacks $line"
done
[ -d /sys/bus/pci/drivers/hailo ] || fail 'the PCI driver is not called hailo'
grep -q ' hailo$' /proc/devices || fail '/proc/devices lacks hailo'
grep -q ' hailo$' /proc/interrupts || fail '/proc/interrupts lacks hailo'
assert_eq "$(grep -c ': hailo$' /proc/iomem)" 3 'regions of the function'

# Attributes the library reads have no line end; ours have.
class=/sys/class/hailo_chardev
assert_eq "$(ls $class)" hailo0 'entries of the class'
exact() {
	assert_eq "$(od -An -tx1 $class/hailo0/$1)" "$(printf "$2" | od -An -tx1)" "bytes of $1"
}
exact board_location "$(pci_address)"
exact device_id 1e60:2864
exact accelerator_type 0
exact desc_max_page_size '4096\n'
exact state 'running\n'
exact state_reason 'none\n'
exact release '4.20.1\n'
exact firmware_version '4.20.1\n'
exact device_architecture 'HAILO8L\n'
exact compat_version 'auto\n'
assert_eq "$(readlink -f $class/hailo0/device)" "$(readlink -f "$(pci_path)")" 'parent of the class device'
properties=$(hailo-guest props /dev/hailo0)
for line in 'board_type 0' 'allocation_mode 0' 'dma_type 0' 'dma_engines_count 1' 'is_fw_loaded 1'; do
	echo "$properties" | grep -qx "$line" || fail "device properties lack '$line': $properties"
done

# Sensors; reading them wakes an idle board and lets it sleep again.
set -- "$(pci_path)"/hwmon/hwmon*
assert_eq "$(cat "$1/name")" hailo 'hwmon name'
assert_eq "$(cat "$1/temp1_label") $(cat "$1/temp2_label")" 'ts0 ts1' 'hwmon labels'
for celsius in 61.5:61500 -12.25:-12250 0:0 104.875:104875; do
	emu set-temperature ${celsius%:*}
	assert_eq "$(cat "$1/temp1_input")" ${celsius#*:} temp1_input
	assert_eq "$(cat "$1/temp2_input")" ${celsius#*:} temp2_input
done
asleep() {
	[ "$(emu_get state power)" = D3hot ]
}
wait_until 3 asleep || fail 'awake after the temperature was read'

# Messages that scripts look for.
while read -r line; do
	assert_dmesg "$line"
done <<END
^hailo: Init module. driver version [0-9]+\.[0-9]+\.[0-9]+$
^hailo $(pci_address): Probing on: 1e60:2864...$
: Probing: Device enabled$
: Probing: mapped bar 0 - .* 16384$
: Probing: mapped bar 2 - .* 4096$
: Probing: mapped bar 4 - .* 16384$
: Probing: Enabled 64 bit dma$
: Probing: Using userspace allocated vdma buffers$
: Disabling ASPM L0s
: (Successfully|Manually) disabled ASPM L0s
: Writing file hailo/hailo8_fw.bin$
: File hailo/hailo8_fw.bin written successfully$
: NNC Firmware loaded successfully$
: FW loaded, took [0-9]+ ms$
: reporting ABI version 4.20.1 \(firmware 4.20.1\)$
: Probing: Added board 1e60-2864, /dev/hailo0$
END
unload
assert_dmesg ': Remove: Releasing board$'
assert_dmesg ': Remove: Freed board, /dev/hailo0$'
assert_dmesg '^hailo: Exit module.$'
assert_dmesg '^hailo: Hailo PCIe driver unloaded.$'
[ ! -e $class ] || fail 'the class outlives the module'

# Quiet when asked, and other boards' parameters are no obstacle.
dmesg_mark
load_ok o_dbg=3 force_hailo10h_legacy_mode=Y force_boot_linux_from_eemc=Y force_allocation_from_driver=2
assert_no_dmesg "^hailo $(pci_address): (Probing( on|: (Device|Setting|Enabled|Using|Added))|Disabling|Writing|NNC|FW|reporting)"
assert_dmesg 'force_hailo10h_legacy_mode and force_boot_linux_from_eemc concern other boards'
assert_eq "$(hailo-guest props /dev/hailo0 | value allocation_mode)" 1 allocation_mode
usable
