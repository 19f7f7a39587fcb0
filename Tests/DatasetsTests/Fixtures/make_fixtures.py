"""Makes the HDF5 files beside this script; needs numpy and h5py.

Image i of three holds byte (37 i + 11 c + 5 row + column) % 256 at channel c of two, row of two,
column of four. Prints the checksums that Dataset.sha256 must give, of these and of the samples.
"""
import hashlib
import pathlib

import h5py
import numpy as np

HERE = pathlib.Path(__file__).parent
i, c, row, column = np.indices((3, 2, 2, 4))
BYTES = ((37 * i + 11 * c + 5 * row + column) % 256).astype(np.uint8)
FLOATS = BYTES.astype(np.float32) / np.float32(255)
LABELS, INDICES = [4, 0, 2], [10, 7, 300]


def write(name, images):
    with h5py.File(HERE / name, "w") as file:
        file.attrs["name"] = "tiny"
        file.attrs["classes"] = 5
        file.create_dataset("x", data=images, track_times=False)
        file.create_dataset("y", data=np.asarray(LABELS), track_times=False)
        file.create_dataset("index", data=np.asarray(INDICES), track_times=False)


write("bytes.h5", BYTES)
write("floats.h5", FLOATS)

lines = "".join(f"{index} {label} {hashlib.sha256(image.astype('<f4').tobytes()).hexdigest()}\n"
                for index, label, image in zip(INDICES, LABELS, FLOATS))
print("bytes", hashlib.sha256(lines.encode()).hexdigest())
for name in "cifar10-500", "mnist-500":
    with h5py.File(HERE.parents[2] / f"Sources/Datasets/Samples/{name}.h5") as file:
        images = file["x"][:].astype(np.float32) / np.float32(255)
        lines = "".join(
            f"{index} {label} {hashlib.sha256(image.astype('<f4').tobytes()).hexdigest()}\n"
            for index, label, image in zip(file["index"][:], file["y"][:], images))
    print(name, hashlib.sha256(lines.encode()).hexdigest())
