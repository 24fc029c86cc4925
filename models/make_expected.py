#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes what the tests compare with: images/, being drawn images as JPEG
files, what is in them and what the network finds in them; and
small_expected.json, the answers of the small networks to a few frames."""

import hashlib
import io

import numpy as np
from PIL import Image

import draw
from calibrate import compact
from reference import HERE, LEVELS, Reference, largest, to_raw

COUNT = 8
SEED = 9_000  # of no training, calibration or evaluation
QUALITY = 90
SMALL_FRAMES = 3
FOLDER = HERE / "images"
# Processors may differ in the last bits of a sum. No score is so close to the
# threshold that this would make a detection come or go.
MARGIN = 0.02


def encoded(image):
    """A JPEG file with all of the colours: decoders differ in how they fill in missing ones."""
    data = io.BytesIO()
    Image.fromarray(image).save(data, "JPEG", quality=QUALITY, subsampling=0)
    return data.getvalue()


def decoded(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def detections(reference, image):
    return [{"class": draw.CLASSES[label], "box": record[:4].tolist(), "score": int(record[4])}
            for label, records in enumerate(reference.detections(image)) for record in records]


def write_images():
    reference = Reference("shapes")
    nms = reference.request["outputs"][0]["nms"]
    threshold = nms["score_threshold"]
    nms["score_threshold"] = threshold - MARGIN
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    images = []
    seed = SEED
    while len(images) < COUNT:
        image, boxes = draw.draw(seed)
        data = encoded(image)
        found = detections(reference, decoded(data))
        if all(abs(d["score"] / LEVELS - threshold) > MARGIN for d in found):
            file = f"{seed}.jpg"
            (FOLDER / file).write_bytes(data)
            truth = [{"class": draw.CLASSES[b.label], "box": [round(float(c * LEVELS)) for c in b[1:]]}
                     for b in boxes]
            images.append({"file": file, "seed": seed, "truth": truth, "detections": found})
        seed += 1
    expected = {
        "classes": draw.CLASSES,
        "levels": int(LEVELS),
        "onnx_sha256": hashlib.sha256((HERE / "shapes.onnx").read_bytes()).hexdigest(),
        "images": images,
    }
    (FOLDER / "expected.json").write_text(compact(expected))


def pattern(stream, number):
    """Raw values of frame `number`, that a test can make, too."""
    count = np.prod(stream["shape"])
    return ((np.arange(count) * 7919 + number * 104729) % (largest(stream) + 1)).reshape(stream["shape"])


def answers(name, number):
    """Raw values of each output, in the order height, width, features."""
    reference = Reference(name)
    frames = [pattern(stream, number) for stream in reference.request["inputs"]]
    result = {}
    for stream, values in zip(reference.request["outputs"], reference.values(frames)):
        rows = values[0].transpose(1, 2, 0) if values.ndim == 4 else values
        quant = stream["quant"]
        raw = to_raw(rows, quant["zero_point"], quant["scale"], largest(stream))
        result[stream["name"]] = raw.flatten().tolist()
    return result


def write_small():
    expected = {name: [answers(name, number) for number in range(SMALL_FRAMES)]
                for name in ("tiny", "odd")}
    (HERE / "small_expected.json").write_text(compact(expected))


def main():
    write_images()
    write_small()


if __name__ == "__main__":
    main()
