"""Writes `digits.u8`, the handwritten digits that scikit-learn ships: 1797 rows of 64 pixels from 0 to 16, and the label."""

import pathlib

import numpy
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
rows = numpy.column_stack([pixels, labels]).astype(numpy.uint8)
pathlib.Path(__file__).with_name("digits.u8").write_bytes(rows.tobytes())
