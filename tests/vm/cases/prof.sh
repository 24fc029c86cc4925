# SPDX-License-Identifier: MIT
# kernels: stock
# boards: 1
# count: insns
# log: Interrupt lost
# timeout: 120
stage_fw 4.23.0
load_ok
file_open a
for opt in '' '--in 1228800 --out 540000' --direct '--direct --moving' '--direct --in 1228800 --out 540000' '--direct --moving --in 1228800 --out 540000'; do
a=$(insns); file_do a network --frames 1 --abi 421 $opt >/dev/null
b=$(insns); file_do a network --frames 101 --abi 421 $opt >/dev/null
c=$(insns); echo "I $(((c-b-b+a)/100)) $opt"
done
