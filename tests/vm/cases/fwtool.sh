# SPDX-License-Identifier: MIT
# Each way for hailo-fwtool to fail has its exit code and its message.
# kernels: stock debug
# boards: 1
# log: hailo_fw_control, timeout waiting for control
# log: Failed reading fw control from pcie: length 2000
# log: Late answer to control
# log: Device disconnected
# log: Failed waking up board
# log: Unable to change power state from D[03a-z]* to D[03a-z]*, device inaccessible

exits 3 'module hailo_pci is neither loaded nor installed' hailo-fwtool identify
stage_fw 4.21.0
load_ok
assert_eq "$(hailo-fwtool identify | wc -l)" 8 'lines of identify'
assert_eq "$(hailo-fwtool identify "$(pci_address)")" "$(hailo-fwtool identify)" 'identify by address'
exits 3 'no board is called hailo7' hailo-fwtool identify hailo7
exits 4 'mode 0600, owner [^ ]*, group [^ ]*; you are' as_user hailo-fwtool identify

emu fault hang-control opcode=0
exits 6 'has not answered within 200 ms' hailo-fwtool identify --timeout 200
emu fault wrong-md5
exits 7 'damaged answer: its MD5 is' hailo-fwtool identify
emu fault wrong-opcode-answer
exits 7 'it is for opcode 1, asked was 0' hailo-fwtool identify
for bytes in 0 10 24 189; do
	emu fault short-answer bytes=$bytes
	exits 7 'malformed answer' hailo-fwtool identify
done
emu fault oversized-answer
exits 7 'refused the control or its answer' hailo-fwtool identify
assert_eq "$(hailo-fwtool identify | wc -l)" 8 'lines of identify after the faults'

file_open a
assert_match "$(hailo-fwtool status)" '^  Held By: +[0-9]+ \(hailo-guest\)$'
file_close a
mv /dev/hailo0 /dev/hailo0.away
exits 3 'does not exist, although the driver has registered it as [0-9]+:0' hailo-fwtool identify
mknod /dev/hailo0 c 1 3
exits 3 'is not the board: .* the node is 1:3' hailo-fwtool identify
rm /dev/hailo0
mv /dev/hailo0.away /dev/hailo0

emu unplug
exits 6 'the board does not wake up' hailo-fwtool identify
unload
emu plug
