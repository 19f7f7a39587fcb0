"""Makes chunks.h5, filters.h5 and latest.h5 with h5py: python3 make_chunks.py

The numbers 0, 1, 2 … in each form that newer files have for the places of blocks, and with
each filter; `x` is [10, 6] unless a name says otherwise.
"""

import h5py
import numpy as np

x = np.arange(60, dtype=np.int32).reshape(10, 6)
long = (np.arange(4400) % 251).astype(np.uint8).reshape(2200, 2)
with h5py.File("chunks.h5", "w", libver=("v110", "v110")) as file:
    for name, options in {"plain": {}, "packed": {"compression": "gzip", "shuffle": True}}.items():
        group = file.create_group(name)
        group.create_dataset("single", data=x, chunks=(10, 6), **options)
        group.create_dataset("fixed", data=x, chunks=(3, 4), **options)
        group.create_dataset("room", data=x, chunks=(3, 4), maxshape=(50, 40), **options)
        group.create_dataset("growing", data=x, chunks=(3, 4), maxshape=(None, 6), **options)
        group.create_dataset("wider", data=x, chunks=(3, 1), maxshape=(10, None), **options)
        group.create_dataset("tree", data=x, chunks=(3, 4), maxshape=(None, None), **options)
    for name, maximum in {"pages": (2200, 2), "superblocks": (None, 2), "deep": (None, None)}.items():
        file.create_dataset(name, data=long, chunks=(2, 2), maxshape=maximum)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((2, 3))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple((10, 6))
    dataset = h5py.h5d.create(file.id, b"implicit", h5py.h5t.NATIVE_INT32, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, x)
with h5py.File("filters.h5", "w") as file:
    file.create_dataset("checksum", data=x, chunks=(3, 6), fletcher32=True)
    file.create_dataset("all", data=x, chunks=(3, 6), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("lzf", data=np.repeat(x, 8, axis=1) // 7, chunks=(5, 48), compression="lzf")
    file.create_dataset("scaleoffset", data=x + 1000, chunks=(3, 6), scaleoffset=0)
    file.create_dataset("constant", data=np.full((10, 6), 7, np.uint8), chunks=(10, 6), scaleoffset=0)
    file.create_dataset("decimals", data=(x / 8).astype(np.float32), chunks=(10, 6), scaleoffset=3)
    file.create_dataset("signed", data=(x - 30).astype(np.int16), chunks=(10, 6), scaleoffset=0)
    file.create_dataset("oddbytes", data=np.arange(7, dtype=np.uint8), chunks=(7,), fletcher32=True)
with h5py.File("latest.h5", "w", libver="latest") as file:
    file.create_dataset("packed", data=x, chunks=(10, 6), compression="gzip")
    file.create_dataset("fixed", data=x, chunks=(3, 4), compression="gzip")
