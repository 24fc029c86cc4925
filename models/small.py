#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the two networks of the fast tests: small, with random weights.

tiny  one image, ten values
odd   two inputs and two outputs, no side of which is a multiple of eight
"""

from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).parent


class Tiny(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10))


class Odd(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(5, 8, 3, 2, 1), nn.ReLU())
        self.to_map = nn.Conv2d(8, 3, 1)
        self.to_values = nn.Linear(8 + 11, 7)

    def forward(self, image, vector):
        features = self.features(image)
        mean = torch.flatten(nn.functional.adaptive_avg_pool2d(features, 1), 1)
        return self.to_map(features), self.to_values(torch.cat([mean, vector], 1))


def export(model, inputs, names, outputs, file):
    torch.onnx.export(model.eval(), inputs, HERE / file, opset_version=11,
                      input_names=names, output_names=outputs)


def main():
    torch.manual_seed(1)
    export(Tiny(), torch.zeros(1, 3, 32, 32), ["image"], ["values"], "tiny.onnx")
    export(Odd(), (torch.zeros(1, 5, 19, 37), torch.zeros(1, 11)),
           ["image", "vector"], ["map", "values"], "odd.onnx")


if __name__ == "__main__":
    main()
