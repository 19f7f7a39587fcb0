"""Makes the folder svhn with SciPy and h5py: python make_mat.py

Two images as Street View House Numbers keep them: X [32, 32, 3, 2], row i, column j, channel c of image
n being (7n + 3i + 5j + 11c) mod 256, and y [2, 1] with 10 for the digit 0. plain.mat and test_32x32.mat
are of version 5, without and with compression, v73.mat is of version 7.3.
"""

import os

import h5py
import numpy as np
import scipy.io

i, j, c, n = np.mgrid[0:32, 0:32, 0:3, 0:2]
X = ((7 * n + 3 * i + 5 * j + 11 * c) % 256).astype(np.uint8)
y = np.array([[10.0], [7.0]])
os.makedirs("svhn", exist_ok=True)
scipy.io.savemat("svhn/plain.mat", {"X": X, "y": y, "note": "text", "z": 1j})
scipy.io.savemat("svhn/test_32x32.mat", {"X": X, "y": y.astype(np.uint8)}, do_compression=True)
with h5py.File("svhn/v73.mat", "w", userblock_size=512) as file:
    file.create_dataset("X", data=X.transpose(), compression="gzip")
    file.create_dataset("y", data=y.transpose())
with open("svhn/v73.mat", "r+b") as file:
    file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")
