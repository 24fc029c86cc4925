#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Measures the shapes network as the emulated chip runs it, on images it never
saw, and puts the figures into README.md."""

import argparse
import re
from pathlib import Path

import numpy as np

import draw
from reference import HERE, LEVELS, Reference, overlap

SEED = 1  # training uses seeds from 1 000 000 on, calibration from 500 000 on
MATCH = 0.5  # overlap from which a detection is right
THRESHOLDS = (0.3, 0.4, 0.45, 0.5, 0.6, 0.7)
LOWEST = 0.05  # threshold while measuring, so that the curve has its tail


def matches(detections, truth):
    """Scores, best first, and whether each found an object that no better one had found."""
    left = [np.float32(box) for box in truth]
    found = []
    for *corners, score in detections:
        overlaps = [overlap(corners, box) for box in left]
        right = bool(left) and max(overlaps) >= MATCH
        if right:
            left.pop(int(np.argmax(overlaps)))
        found.append((score, right))
    return found


def collect(reference, count):
    """Per class (score, right) of all detections, and the number of objects."""
    found = [[] for _ in draw.CLASSES]
    objects = [0] * len(draw.CLASSES)
    for seed in range(SEED, SEED + count):
        image, boxes = draw.draw(seed)
        for label, records in enumerate(reference.detections(image)):
            truth = [box[1:] for box in boxes if box.label == label]
            objects[label] += len(truth)
            found[label] += matches(records / LEVELS, truth)
    return found, objects


def precision_recall(found, objects, threshold):
    right = [r for score, r in found if score > threshold]
    return sum(right) / max(len(right), 1), sum(right) / objects


def average_precision(found, objects):
    """Area under the precision that can be had from each recall on."""
    right = np.array([r for _, r in sorted(found, key=lambda f: -f[0])])
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return best[right].sum() / objects


def table(found, objects, count, threshold):
    yield f"{count} images, seeds {SEED} to {SEED + count - 1}, {sum(objects)} objects."
    yield ""
    yield f"| class | objects | precision at {threshold:g} | recall at {threshold:g} | AP50 |"
    yield "|---|---|---|---|---|"
    rates = []
    for name, f, n in zip(draw.CLASSES, found, objects):
        rates.append((*precision_recall(f, n, threshold), average_precision(f, n)))
        yield f"| {name} | {n} | " + " | ".join(f"{r:.3f}" for r in rates[-1]) + " |"
    yield "| mean | | " + " | ".join(f"{r:.3f}" for r in np.mean(rates, axis=0)) + " |"
    yield ""
    yield "| score above | precision | recall |"
    yield "|---|---|---|"
    for t in THRESHOLDS:
        p, r = precision_recall(sum(found, []), sum(objects), t)
        yield f"| {t:g} | {p:.3f} | {r:.3f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--onnx", type=Path, help="measure this one, and only print")
    options = parser.parse_args()
    reference = Reference("shapes", options.onnx)
    nms = reference.request["outputs"][0]["nms"]
    threshold, nms["score_threshold"] = nms["score_threshold"], LOWEST
    lines = "\n".join(table(*collect(reference, options.images), options.images, threshold))
    print(lines)
    if not options.onnx:
        card = HERE / "README.md"
        marks = r"(<!-- evaluate.py: -->\n).*(<!-- end -->)"
        text, count = re.subn(marks, lambda m: m[1] + lines + "\n" + m[2], card.read_text(), flags=re.S)
        if count != 1:
            raise SystemExit(f"no place for the figures in {card}")
        card.write_text(text)


if __name__ == "__main__":
    main()
