# SPDX-License-Identifier: MIT
# What booting and identifying cost in register accesses: a 167936-byte image
# takes at most 500 reads, one identify of an idle board 60 reads and 17 writes.
# kernels: stock debug
# boards: 1
# count: insns

stage_fw 4.20.0
assert_eq "$(stat -c %s "$FIRMWARE_DIR/hailo8_fw.bin")" 167936 'bytes of the image'
cold
emu reset-counters
load_ok
reads=$(emu_get counters reads)
writes=$(emu_get counters writes)
metric boot_reads "$reads"
metric boot_writes "$writes"
metric boot_msis "$(emu_get counters msis)"
assert_le "$reads" 500 'reads of probe and boot'
assert_le 41984 "$writes" 'writes: each word of the image at least once'
assert_le "$writes" 43000 'writes of probe and boot'

emu reset-counters
before=$(insns)
usable
metric identify_insns $(($(insns) - before))
reads=$(emu_get counters reads)
writes=$(emu_get counters writes)
metric identify_reads "$reads"
metric identify_writes "$writes"
metric identify_msis "$(emu_get counters msis)"
assert_le "$reads" 60 'reads of open, identify, close'
assert_le 53 "$reads" 'reads: the answer at least once'
assert_le "$writes" 17 'writes of open, identify, close'
assert_eq "$(emu_get counters msis)" 1 interrupts

# A control alone: IDENTIFY on an open file.
file_open a
emu reset-counters
before=$(insns)
file_do a control 0 >/dev/null
metric control_insns $(($(insns) - before))
for count in reads writes msis; do
	metric control_$count "$(emu_get counters $count)"
done
assert_le "$(emu_get counters reads)" 57 'reads of a control'
assert_eq "$(emu_get counters msis)" 1 'interrupts of a control'

# Memory that the driver takes for a channel, without what the client maps: 32 of
# them at once, so that what else the kernel does meanwhile hardly counts.
kernel_kib() {
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}
before=$(kernel_kib)
file_do a enable 0xffffffff >/dev/null
kib=$((($(kernel_kib) - before) / 32))
metric channel_kib $kib
assert_le 4 $kib 'KiB of a channel: something'
[ "$KERNEL" = debug ] || assert_le $kib 40 'KiB of a channel'

# Nowhere else would it be noticed.
assert_no_dmesg 'Interrupt lost'
