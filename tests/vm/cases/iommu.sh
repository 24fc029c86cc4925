# SPDX-License-Identifier: MIT
# Behind an IOMMU: the board reaches what is mapped for it, and the driver takes no
# memory away that it still uses, whatever way a client ends. An access to memory
# that is not mapped is an event of the emulator, and fails the case; frames take
# their time, so that some are in flight when a client is killed.
# kernels: stock
# boards: 1
# emulator: --fps 50
# iommu: strict
# timeout: 240

works() {
	out=$(hailo-guest network /dev/hailo0 --frames 20 --depth 4 "$@") || fail "$*: $out"
	assert_match "$out" '^frames 20$' "$*"
}

stage_fw 4.23.0
load_ok
[ -e "$(pci_path)/iommu_group" ] || fail 'no IOMMU'
works
works --direct --moving
works --abi 420
works --abi 420 --direct --in 3000,200 --out 8,2000
usable

for i in $(seq 20); do
	case $((i % 2)) in
	0) way=--direct ;;
	*) way='' ;;
	esac
	# shellcheck disable=SC2086
	hailo-guest network /dev/hailo0 --frames 0 --depth 4 --in 3000,200 --out 8,2000 $way >/tmp/killed 2>&1 &
	client=$!
	usleep $(((i * 7919) % 97 * 3000))
	kill -KILL $client
	wait $client 2>/dev/null || true
	! grep -q '^frame ' /tmp/killed || fail "round $i: $(cat /tmp/killed)"
done
works
usable
unload
load_ok
works
