"""Makes the sample files beside this script from the official binary files.

  python3 make_samples.py DATA

DATA holds cifar-10-batches-bin/test_batch.bin and mnist/t10k-*-ubyte. Needs numpy and h5py.
"""
import pathlib
import sys

import h5py
import numpy as np

COUNT = 500
HERE = pathlib.Path(__file__).parent


def write(name, dataset, images, labels, classes):
    """Bytes as they are, compressed without loss in chunks of fifty images."""
    with h5py.File(HERE / name, "w", track_order=True) as file:
        file.attrs["name"] = dataset
        file.attrs["classes"] = classes
        file.create_dataset("x", data=images, chunks=(50, *images.shape[1:]),
                            compression="gzip", compression_opts=9, track_times=False)
        file.create_dataset("y", data=labels, track_times=False)
        file.create_dataset("index", data=np.arange(COUNT, dtype=np.int64), track_times=False)


def main():
    data = pathlib.Path(sys.argv[1])
    records = np.fromfile(data / "cifar-10-batches-bin/test_batch.bin", np.uint8)
    records = records.reshape(10000, 3073)[:COUNT]
    write("cifar10-500.h5", "cifar10", records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0], 10)
    images = np.fromfile(data / "mnist/t10k-images-idx3-ubyte", np.uint8)[16:]
    labels = np.fromfile(data / "mnist/t10k-labels-idx1-ubyte", np.uint8)[8:]
    write("mnist-500.h5", "mnist", images.reshape(-1, 1, 28, 28)[:COUNT], labels[:COUNT], 10)


if __name__ == "__main__":
    main()
