"""Recomputes `robeval analyze transfer RUN M1 M2 ...` from what `robeval predict` wrote; needs numpy and h5py.

    python3 check_transfer.py prepare RUN/adversarial.h5 shown.h5      # arrays x, y that predict reads
    robeval predict --model M1 --data shown.h5 --out a1.h5;  robeval predict --model M1 --out c1.h5 ...
    python3 check_transfer.py compare FOLDER RUN/adversarial.h5 c1.h5 a1.h5 [c2.h5 a2.h5 ...]
"""

import json
import pathlib
import sys

import h5py
import numpy


def prepare(source, target):
    with h5py.File(source) as file, h5py.File(target, "w") as out:
        out["x"], out["y"] = file["x"][:], file["label"][:]


def compare(folder, source, *predictions):
    with h5py.File(source) as file:
        index, label = file["index"][:], file["label"][:]
    cells = json.loads((pathlib.Path(folder) / "analysis.json").read_text())["result"]["cells"]
    assert len(predictions) == 2 * len(cells), "two predictions a network"
    differences = 0
    for cell, clean, shown in zip(cells, predictions[::2], predictions[1::2]):
        with h5py.File(clean) as file:
            rows = {int(i): row for row, i in enumerate(file["index"][:])}
            before = file["logits"][:].argmax(axis=1)[[rows[int(i)] for i in index]]
        with h5py.File(shown) as file:
            after = file["logits"][:].argmax(axis=1)
        correct = before == label
        own = (int(correct.sum()), int((correct & (after != label)).sum()), int((after != label).sum()))
        found = (cell["correct"], cell["fooled"], cell["misclassified"])
        rate = own[1] / own[0] if own[0] else None
        differences += own != found or (rate is not None and abs(rate - cell["rate"]) > 1e-12)
        print(f"network {cell['network']}: correct, fooled, misclassified {own}, in the analysis {found}")
    return int(differences > 0)


if __name__ == "__main__":
    sys.exit({"prepare": prepare, "compare": compare}[sys.argv[1]](*sys.argv[2:]))
