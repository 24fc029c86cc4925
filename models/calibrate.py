#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the JSON files that hailo-hefgen takes beside the ONNX files.

A quantisation that follows from the meaning of the values stands here; the
others come from the smallest and largest values over a calibration set.
"""

import json
import re

import numpy as np

import draw
from net import STRIDES
from reference import HERE, largest, load, run, to_real

FRAMES = 256
SEED = 500_000  # apart from those of training and evaluation

UNIT = {"zero_point": 0, "scale": 0.003921569}  # 0 to 1 in 8 bits
CHIP_NMS = {"classes": len(draw.CLASSES), "max_boxes_per_class": 20,
            "score_threshold": 0.45, "iou_threshold": 0.5}

IMAGE = {"name": "shapes/images", "tensor": "images", "shape": [draw.SIZE, draw.SIZE, 3], "quant": UNIT}


def planes(stride):
    side = draw.SIZE // stride
    return [{"name": f"shapes/boxes{stride}", "tensor": f"boxes{stride}", "shape": [side, side, 4],
             "type": "uint16"},
            {"name": f"shapes/scores{stride}", "tensor": f"scores{stride}",
             "shape": [side, side, len(draw.CLASSES)], "order": "nhcw", "quant": UNIT}]


# File: the model that it is for, and the request without what is measured.
REQUESTS = {
    "shapes": ("shapes", {
        "network": "shapes", "fps": 100, "inputs": [IMAGE],
        "outputs": [{"name": "shapes/detections", "tensor": "rows", "nms": CHIP_NMS}]}),
    "shapes_raw": ("shapes", {
        "network": "shapes_raw", "fps": 100, "inputs": [IMAGE],
        "outputs": [stream for stride in STRIDES for stream in planes(stride)]}),
    "tiny": ("tiny", {
        "network": "tiny", "fps": 1000,
        "inputs": [{"name": "tiny/image", "tensor": "image", "shape": [32, 32, 3], "quant": UNIT}],
        "outputs": [{"name": "tiny/values", "tensor": "values", "shape": [1, 1, 10], "order": "nc"}]}),
    "odd": ("odd", {
        "network": "odd", "fps": 1000,
        "inputs": [{"name": "odd/image", "tensor": "image", "shape": [19, 37, 5], "quant": UNIT},
                   {"name": "odd/vector", "tensor": "vector", "shape": [1, 1, 11], "order": "nc",
                    "type": "uint16", "quant": {"zero_point": 32768, "scale": 0.0001}}],
        "outputs": [{"name": "odd/map", "tensor": "map", "shape": [10, 19, 3], "type": "uint16",
                     "order": "nhcw"},
                    {"name": "odd/values", "tensor": "values", "shape": [1, 1, 7], "order": "nc"}]}),
}


def frames(request, number):
    """The raw inputs of one frame: drawn, or noise for the networks that learnt nothing."""
    if request["inputs"] == [IMAGE]:
        return [draw.draw(SEED + number)[0]]
    rng = np.random.default_rng(SEED + number)
    return [rng.integers(0, largest(s) + 1, s["shape"]) for s in request["inputs"]]


def ranges(net, request, tensors):
    low, high = np.full(len(tensors), np.inf), np.full(len(tensors), -np.inf)
    for number in range(FRAMES):
        inputs = {s["tensor"]: to_real(raw, s["quant"])
                  for s, raw in zip(request["inputs"], frames(request, number))}
        for i, values in enumerate(run(net, inputs, tensors)):
            low[i], high[i] = min(low[i], values.min()), max(high[i], values.max())
    return zip(low, high)


def calibrated(request, net):
    open_streams = [s for s in request["outputs"] if "nms" not in s and "quant" not in s]
    measured = ranges(net, request, [s["tensor"] for s in open_streams]) if open_streams else ()
    for stream, (low, high) in zip(open_streams, measured):
        scale = float(f"{(high - low) / largest(stream):.6g}")
        stream["quant"] = {"zero_point": round(-low / scale), "scale": scale}
    return request


def compact(value):
    """JSON with lists of numbers on one line."""
    on_one_line = lambda match: "[" + ", ".join(match[0][1:-1].replace(",", " ").split()) + "]"
    return re.sub(r"\[[\s\d,]+\]", on_one_line, json.dumps(value, indent=2)) + "\n"


def main():
    for name, (model, request) in REQUESTS.items():
        request = calibrated(request, load(HERE / f"{model}.onnx"))
        (HERE / f"{name}.json").write_text(compact(request))


if __name__ == "__main__":
    main()
