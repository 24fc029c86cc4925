#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes images/: drawn images as JPEG files, what is in them, and what the
network finds in them."""

import hashlib
import io

import numpy as np
from PIL import Image

import draw
from calibrate import compact
from reference import HERE, LEVELS, Reference

COUNT = 8
SEED = 9_000  # of no training, calibration or evaluation
QUALITY = 90
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


def main():
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


if __name__ == "__main__":
    main()
