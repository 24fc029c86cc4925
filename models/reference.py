# SPDX-License-Identifier: MIT
"""What a network answers on the emulated chip, computed here: ONNX by OpenCV,
quantised as the JSON file says, boxes selected as tools/lib/hef/nms.h has it."""

import json
from pathlib import Path

import cv2
import numpy as np

HERE = Path(__file__).parent
LEVELS = np.float32(4095)  # of coordinates and scores in the chip's boxes
ONE_THREAD = 1  # as the emulator: the same sums in the same order


def largest(stream):
    return 65535 if stream.get("type") == "uint16" else 255


def to_raw(real, zero_point, scale, limit):
    """Rounds with halves away from zero, in single precision as the tools do."""
    raw = np.asarray(real, np.float32) * (np.float32(1) / np.float32(scale)) + np.float32(zero_point)
    return np.clip(np.floor(raw.astype(np.float64) + 0.5), 0, limit).astype(np.uint32)


def to_real(raw, quant):
    return (np.asarray(raw).astype(np.float32) - np.float32(quant["zero_point"])) * np.float32(quant["scale"])


def area(box):
    return max(box[2] - box[0], np.float32(0)) * max(box[3] - box[1], np.float32(0))


def overlap(a, b):
    """Intersection over union; corners are y_min, x_min, y_max, x_max."""
    common = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    union = area(a) + area(b) - common
    return common / union if union > 0 else np.float32(0)


def select(rows, nms):
    """Per class the corners and scores that stay, best first."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    chosen = []
    for label in range(nms["classes"]):
        scores = rows[:, 4 + label]
        above = np.flatnonzero(scores > np.float32(nms["score_threshold"]))
        kept = []
        for i in above[np.argsort(-scores[above], kind="stable")]:
            if len(kept) == nms["max_boxes_per_class"]:
                break
            if all(overlap(rows[k], rows[i]) <= np.float32(nms["iou_threshold"]) for k in kept):
                kept.append(i)
        chosen.append(np.column_stack([rows[kept, :4], scores[kept]]))
    return chosen


def to_records(boxes):
    """Boxes as integers: y_min, x_min, y_max, x_max in 12 bits, the score in 16."""
    return to_raw(boxes * LEVELS, 0, 1, [4095] * 4 + [65535])


class Reference:
    def __init__(self, name, onnx=None):
        self.request = json.loads((HERE / f"{name}.json").read_text())
        self.net = load(onnx or HERE / f"{name}.onnx")

    def values(self, frames):
        """The model's outputs for one frame per input, in the order of the JSON file."""
        tensors = {stream["tensor"]: to_real(frame, stream["quant"])
                   for stream, frame in zip(self.request["inputs"], frames)}
        return run(self.net, tensors, [stream["tensor"] for stream in self.request["outputs"]])

    def detections(self, image):
        """Per class what the chip sends for an RGB image; of networks with NMS."""
        nms = self.request["outputs"][0]["nms"]
        (rows,) = self.values([image])
        return [to_records(boxes) for boxes in select(rows[0], nms)]


def load(onnx):
    cv2.setNumThreads(ONE_THREAD)
    return cv2.dnn.readNetFromONNX(str(onnx))


def run(net, inputs, outputs):
    """Frames of height, width, features go in as planes, vectors as they are."""
    for tensor, values in inputs.items():
        planes = values.transpose(2, 0, 1) if values.shape[:2] != (1, 1) else values[0, 0]
        net.setInput(np.ascontiguousarray(planes[None]), tensor)
    return net.forward(outputs)
