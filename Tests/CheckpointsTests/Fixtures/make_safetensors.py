"""Writes types.safetensors and safetensors.json with safetensors 0.4+ and PyTorch 2.x.

    robeval export checkpoint.h5 -o described.safetensors

writes described.safetensors, which brings its own network.

Run in this folder: python make_safetensors.py
"""

import json

import torch
from safetensors.torch import save_file

numbers = [-3.5, 0.0, 1.0, 65504.0]
tensors = {
    "half": torch.tensor(numbers, dtype=torch.float16),
    "bfloat": torch.tensor(numbers, dtype=torch.bfloat16).view(2, 2),
    "float": torch.tensor([[0.1, -1e30, 3.0]]),
    "double": torch.tensor([0.1, -1e30], dtype=torch.float64),
    "long": torch.tensor(2**40),
    "int": torch.tensor([-2, 5], dtype=torch.int32),
    "byte": torch.tensor([200, 5, 3], dtype=torch.uint8),
    "bool": torch.tensor([True]),
    "empty": torch.zeros(0, 3),
}
save_file(tensors, "types.safetensors", metadata={"format": "pt", "author": "ä"})
expected = [
    {"name": key, "shape": list(value.shape), "elements": value.float().flatten().tolist()}
    for key, value in tensors.items()
]
with open("safetensors.json", "w") as file:
    json.dump(expected, file)
