"""Writes the files of weights in parts and of objects beside weights with PyTorch 2.11: python make_parts.py

parts_*.pt hold the state dict of a small network whose weights are kept in parts; parts.json has what
the network computes with, as PyTorch puts it together. beside.pt and beside_legacy.pt hold a state dict
among the objects that training scripts leave there. scripted.pt is a TorchScript archive, its tensors
are those of scripted.json.
"""

import argparse
import collections
import datetime
import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune, spectral_norm, weight_norm

torch.manual_seed(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.grouped = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 6, (2, 1), groups=2, bias=False)
        self.up, self.fc = nn.ConvTranspose2d(6, 5, 2), nn.Linear(5, 3)

    def forward(self, x):
        return self.fc(self.up(self.grouped(self.conv(x))).mean((2, 3)))


def record(tensors):
    return {name: {"shape": list(t.shape), "elements": t.detach().double().flatten().tolist()} for name, t in tensors.items()}


expected = {}
for name, wrap in {
    "direction_old": lambda layer: weight_norm(layer),
    "direction_new": lambda layer: parametrizations.weight_norm(layer),
    "direction_last": lambda layer: weight_norm(layer, dim=1),
    "direction_whole": lambda layer: weight_norm(layer, dim=None),
    "spectrum_old": lambda layer: spectral_norm(layer),
    "spectrum_new": lambda layer: parametrizations.spectral_norm(layer),
    "mask": lambda layer: prune.random_unstructured(layer, "weight", amount=0.4),
}.items():
    net = Net()
    for layer in (net.conv, net.grouped, net.up, net.fc):
        wrap(layer)
    for p in net.parameters():
        p.data.add_(0.1 * torch.randn_like(p))
    net.train()(torch.randn(2, 3, 6, 6))
    net.eval()(torch.randn(2, 3, 6, 6))
    torch.save(net.state_dict(), f"parts_{name}.pt")
    layers = {"conv": net.conv, "grouped": net.grouped, "up": net.up, "fc": net.fc}
    expected[name] = record({f"{key}.weight": layer.weight for key, layer in layers.items()})
with open("parts.json", "w") as file:
    json.dump(expected, file)

optimizer = torch.optim.SGD(net.parameters(), 0.1)
beside = {
    "args": argparse.Namespace(lr=0.1, device=torch.device("cpu")),
    "best": np.float64(0.5), "losses": np.zeros(3), "rng": np.random.get_state(), "dir": pathlib.PosixPath("run"),
    "size": torch.Size([3, 32, 32]), "dtype": torch.float16, "log": collections.defaultdict(list, a=[1]),
    "scheduler": torch.optim.lr_scheduler.MultiStepLR(optimizer, [1, 2]).state_dict(),
    "time": datetime.datetime(2026, 1, 1), "names": {"a"}, "frozen": frozenset("b"), "bytes": b"abc",
    "big": 2**80, "complex": 1j, "slice": slice(1, 2), "type": nn.Linear, "coded": torch.tensor([1 + 1j]),
    "whatever_it_is_called": collections.OrderedDict(weight=torch.arange(6.0).reshape(2, 3), bias=torch.ones(2)),
}
torch.save(beside, "beside.pt")
torch.save(beside, "beside_protocol4.pt", pickle_protocol=4)
# Storages of a type that is not read cannot be stepped over in the old format.
del beside["coded"]
torch.save(beside, "beside_legacy.pt", _use_new_zipfile_serialization=False)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2))

    def forward(self, x):
        return self.features(x).mean((2, 3))


small = Small().eval()
torch.jit.save(torch.jit.script(small), "scripted.pt")
torch.jit.save(torch.jit.trace(small, torch.zeros(1, 1, 4, 4)), "traced.pt")
with open("scripted.json", "w") as file:
    json.dump(record(small.state_dict()), file)
