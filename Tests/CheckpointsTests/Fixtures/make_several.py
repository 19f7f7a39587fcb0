"""Writes several.pt with PyTorch 2.x: three sets of weights in one file, and momenta.

Run in this folder: python make_several.py

The names are those of the TRADES code's WideResNet-10-1. Every tensor is one number, expanded, so
that the file stays small: 1 in state_dict, 2 in state_dict_ema, 3 in best.net.
"""

import torch


def shapes():
    yield "conv1.weight", (16, 3, 3, 3)
    for group, (narrow, wide) in enumerate([(16, 16), (16, 32), (32, 64)], 1):
        block = f"block{group}.layer.0."
        for norm, channels in ("bn1", narrow), ("bn2", wide):
            for vector in "weight", "bias", "running_mean", "running_var":
                yield f"{block}{norm}.{vector}", (channels,)
        yield block + "conv1.weight", (wide, narrow, 3, 3)
        yield block + "conv2.weight", (wide, wide, 3, 3)
        if narrow != wide:
            yield block + "convShortcut.weight", (wide, narrow, 1, 1)
    for vector in "weight", "bias", "running_mean", "running_var":
        yield "bn1." + vector, (64,)
    yield "fc.weight", (10, 64)
    yield "fc.bias", (10,)


def weights(value):
    return {name: torch.tensor(float(value)).expand(shape) for name, shape in shapes()}


momenta = {"state": {0: {"momentum_buffer": torch.tensor(0.0).expand(16, 3, 3, 3)}}}
torch.save(
    {
        "epoch": 3,
        "state_dict": weights(1),
        "state_dict_ema": weights(2),
        "best": {"net": weights(3), "accuracy": 0.5},
        "optimizer": momenta,
        "rng_state": torch.arange(16, dtype=torch.uint8),
    },
    "several.pt",
)
