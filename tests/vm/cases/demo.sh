# SPDX-License-Identifier: MIT
# kernels: stock debug arm64 arm64-16k
# emulator: --board hailo8l --serial HLDDLBB243201979 --part HM21LB1C2LAE --product "HAILO-8L AI ACC M.2 B+M KEY MODULE EXT TMP"
# What "make demo" shows: who the board is, one inference, then hailo-detect, whose
# page is forwarded to FORWARD of the host until that ends it, or whose summary is
# printed; who connects to a second port of FORWARD takes the board away for a while; FW is the firmware version, ARCH the expected device.

stage_fw "${FW:=4.20.0}"
load_ok force_desc_page_size=4096
identify=$(hailo-fwtool identify)
status=$(hailo-fwtool status)
echo '$ hailo-fwtool status'
echo "$status"
echo
echo '$ hailo-fwtool identify'
echo "$identify"
assert_eq "$(echo "$identify" | wc -l)" 8 "lines of identify"
assert_match "$identify" '^Control Protocol Version: 2$'
assert_match "$identify" "^Firmware Version: $FW \\(release,app,extended context switch buffer\\)\$"
assert_match "$identify" '^Logger Version: 0$'
assert_match "$identify" '^Board Name: Hailo-8$'
assert_match "$identify" "^Device Architecture: ${ARCH:-HAILO8L}\$"
assert_match "$(hailo-guest info /dev/hailo0)" "^release $FW\$"

cd /lab/net || exit
found=$(hailo-run shapes_hailo8l.hef --input images/9001.jpg --labels shapes.txt)
echo
echo '$ hailo-run shapes_hailo8l.hef --input images/9001.jpg --labels shapes.txt'
echo "$found"
assert_eq "$(echo "$found" | sed 1d)" "$(sed -n '2,/^frame 1:/{/^frame/!p}' images.expected)" 'detections'

set -- --hef shapes_hailo8l.hef --labels shapes.txt --source synthetic
if [ -z "${FORWARD:-}" ]; then
	echo
	echo "\$ hailo-detect $* --frames 20 --expect circle"
	hailo-detect "$@" --frames 20 --expect circle
else
	insert_modules virtio_net
	ifconfig lo 127.0.0.1
	ifconfig eth0 10.0.2.15 up
	hailo-detect "$@" --listen 0.0.0.0:8080 &
	wait_until 30 wget -q -O /dev/null http://127.0.0.1:8080/readyz || fail 'hailo-detect is not ready'
	while IFS= read -r line; do say "$line"; done </tmp/output
	say
	say "\$ hailo-detect $* --listen 0.0.0.0:8080"
	say "The page: http://127.0.0.1:${FORWARD%% *}/   Ctrl-C ends it."
	while [ "${FORWARD#* }" != "$FORWARD" ]; do
		nc -l -p 8081 >/dev/null
		unstage_fw
		echo 1 >"$(pci_path)/reset"
		sleep 5
		stage_fw "$FW"
		echo 1 >"$(pci_path)/reset"
	done
	wait
fi
