"""Writes images.h5: the images of plain.json as the data file that `robeval predict` reads.

    python3 make_images.py

Needs h5py. Labels are made up; they only decide which loss is computed.
"""

import json
import pathlib

import h5py
import numpy

here = pathlib.Path(__file__).parent
fixture = json.loads((here / "../../CheckpointsTests/Fixtures/ONNX/plain.json").read_text())
images = numpy.array(fixture["images"], dtype=numpy.float32).reshape([-1] + fixture["shape"])
classes = len(fixture["logits"][0])
with h5py.File(here / "images.h5", "w") as file:
    file.attrs["name"] = "plain"
    file.attrs["classes"] = classes
    file["x"] = images
    file["y"] = numpy.arange(1, len(images) + 1, dtype=numpy.int64) % classes
with h5py.File(here / "unlabelled.h5", "w") as file:
    file["x"] = images
with h5py.File(here / "whole_weights.h5", "w") as file:
    file["parameters/conv1/weight"] = numpy.ones([16, 3, 3, 3], dtype=numpy.int64)
