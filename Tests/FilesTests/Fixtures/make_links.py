"""Makes links.h5 and newlinks.h5 with h5py: python3 make_links.py

Soft links in both forms of groups: absolute, relative, through a group, one that leads nowhere, one
that leads to itself, and one to another file.
"""

import h5py
import numpy as np

for name, version in (("links.h5", "earliest"), ("newlinks.h5", "latest")):
    with h5py.File(name, "w", libver=version) as file:
        file["group/numbers"] = np.arange(6, dtype=np.int64)
        file["absolute"] = h5py.SoftLink("/group/numbers")
        file["relative"] = h5py.SoftLink("group/numbers")
        file["group/sibling"] = h5py.SoftLink("numbers")
        file["folder"] = h5py.SoftLink("/group")
        file["nowhere"] = h5py.SoftLink("/absent")
        file["round"] = h5py.SoftLink("/round")
        file["outside"] = h5py.ExternalLink("other.h5", "x")
        file["group/truths"] = np.array([True, False, True])
