# SPDX-License-Identifier: MIT
# hailo-fwtool logs, reset, doctor, monitor, exporter and bundle on a board that
# works, is held, and dies.
# kernels: stock
# boards: 1
# timeout: 120
# log: Device disconnected
# log: Reset preparation for PCI device

stage_fw 4.21.0
load_ok
assert_match "$(hailo-fwtool logs --cpu app)" '\[app\] boot: firmware 4.21.0'
assert_eq "$(hailo-fwtool logs --cpu app)" '' 'log that has been read'
assert_match "$(hailo-fwtool logs --json)" '^\{"cpu":"core","text":".*\[core\] boot: firmware 4.21.0'

line=$(hailo-fwtool monitor --json --count 1)
assert_match "$line" '"device":"hailo0","location":"'"$(pci_address)"'","state":"running","firmware":"4.21.0","interrupts":[0-9]+,'
assert_match "$line" '"celsius":\{"ts0":[0-9.]+,"ts1":[0-9.]+\},"holders":\[\]'
hailo-fwtool exporter --textfile /tmp/hailo.prom
assert_match "$(cat /tmp/hailo.prom)" '^hailo_board_running\{board="hailo0",state="running"\} 1$'
assert_match "$(cat /tmp/hailo.prom)" '^hailo_temperature_celsius\{board="hailo0",sensor="ts1"\} [0-9.]+$'
assert_match "$(cat /tmp/hailo.prom)" '^hailo_interrupts_total\{board="hailo0"\} [0-9]+$'
ifconfig lo up
hailo-fwtool exporter --listen 9745 >/tmp/exporter &
exporter=$!
wait_until 10 grep -q '^metrics at http://127.0.0.1:9745/metrics$' /tmp/exporter || fail 'the exporter does not listen'
assert_match "$(wget -q -O - http://127.0.0.1:9745/metrics)" '^hailo_temperature_celsius\{board="hailo0",sensor="ts1"\} [0-9.]+$'
kill "$exporter"
wait "$exporter" || fail "the exporter ended with $?"

# Nothing is wrong with this board: what is found is about the guest, which has
# no module installed.
hailo-fwtool doctor >/tmp/doctor && fail 'doctor found no error'
assert_eq "$(grep '^error' /tmp/doctor | cut -c10-16)" 'module ' 'errors of doctor'
assert_match "$(cat /tmp/doctor)" '^ok +msi '
assert_match "$(cat /tmp/doctor)" '^ok +pages .* 4096$'

echo kitchen >/proc/sys/kernel/hostname
echo 'hailo: seen on kitchen' >/dev/kmsg
hailo-fwtool bundle --output /tmp/bundle.tar
mkdir -p /tmp/bundle
tar -xf /tmp/bundle.tar -C /tmp/bundle
assert_match "$(cat /tmp/bundle/hailo-bundle/kernel-log.txt)" 'hailo: seen on HOST'
assert_fails grep -rq kitchen /tmp/bundle
assert_eq "$(wc -l </tmp/bundle/hailo-bundle/manifest.txt)" "$(($(find /tmp/bundle -type f | wc -l) - 1))" 'files of the bundle'

hailo-fwtool reset --core
usable
file_open a
code=0
hailo-fwtool reset 2>/tmp/reset || code=$?
assert_eq "$code" 5 'reset of a board in use'
assert_match "$(cat /tmp/reset)" 'hailo0 is in use: [0-9]+ \(hailo-guest hold'
file_close a
assert_eq "$(hailo-fwtool reset)" 'Has been reset: function of hailo0'
usable
assert_match "$(hailo-fwtool logs --cpu app)" '\[app\] boot: firmware 4.21.0'
