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
