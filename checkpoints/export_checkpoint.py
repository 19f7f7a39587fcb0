"""Writes a PyTorch state dict as a robeval checkpoint: HDF5, format version 1.

  python3 export_checkpoint.py weights.pt out.h5 --arch resnet18 --dataset cifar10 --classes 10 \
      --mean 0.4914 0.4822 0.4465 --std 0.2471 0.2435 0.2616

Without --mean and --std the model receives pixels in [0, 1]. Needs torch, numpy and h5py.
"""
import argparse
import json

import h5py
import numpy as np
import torch

SHAPES = {"mnist": (1, 28, 28), "cifar10": (3, 32, 32), "cifar100": (3, 32, 32)}


def write_checkpoint(path, state, arch, dataset, classes, shape, mean=None, std=None,
                     provenance=None):
    """Stores every floating-point entry as float32 at /parameters/<name with / for .>."""
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "robeval-checkpoint"
        file.attrs["format_version"] = 1
        file.attrs["architecture"] = arch
        file.attrs["num_classes"] = classes
        file.attrs["input_shape"] = np.asarray(shape, np.int64)
        if mean is not None:
            file.attrs["input_mean"] = np.asarray(mean, np.float64)
            file.attrs["input_std"] = np.asarray(std, np.float64)
        file.attrs["dataset"] = dataset
        file.attrs["provenance"] = json.dumps(provenance or {})
        for name, value in state.items():
            if not torch.is_floating_point(value):
                continue  # counters such as num_batches_tracked
            array = value.detach().cpu().contiguous().numpy().astype(np.float32)
            if not np.isfinite(array).all():
                raise SystemExit(f"{path}: {name} holds NaN or infinite values; nothing to export")
            file.create_dataset("parameters/" + name.replace(".", "/"), data=array)


def state_dict(path, key=None):
    """The tensors of a file, found under the usual keys and without data-parallel prefixes."""
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    for candidate in [key] if key else ["state_dict", "model_state_dict", "model", "net"]:
        if isinstance(loaded.get(candidate), dict):
            loaded = loaded[candidate]
            break
    return {name.removeprefix("module."): value for name, value in loaded.items()
            if isinstance(value, torch.Tensor)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", help="file written by torch.save")
    parser.add_argument("checkpoint", help="HDF5 file to write")
    parser.add_argument("--arch", required=True, help="name in robeval's registry")
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--shape", type=int, nargs=3, metavar=("C", "H", "W"))
    parser.add_argument("--mean", type=float, nargs="+")
    parser.add_argument("--std", type=float, nargs="+")
    parser.add_argument("--key", help="entry of the file that holds the state dict")
    options = parser.parse_args()
    shape = options.shape or SHAPES.get(options.dataset)
    if shape is None:
        parser.error(f"--dataset {options.dataset} has no known image shape; add --shape C H W")
    if (options.mean is None) != (options.std is None):
        parser.error("--mean and --std go together; one of them is missing")
    write_checkpoint(options.checkpoint, state_dict(options.weights, options.key), options.arch,
                     options.dataset, options.classes, shape, options.mean, options.std,
                     {"source": options.weights.split("/")[-1], "torch": torch.__version__})


if __name__ == "__main__":
    main()
