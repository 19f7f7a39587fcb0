"""Makes the folder cifar with NumPy: python3 make_cifar.py

The same two images, byte i of image n being (31n + i) mod 256, as the published files pickle them
(Python 2, protocol 2), and as Python 3 pickles them again by protocols 2, 4 and 5.
"""

import os
import pickle
import struct

import numpy as np

data = ((31 * np.arange(2)[:, None] + np.arange(3072)) % 256).astype(np.uint8)
batch = {"batch_label": "testing batch 1 of 1", "labels": [3, 8], "data": data, "filenames": ["a.png", "b.png"]}


def short(text):
    return b"U" + bytes([len(text)]) + text


def python2(values):
    """What cPickle of Python 2 writes: texts are strings of bytes."""
    out = b"\x80\x02}q\x01("
    for key, value in values.items():
        out += short(key)
        if isinstance(value, bytes):
            out += short(value)
        elif isinstance(value, np.ndarray):
            out += b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85" + short(b"b") + b"\x87R"
            out += b"(K\x01" + b"".join(b"K" + bytes([n]) if n < 256 else b"M" + struct.pack("<H", n) for n in value.shape)
            out += b"\x86cnumpy\ndtype\nq\x04" + short(b"u1") + b"K\x00K\x01\x87R(K\x03" + short(b"|")
            out += b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T" + struct.pack("<i", value.nbytes) + value.tobytes() + b"tb"
        else:
            out += b"](" + b"".join(b"K" + bytes([n]) if isinstance(n, int) else short(n) for n in value) + b"e"
    return out + b"u."


os.makedirs("cifar", exist_ok=True)
with open("cifar/python2", "wb") as file:
    file.write(
        python2({
            b"batch_label": b"testing batch 1 of 1", b"labels": [3, 8], b"data": data, b"filenames": [b"a.png", b"b.png"],
        })
    )
for protocol in 2, 4, 5:
    with open(f"cifar/protocol{protocol}", "wb") as file:
        pickle.dump(batch, file, protocol=protocol)
with open("cifar/hundred", "wb") as file:
    pickle.dump({"coarse_labels": [1, 2], "fine_labels": [80, 98], "data": data}, file, protocol=4)
with open("cifar/bytes", "wb") as file:
    pickle.dump({key.encode(): value for key, value in batch.items()}, file, protocol=4)
for name in os.listdir("cifar"):
    if name != "python2":
        continue
    again = pickle.load(open("cifar/python2", "rb"), encoding="latin1")
    assert (again["data"] == data).all() and again["labels"] == [3, 8]
