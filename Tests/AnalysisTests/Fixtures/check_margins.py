"""Recomputes `robeval analyze margin` from what `robeval predict` wrote; needs numpy and h5py.

    robeval predict --model A.h5 --out a.h5 ...;  robeval predict --model B.h5 --out b.h5 ...
    robeval analyze margin A.h5 B.h5 --out FOLDER ...
    python3 check_margins.py FOLDER a.h5 [b.h5]
"""

import json
import pathlib
import sys

import h5py
import numpy


def margins(path):
    with h5py.File(path) as file:
        logits, labels = file["logits"][:].astype(numpy.float64), file["label"][:]
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    result = {}
    for label in numpy.unique(labels):
        mean = probabilities[labels == label].mean(axis=0)
        result[int(label)] = mean[label] - numpy.delete(mean, label).max()
    return result


def main(folder, *predictions):
    result = json.loads((pathlib.Path(folder) / "analysis.json").read_text())["result"]
    expected = [margins(path) for path in predictions]
    largest = 0.0
    for row in (row for row in result["classes"] if row["images"]):
        own = [margins[row["class"]] for margins in expected]
        found = [margin["value"] for margin in row["margins"]]
        if len(own) == 2:
            own.append(own[0] - own[1])
            found.append(row["difference"]["value"])
        assert len(own) == len(found), "as many predictions as networks"
        largest = max([largest] + [abs(a - b) for a, b in zip(own, found)])
    print(f"{len(result['classes'])} classes, largest difference {largest:.2e}")
    return int(largest > 1e-6)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
