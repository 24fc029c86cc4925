#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws the images that the shapes network learns from and is measured on.

draw(seed) always gives the same image and the same boxes: six kinds of shapes
of random size, colour and rotation, on a cluttered background of blobs, lines,
arcs, bars and letters, none of which counts.
"""

import argparse
import math
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

CLASSES = ("circle", "square", "triangle", "star", "cross", "ring")
SIZE = 320
MIN_DIAMETER, MAX_DIAMETER = 26, 150
MAX_OBJECTS = 8
SUBPIXEL_BITS = 4


class Box(NamedTuple):
    """Corners from 0 to 1, in the order of the chip's boxes."""

    label: int
    y_min: float
    x_min: float
    y_max: float
    x_max: float


def regular(corners, radius=1.0, phase=0.0):
    angles = phase + np.arange(corners) * (2 * math.pi / corners)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.reshape(radius, (-1, 1))


def outlines(label, rng):
    """The closed curves of a shape around the origin; where two overlap is a hole."""
    name = CLASSES[label]
    if name == "circle":
        return [regular(72)]
    if name == "ring":
        return [regular(72), regular(72, rng.uniform(0.45, 0.65))]
    if name == "square":
        return [regular(4)]
    if name == "triangle":
        return [regular(3)]
    if name == "star":
        return [regular(10, np.tile([1.0, rng.uniform(0.38, 0.5)], 5))]
    arm = rng.uniform(0.28, 0.42)
    quarter = np.array([[1, -arm], [1, arm], [arm, arm]])
    turn = np.array([[0, 1], [-1, 0]])
    return [np.concatenate([quarter @ np.linalg.matrix_power(turn, i) for i in range(4)])]


def fill(image, curves, colour):
    """Paints with smooth edges; `colour` is one, or one per pixel."""
    mask = np.zeros(image.shape[:2], np.uint8)
    points = [np.round(c * (1 << SUBPIXEL_BITS)).astype(np.int32) for c in curves]
    cv2.fillPoly(mask, points, 255, cv2.LINE_AA, SUBPIXEL_BITS)
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if len(rows) == 0:
        return
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    alpha = mask[part][..., None].astype(np.float32) / 255
    paint = colour[part] if np.ndim(colour) == 3 else np.asarray(colour, np.float32)
    image[part] = image[part] * (1 - alpha) + paint * alpha


def ramp(rng, strength):
    """Light that changes across the image."""
    angle = rng.uniform(0, 2 * math.pi)
    steps = np.linspace(-1, 1, SIZE, dtype=np.float32)
    plane = steps[None, :] * math.cos(angle) + steps[:, None] * math.sin(angle)
    return (plane * strength)[..., None]


