"""Times PyTorch's training step: forward in training mode and all parameter gradients.

    python pytorch_steps.py [SECONDS]

Prints one JSON object a network and memory format: milliseconds a step of 128 images, on two threads.
"""
import json
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = None
        if inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        front = F.relu(self.norm1(x), inplace=True)
        y = self.conv2(F.relu(self.norm2(self.conv1(front)), inplace=True))
        return y + (self.shortcut(front) if self.shortcut else x)


def wide_resnet_16_2(classes=100):
    widths = [16, 32, 64, 128]
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False)]
    for stage in range(3):
        for block in range(2):
            layers.append(WideBlock(widths[stage] if block == 0 else widths[stage + 1], widths[stage + 1],
                                    2 if stage > 0 and block == 0 else 1))
    return nn.Sequential(*layers, nn.BatchNorm2d(128), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1),
                         nn.Flatten(), nn.Linear(128, classes))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)), inplace=True)))
        return F.relu(y + self.shortcut(x), inplace=True)


def resnet_18(classes=10):
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    inputs = 64
    for stage, width in enumerate([64, 128, 256, 512]):
        for block in range(2):
            layers.append(BasicBlock(inputs, width, 2 if stage > 0 and block == 0 else 1))
            inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def milliseconds(model, layout, batch, seconds):
    model = model.train().to(memory_format=layout)
    images = torch.rand(batch, 3, 32, 32).contiguous(memory_format=layout)
    labels = torch.randint(0, 10, (batch,))

    def step():
        model.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()

    for _ in range(2):
        step()
    times = []
    start = time.time()
    while time.time() - start < seconds or len(times) < 3:
        begin = time.time()
        step()
        times.append(time.time() - begin)
    return 1000 * sorted(times)[len(times) // 2]


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    torch.set_num_threads(2)
    torch.manual_seed(0)
    for name, make in [("wrn_16_2", wide_resnet_16_2), ("resnet-18-cifar", resnet_18)]:
        for layout in [torch.contiguous_format, torch.channels_last]:
            print(json.dumps({"architecture": name, "pytorch": torch.__version__, "layout": str(layout), "batch": 128,
                              "step_ms": milliseconds(make(), layout, 128, seconds)}), flush=True)
