#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Trains the shapes network on drawn images and writes it as ONNX."""

import argparse
import itertools
import multiprocessing
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

import draw
from net import STRIDES, ShapesNet, cell_centres

TRAINING_SEEDS = 1_000_000  # evaluation uses seeds far below
LARGE = 64 / draw.SIZE  # from this side on, the coarser scale finds an object
OUTPUTS = ["rows"] + [f"{what}{stride}" for stride in STRIDES for what in ("boxes", "scores")]


def images(count):
    """Drawn images and, each in a row, up to MAX_OBJECTS boxes; label -1 for none."""
    pixels = np.empty((count, 3, draw.SIZE, draw.SIZE), np.uint8)
    boxes = np.full((count, draw.MAX_OBJECTS, 5), -1, np.float32)
    seeds = range(TRAINING_SEEDS, TRAINING_SEEDS + count)
    with multiprocessing.Pool(2) as pool:
        for i, (image, found) in enumerate(pool.imap(draw.draw, seeds, 32)):
            pixels[i] = image.transpose(2, 0, 1)
            boxes[i, :len(found)] = found
    return pixels, boxes


def vary(pixels, boxes, rng):
    """Mirrors a batch, swaps its axes and its colours; all shapes stay what they are."""
    boxes = boxes.copy()
    for axis in (0, 1):
        if rng.random() < 0.5:
            pixels = np.flip(pixels, 2 + axis)
            boxes[..., [1 + axis, 3 + axis]] = 1 - boxes[..., [3 + axis, 1 + axis]]
    if rng.random() < 0.5:
        pixels = pixels.swapaxes(2, 3)
        boxes = boxes[..., [0, 2, 1, 4, 3]]
    pixels = pixels[:, rng.permutation(3)]
    return torch.from_numpy(np.ascontiguousarray(pixels)), torch.from_numpy(boxes)


def targets(boxes, stride):
    """For every cell of a scale the label (-1: nothing) and the corners it shall give."""
    y, x = (c[None, None] / draw.SIZE for c in cell_centres(stride))
    label, y_min, x_min, y_max, x_max = (v[..., None, None] for v in boxes.unbind(-1))
    side = torch.maximum(y_max - y_min, x_max - x_min)
    right_scale = (side >= LARGE) == (stride == STRIDES[-1])
    near = 1.5 * stride / draw.SIZE
    hit = ((label >= 0) & right_scale
           & ((y - (y_min + y_max) / 2).abs() < near) & ((x - (x_min + x_max) / 2).abs() < near)
           & (y > y_min) & (y < y_max) & (x > x_min) & (x < x_max))
    # Of several the smallest: the others have more cells.
    owner = torch.where(hit, side, torch.inf).argmin(1)
    labels = torch.where(hit.any(1), pick(boxes[..., 0], owner), torch.tensor(-1.0))
    return labels.long(), torch.stack([pick(boxes[..., i], owner) for i in range(1, 5)], 1)


def pick(values, owner):
    return values.gather(1, owner.flatten(1)).reshape(owner.shape)


def area(corners):
    return (corners[:, 2:] - corners[:, :2]).clamp(min=0).prod(1)


def overlap(a, b):
    """Intersection over union, and the same less the empty part of the common hull (GIoU)."""
    common = area(torch.cat([torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])], 1))
    hull = area(torch.cat([torch.minimum(a[:, :2], b[:, :2]), torch.maximum(a[:, 2:], b[:, 2:])], 1))
    union = area(a) + area(b) - common
    iou = common / union
    return iou, iou - (hull - union) / hull


def loss_of(scales, boxes):
    """Quality focal loss of the scores, whose aim is the overlap, and GIoU of the boxes."""
    score_loss, box_loss, found = 0.0, 0.0, 0
    for stride, (corners, logits) in zip(STRIDES, scales):
        labels, wanted = targets(boxes, stride)
        where = labels >= 0
        iou, giou = overlap(corners.permute(0, 2, 3, 1)[where], wanted.permute(0, 2, 3, 1)[where])
        aim = torch.zeros_like(logits)
        batch, row, column = where.nonzero(as_tuple=True)
        aim[batch, labels[where], row, column] = iou.detach()
        weight = (logits.sigmoid() - aim).detach().abs() ** 2
        score_loss += F.binary_cross_entropy_with_logits(logits, aim, weight, reduction="sum")
        box_loss += (1 - giou).sum()
        found += len(iou)
    return (score_loss + 2 * box_loss) / max(found, 1)


def train(options):
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    rng = np.random.default_rng(options.seed)
    start = time.monotonic()
    pixels, boxes = images(options.images)
    print(f"{options.images} images drawn in {time.monotonic() - start:.0f} s", flush=True)

    model = ShapesNet().to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.parameters()), "parameters")
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.01},
                                   {"params": plain, "weight_decay": 0}], lr=options.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, options.rate, options.steps, pct_start=0.1)
    order = itertools.chain.from_iterable(
        rng.permutation(options.images) for _ in itertools.count())
    start, running = time.monotonic(), 0.0
    for step in range(1, options.steps + 1):
        chosen = list(itertools.islice(order, options.batch))
        batch, wanted = vary(pixels[chosen], boxes[chosen], rng)
        batch = batch.float().div_(255).contiguous(memory_format=torch.channels_last)
        loss = loss_of(model.scales(batch), wanted)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
        optimiser.step()
        schedule.step()
        running += loss.item()
        if step % 50 == 0:
            took = (time.monotonic() - start) / step
            print(f"step {step} loss {running / 50:.4f} {took:.2f} s/step", flush=True)
            running = 0.0
        if step % options.save_every == 0 or step == options.steps:
            export(model, options.onnx)
    return model


def export(model, path):
    """Writes the network with a batch of one; normalisation goes into the convolutions."""
    model.eval()
    image = torch.zeros(1, 3, draw.SIZE, draw.SIZE)
    torch.onnx.export(model, image, path, opset_version=11,
                      input_names=["images"], output_names=OUTPUTS)
    model.train()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--onnx", type=Path, default=Path(__file__).parent / "shapes.onnx")
    parser.add_argument("--images", type=int, default=5000, help="different ones to learn from")
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3, help="of learning, at its peak")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=400, metavar="STEPS")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
