"""Writes the fixtures of CheckpointsTests with PyTorch 2.x and h5py 3.x.

Run in this folder: python make_fixtures.py

Each `name.pt` has its expected tensors in expected.json, as PyTorch itself sees them.
"""

import collections
import json

import h5py
import numpy as np
import torch

torch.manual_seed(1)
expected = {}


def plain():
    return collections.OrderedDict(
        [
            ("conv.weight", torch.randn(2, 1, 3, 3)),
            ("conv.bias", torch.randn(2)),
            ("linear.weight", torch.randn(3, 8)),
            ("linear.bias", torch.randn(3)),
        ]
    )


def save(name, thing, state, zipped, **options):
    torch.save(thing, name + ".pt", _use_new_zipfile_serialization=zipped, **options)
    expected[name] = [
        {"name": key, "shape": list(value.shape), "elements": value.float().flatten().tolist()}
        for key, value in state.items()
    ]


state = plain()
save("zip", state, state, True)
save("legacy", state, state, False)
save("nested_zip", {"epoch": 3, "state_dict": [state], "loss": 0.5, "flag": True}, state, True)
save("nested_legacy", {"model_state_dict": state, "seeds": [2**70, -1, -300]}, state, False)

base = torch.arange(24, dtype=torch.float32)
views = {
    "whole": base,
    "transposed": base.view(4, 6).t(),
    "strided": base[1::5],
    "expanded": base[2:4].view(2, 1).expand(2, 3),
    "offset": base[7:13].view(2, 3),
    "scalar": base[5],
    "empty": torch.zeros(0, 3),
}
save("views_zip", views, views, True)
save("views_legacy", views, views, False)

numbers = [-3.5, 0.0, 1.0, 65504.0]
types = {
    "half": torch.tensor(numbers, dtype=torch.float16),
    "bfloat": torch.tensor(numbers, dtype=torch.bfloat16),
    "double": torch.tensor([0.1, -1e30], dtype=torch.float64),
    "long": torch.tensor([-1, 2**40]),
    "int": torch.tensor([-2, 5], dtype=torch.int32),
    "short": torch.tensor([-2, 5], dtype=torch.int16),
    "char": torch.tensor([-2, 5], dtype=torch.int8),
    "byte": torch.tensor([200, 5], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "parameter": torch.nn.Parameter(torch.tensor([1.5])),
}
save("types_zip", types, types, True)
save("types_legacy", types, types, False)
state = plain()
save("protocol4", dict(state), state, True, pickle_protocol=4)
with open("expected.json", "w") as file:
    json.dump(expected, file)


class Evil:
    def __reduce__(self):
        import os

        return (os.system, ("touch evil",))


torch.save({"state_dict": Evil()}, "evil.pt")
torch.save({"state_dict": Evil()}, "evil_legacy.pt", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(1, 1), "module.pt")


# A checkpoint in the project's own format, as a script with h5py would write it.
state = plain()
nodes = [
    {"name": "input", "operation": {"input": {}}, "inputs": []},
    {
        "name": "conv",
        "operation": {
            "convolution": {
                "weight": "conv.weight",
                "bias": "conv.bias",
                "stride": {"height": 1, "width": 1},
                "padding": {"top": 0, "left": 0, "bottom": 0, "right": 0},
                "groups": 1,
            }
        },
        "inputs": [0],
    },
    {"name": "relu", "operation": {"relu": {}}, "inputs": [1]},
    {"name": "flatten", "operation": {"flatten": {}}, "inputs": [2]},
    {
        "name": "linear",
        "operation": {"linear": {"weight": "linear.weight", "bias": "linear.bias"}},
        "inputs": [3],
    },
]
with h5py.File("checkpoint.h5", "w") as file:
    file.attrs["format"] = "robeval-checkpoint"
    file.attrs["format_version"] = 1
    file.attrs["architecture"] = "graph"
    file.attrs["num_classes"] = 3
    file.attrs["input_shape"] = [1, 4, 4]
    file.attrs["input_mean"] = np.array([0.5], dtype="<f4")
    file.attrs["input_std"] = np.array([0.25], dtype="<f4")
    file.attrs["dataset"] = "none"
    file.attrs["provenance"] = json.dumps({"author": "make_fixtures.py", "epochs": 12, "clean": 0.608, "tags": ["a", True, None]})
    file["graph"] = json.dumps(nodes)
    for key, value in state.items():
        file["parameters/" + key.replace(".", "/")] = value.numpy()