def background(rng):
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = rng.uniform(20, 235, 3)
    for cells in (3, 8, 24):
        noise = rng.normal(0, rng.uniform(0, 22), (cells, cells, 3)).astype(np.float32)
        image += cv2.resize(noise, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return image


def clutter(image, rng):
    """One thing that is not to be found."""
    at = rng.uniform(0, SIZE, 2)
    colour = rng.uniform(0, 255, 3)
    kind = rng.integers(5)
    thickness = int(rng.integers(1, 5))
    centre = (int(at[0]), int(at[1]))
    if kind == 0:
        end = rng.integers(0, SIZE, 2)
        cv2.line(image, centre, (int(end[0]), int(end[1])), colour.tolist(), thickness, cv2.LINE_AA)
    elif kind == 1:
        axes = (int(rng.integers(10, 90)), int(rng.integers(10, 90)))
        start = rng.uniform(0, 360)
        cv2.ellipse(image, centre, axes, rng.uniform(0, 180), start,
                    start + rng.uniform(40, 200), colour.tolist(), thickness, cv2.LINE_AA)
    elif kind == 2:
        letter = chr(rng.integers(ord("A"), ord("Z") + 1))
        if letter != "O":
            cv2.putText(image, letter, centre, int(rng.integers(0, 8)), rng.uniform(0.5, 3),
                        colour.tolist(), thickness, cv2.LINE_AA)
    elif kind == 3:
        radii = rng.uniform(0.35, 1, 40)
        radii = np.convolve(np.concatenate([radii, radii[:6]]), np.ones(7) / 7, "valid")
        blob = regular(40, radii) * [rng.uniform(0.5, 0.9), 1.6] * rng.uniform(10, 40)
        fill(image, [blob @ rotation(rng) + at], colour)
    else:
        length = rng.uniform(30, 160)
        bar = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [length, length / rng.uniform(4, 12)] / 2
        fill(image, [bar @ rotation(rng) + at], colour)


def rotation(rng):
    angle = rng.uniform(0, 2 * math.pi)
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


def place(label, taken, rng):
    """Curves with a box inside the image that leaves `taken` visible, or None."""
    diameter = math.exp(rng.uniform(math.log(MIN_DIAMETER), math.log(MAX_DIAMETER)))
    stretch = math.sqrt(rng.uniform(1 / 1.2, 1.2))
    turn = rotation(rng)
    curves = [c * [stretch, 1 / stretch] @ turn * diameter / 2 for c in outlines(label, rng)]
    low, high = curves[0].min(axis=0), curves[0].max(axis=0)
    for _ in range(20):
        at = rng.uniform(2 - low, SIZE - 2 - high)
        box = np.concatenate([low + at, high + at])
        if all(covered(box, other) < 0.1 for other in taken):
            return [c + at for c in curves], box
    return None


def covered(a, b):
    """How much of the smaller box the other one covers."""
    common = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return common / min((a[2:] - a[:2]).prod(), (b[2:] - b[:2]).prod())


def contrasting(behind, rng):
    """A colour that can be told from the one behind it."""
    while True:
        colour = rng.uniform(0, 255, 3)
        if np.linalg.norm(colour - behind) > 80:
            return colour


def add_object(image, taken, rng):
    label = int(rng.integers(len(CLASSES)))
    placed = place(label, taken, rng)
    if placed is None:
        return None
    curves, box = placed
    left, top, right, bottom = np.round(box).astype(int)
    colour = contrasting(image[top:bottom, left:right].mean(axis=(0, 1)), rng)
    fill(image, curves, colour.astype(np.float32) + ramp(rng, rng.uniform(0, 60)))
    if rng.random() < 0.3:
        edge = rng.uniform(0, 255, 3).tolist()
        points = [np.round(c * (1 << SUBPIXEL_BITS)).astype(np.int32) for c in curves]
        cv2.polylines(image, points, True, edge, int(rng.integers(1, 4)), cv2.LINE_AA, SUBPIXEL_BITS)
    taken.append(box)
    x_min, y_min, x_max, y_max = (box / SIZE).tolist()
    return Box(label, y_min, x_min, y_max, x_max)


def draw(seed):
    """An RGB image of SIZE x SIZE and the boxes of what is in it."""
    rng = np.random.default_rng(seed)
    image = background(rng)
    for _ in range(rng.integers(2, 16)):
        clutter(image, rng)
    taken = []
    boxes = [add_object(image, taken, rng) for _ in range(rng.integers(1, MAX_OBJECTS + 1))]
    image += ramp(rng, rng.uniform(0, 30))
    if rng.random() < 0.4:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.2))
    image += rng.standard_normal(image.shape, np.float32) * np.float32(rng.uniform(0, 9))
    pixels = np.clip(np.round(image), 0, 255).astype(np.uint8)
    return pixels, [box for box in boxes if box]


def main():
    parser = argparse.ArgumentParser(description="Draws images as PNG files, one per seed.")
    parser.add_argument("--seed", type=int, default=0, help="of the first image")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--boxes", action="store_true", help="draw the boxes, too")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(options.seed, options.seed + options.count):
        image, boxes = draw(seed)
        if options.boxes:
            for label, *corners in boxes:
                y_min, x_min, y_max, x_max = (round(c * SIZE) for c in corners)
                cv2.rectangle(image, (x_min, y_min), (x_max, y_max), (255, 255, 255))
                cv2.putText(image, CLASSES[label], (x_min, y_min - 2), 0, 0.4, (255, 255, 255))
        cv2.imwrite(str(options.folder / f"{seed}.png"), image[..., ::-1])


if __name__ == "__main__":
    main()
