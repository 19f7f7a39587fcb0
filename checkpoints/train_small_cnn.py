"""Trains the RepDistiller form of resnet8 on CIFAR-10 against Linf 8/255 and exports it.

  OMP_NUM_THREADS=1 python3 train_small_cnn.py --data cifar-10-batches-bin --epochs 12

Adversarial training (Madry et al., 2018) with few PGD steps from a random start, crop and flip,
one-cycle learning rate, bfloat16 activations; the final accuracies are measured in float32.
Needs torch, numpy and h5py.
"""
import argparse
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from export_checkpoint import write_checkpoint

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)
EPSILON, STEPS, BATCH, RATE = 8 / 255, 2, 128, 0.2


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class ResNet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(BasicBlock(16, 16, 1))
        self.layer2 = nn.Sequential(BasicBlock(16, 32, 2))
        self.layer3 = nn.Sequential(BasicBlock(32, 64, 2))
        self.fc = nn.Linear(64, 10)
        self.mean, self.std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1((x - self.mean) / self.std)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def read(directory, names):
    """Images as uint8 [n, 3, 32, 32] and labels, from CIFAR-10's binary records."""
    records = np.concatenate([np.fromfile(directory / n, np.uint8) for n in names])
    records = records.reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


def cropped(images, random):
    """Each image shifted by up to four pixels over a black border, and flipped half the time."""
    n = len(images)
    padded = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))
    rows = random.integers(0, 9, (n, 1)) + np.arange(32)
    columns = random.integers(0, 9, (n, 1)) + np.arange(32)
    columns = np.where(random.random((n, 1)) < 0.5, columns[:, ::-1], columns)
    picked = padded[np.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return torch.from_numpy(picked).permute(0, 3, 1, 2).float() / 255


def pgd(model, x, y, steps, size):
    """Projected gradient ascent on cross-entropy from a uniform start."""
    adversarial = (x + torch.empty_like(x).uniform_(-EPSILON, EPSILON)).clamp(0, 1)
    for _ in range(steps):
        adversarial.requires_grad_()
        gradient, = torch.autograd.grad(F.cross_entropy(model(adversarial), y), adversarial)
        moved = adversarial.detach() + size * gradient.sign()
        adversarial = torch.max(torch.min(moved, x + EPSILON), x - EPSILON).clamp(0, 1)
    return adversarial


def accuracy(model, x, y):
    return round((model(x).argmax(1) == y).double().mean().item(), 4)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--out", default="cifar10-resnet8-pgdat.h5")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    images, labels = read(options.data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    began = time.time()
    model = ResNet8().to(memory_format=torch.channels_last)
    batches = len(images) // BATCH
    optimizer = torch.optim.SGD(model.parameters(), RATE, 0.9, weight_decay=2e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, options.epochs * batches, pct_start=0.25)
    for epoch in range(options.epochs):
        order, total = random.permutation(len(images)), 0.0
        for chosen in order[:batches * BATCH].reshape(batches, -1):
            x, y = cropped(images[chosen], random), torch.from_numpy(labels[chosen])
            with torch.autocast("cpu", torch.bfloat16):
                adversarial = pgd(model.eval(), x, y, STEPS, 1.25 * EPSILON / STEPS)
                loss = F.cross_entropy(model.train()(adversarial), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / batches:.3f}, {time.time() - began:.0f} s",
              flush=True)
    seconds = time.time() - began
    model.eval()
    x, y = (torch.from_numpy(v[:500]) for v in read(options.data, ["test_batch.bin"]))
    x = x.float() / 255
    provenance = {
        "command": "python3 train_small_cnn.py " + " ".join(sys.argv[1:]),
        "recipe": f"PGD-AT Linf 8/255, {STEPS} steps, batch {BATCH}, one-cycle to {RATE}",
        "epochs": options.epochs, "seed": options.seed, "seconds": round(seconds),
        "torch": torch.__version__, "clean_500": accuracy(model, x, y),
        "pgd20_500": accuracy(model, pgd(model, x, y, 20, 2 / 255), y)}
    print(provenance)
    write_checkpoint(options.out, model.state_dict(), "resnet8", "cifar10", 10, (3, 32, 32),
                     MEAN, STD, provenance)


if __name__ == "__main__":
    main()
