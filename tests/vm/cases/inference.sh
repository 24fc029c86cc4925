# SPDX-License-Identifier: MIT
# Networks through hailo-run: each answer is what the same ONNX model gives on
# the host, bit for bit; the committed pictures show what they show there.
# kernels: stock debug arm64 arm64-16k
# emulator: --board hailo8
# timeout: 240

# infer NAME OUTPUTS [OPTIONS]: all frames of a network.
infer() {
	local name=$1 outputs=$2 out=/tmp/out.$1 index
	shift 2
	rm -rf "$out"
	hailo-run "/lab/net/$name.hef" --input "$(input_of "$name")" --raw-out "$out" "$@" >/tmp/run 2>&1 ||
		fail "$name $*: $(tail -n 3 /tmp/run)"
	for index in $(seq 0 $((outputs - 1))); do
		cmp "$out/out$index.raw" "/lab/net/${name%_hailo8l}/expected$index.raw" || fail "$name $*: output $index differs"
	done
	rm -rf "$out"
}

# A folder that holds only the inputs of a network.
input_of() {
	local folder=/tmp/in.$1
	mkdir -p "$folder"
	cp "/lab/net/${1%_hailo8l}"/in*.raw "$folder"
	echo "$folder"
}

for release in 4.20.0 4.23.0; do
	stage_fw $release
	load_ok
	assert_eq "$(wc -c </lab/net/tiny/expected0.raw)" $((200 * 16)) 'tiny: bytes of 200 answers'
	infer tiny 1
	infer tiny 1 --streams 16
	infer tiny 1 --streams 16 --batch 8
	infer odd 2
	infer odd_hailo8l 2 --streams 7
	infer shapes 1
	infer shapes_raw 4 --streams 2
	hailo-run /lab/net/shapes.hef --input /lab/net/images --labels /lab/net/shapes.txt >/tmp/found || fail 'pictures'
	diff /lab/net/images.expected /tmp/found || fail 'pictures: other detections than on the host'
	unload
done
