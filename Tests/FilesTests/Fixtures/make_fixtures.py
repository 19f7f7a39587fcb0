"""Writes the HDF5 and gzip fixtures of FilesTests with h5py 3.x and numpy 2.x.

Run in this folder: python make_fixtures.py
"""

import gzip

import h5py
import numpy as np


def good():
    with h5py.File("good.h5", "w", track_order=False) as file:
        ramp = np.arange(6).reshape(2, 3)
        for kind in ["<f2", "<f4", "<f8", ">f4", ">f8", "<i1", "<i4", ">i8", "<u2", "<u8"]:
            file[f"ramp/{kind.replace('<', 'little_').replace('>', 'big_')}"] = (ramp - 1 if "i" in kind else ramp).astype(kind)
        file["fraction"] = np.array([0.1, -2.5e-8, 1e38], dtype="<f4")
        file["scalar"] = np.float32(2.5)
        file["empty"] = np.zeros((0, 4), dtype="<f4")
        rows = np.arange(1000 * 7, dtype="<f4").reshape(1000, 7)
        file.create_dataset("packed", data=rows, chunks=(300, 4), compression="gzip", shuffle=True)
        file["bytes"] = np.array([0, 1, 254, 255], dtype=np.uint8)
        file["fixed_text"] = np.array([b"ab", b"longer"])
        file["variable_text"] = ["", "naïve", "x" * 300]
        file.attrs["text"] = "one"
        file.attrs["fixed"] = np.bytes_("two")
        file.attrs["texts"] = ["a", "bc"]
        file.attrs["numbers"] = np.array([3, 32, 32])
        file.attrs["mean"] = np.array([0.5, 0.25], dtype="<f4")
        file.attrs["big"] = np.array([0.5, 0.25], dtype=">f8")
        file["ramp"].attrs["depth"] = 4


def hostile():
    with h5py.File("hostile.h5", "w") as file:
        data = np.ones(4, dtype="<f4")
        file["real/data"] = data
        file["links/soft"] = h5py.SoftLink("/real/data")
        file["links/outside"] = h5py.ExternalLink("good.h5", "/fraction")
        file["links/soft_group"] = h5py.SoftLink("/real")
        file["real/circle"] = file["/"]
        file.create_dataset("elsewhere", (4,), "<f4", external="good.h5")
        file.create_dataset("nothing", (1 << 40,), "<f4")
        file.create_dataset("bomb", (1 << 40,), "<f4", chunks=(1024,), compression="gzip")
        file.create_dataset("lzf", data=np.ones(100, "<f4"), compression="lzf")
        layout = h5py.VirtualLayout((4,), "<f4")
        layout[:] = h5py.VirtualSource("good.h5", "bytes", (4,))
        file.create_virtual_dataset("virtual", layout)
        group = file.create_group("many", track_order=True)
        for number in range(9):
            group[str(number)] = data
        few = file.create_group("few", track_order=True)
        few["data"] = data
        file["compound"] = np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])
        file["complex"] = np.zeros(2, dtype=np.complex64)


def paths():
    """A dataset that 2²⁵ names lead to, and one block of 64 MB under a thousand names."""
    with h5py.File("paths.h5", "w") as file:
        group = file
        for _ in range(25):
            inner = group.create_group("a")
            group["b"] = inner
            group = inner
        group["data"] = np.ones(1, "<f4")
        group.create_dataset("block", (1,), "<f4", maxshape=(None,), chunks=(1 << 24,), compression="gzip")[0] = 1


def gzipped():
    with open("twice.gz", "wb") as file:
        file.write(gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0))
    with open("bomb.gz", "wb") as file:
        file.write(gzip.compress(bytes(1 << 20), mtime=0))


good()
hostile()
paths()
gzipped()
