# SPDX-License-Identifier: MIT
"""The shapes network: plain convolutions, two scales, boxes decoded inside."""

import torch
from torch import nn
from torch.nn import functional as F

from draw import CLASSES, SIZE

STRIDES = (8, 16)
# A side of a box is at most this far from the cell that finds it.
REACH = tuple(12 * stride for stride in STRIDES)


def conv(inputs, outputs, kernel=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def cell_centres(stride):
    """y and x of the centres of a scale's cells, in pixels."""
    steps = torch.arange(SIZE // stride) * float(stride) + stride / 2
    return torch.meshgrid(steps, steps, indexing="ij")


class Head(nn.Module):
    """Corners and scores of every cell of one scale, as planes."""

    def __init__(self, features, stride, reach):
        super().__init__()
        self.distances = nn.Conv2d(features, 4, 1)
        self.scores = nn.Conv2d(features, len(CLASSES), 1)
        nn.init.constant_(self.distances.bias, -1.5)
        nn.init.constant_(self.scores.bias, -4.6)
        y, x = cell_centres(stride)
        self.register_buffer("centres", torch.stack([y, x, y, x])[None] / SIZE)
        signs = torch.tensor([-1.0, -1.0, 1.0, 1.0]).reshape(1, 4, 1, 1)
        self.register_buffer("step", signs * reach / SIZE)

    def forward(self, features):
        corners = torch.sigmoid(self.distances(features)) * self.step + self.centres
        return corners, self.scores(features)


class ShapesNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_8 = nn.Sequential(conv(3, 16, stride=2), conv(16, 24, stride=2),
                                  conv(24, 32, stride=2), conv(32, 32))
        self.to_16 = nn.Sequential(conv(32, 64, stride=2), conv(64, 64))
        self.to_32 = nn.Sequential(conv(64, 64, stride=2), conv(64, 64))
        self.merge_16 = nn.Sequential(conv(128, 64, kernel=1), conv(64, 64))
        self.merge_8 = nn.Sequential(conv(96, 32, kernel=1), conv(32, 32))
        self.heads = nn.ModuleList(
            Head(f, s, r) for f, s, r in zip((32, 64), STRIDES, REACH))

    def scales(self, images):
        """Per stride: corners (y_min, x_min, y_max, x_max; 0 to 1) and logits."""
        at_8 = self.to_8(images)
        at_16 = self.to_16(at_8)
        at_32 = self.to_32(at_16)
        up_16 = self.merge_16(torch.cat([at_16, F.interpolate(at_32, scale_factor=2)], 1))
        up_8 = self.merge_8(torch.cat([at_8, F.interpolate(up_16, scale_factor=2)], 1))
        return [head(features) for head, features in zip(self.heads, (up_8, up_16))]

    def forward(self, images):
        """Of one image rows of corners and scores, and what they were made from."""
        rows, planes = [], []
        for stride, (corners, logits) in zip(STRIDES, self.scales(images)):
            scores = torch.sigmoid(logits)
            values = torch.cat([corners, scores], 1)
            # Numbers, not flatten(): so that the graph needs no shape arithmetic.
            values = values.reshape(1, 4 + len(CLASSES), (SIZE // stride) ** 2)
            rows.append(values.transpose(1, 2))
            planes += [corners, scores]
        return torch.cat(rows, 1), *planes
