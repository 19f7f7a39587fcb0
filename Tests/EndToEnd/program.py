"""What the tests of robeval share: paths, a short and a long run, a case that runs the program."""


import array
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "checkpoints/cifar10-resnet8-pgdat.h5"
ONNX = ROOT / "Tests/CheckpointsTests/Fixtures/ONNX/plain.onnx"
IMAGES = ROOT / "Tests/EndToEnd/Fixtures/images.h5"
PROGRAM = os.environ.get("ROBEVAL", "")
RANDOM = random.Random(int(os.environ.get("SEED", "0")))

# Some seconds of work: enough for a kill in the middle.
LONG = ["--examples", "48", "--attacks", "apgd-ce(steps=30),apgd-t(steps=30,targets=4)"]
SHORT = ["--examples", "8", "--attacks", "apgd-ce(steps=5),apgd-t(steps=5,targets=2)"]


def arguments_of(model=MODEL, eps="8/255", **options):
    """`--model … --eps …` and further options."""
    words = ["--model", str(model), "--eps", eps]
    for name, value in options.items():
        words += ["--" + name, str(value)]
    return words


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(item) for key, item in value.items() if key != "seconds"}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def result(folder):
    return without_times(json.loads((folder / "result.json").read_text()))


def timeless_files(folder):
    """The bytes of the files in which no time stands."""
    return {name: (folder / name).read_bytes() for name in ("adversarial.h5", "results.csv")}


def find_floats(path, expected, tolerance=1e-4):
    """Whether numbers like the expected ones stand side by side in a file, as float32."""
    numbers = array.array("f")
    data = path.read_bytes()
    numbers.frombytes(data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return any(
        all(abs(a - b) <= tolerance * (1 + abs(b)) for a, b in zip(numbers[start:], expected))
        for start in range(len(numbers) - len(expected) + 1)
        if abs(numbers[start] - expected[0]) <= tolerance * (1 + abs(expected[0]))
    )


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="robeval-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self, *words, environment=None):
        return subprocess.Popen(
            [PROGRAM, *map(str, words)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**{k: v for k, v in os.environ.items() if k != "ROBEVAL_DATA"}, **(environment or {})},
        )

    def finish(self, process):
        try:
            output, errors = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            self.fail(f"{process.args} did not end; it said {process.communicate()}")
        return process.returncode, output, errors

    def run_program(self, *words, **options):
        return self.finish(self.start(*words, **options))

    def succeed(self, *words, **options):
        code, output, errors = self.run_program(*words, **options)
        self.assertEqual(code, 0, errors)
        return output

    def refuse(self, code, *words, mentions=(), **options):
        """Expects an exit code and one sentence on standard error that contains some words."""
        found, output, errors = self.run_program(*words, **options)
        self.expect_sentence(errors, mentions)
        self.assertEqual(found, code, errors)
        self.assertEqual(output, "")

    def expect_sentence(self, errors, mentions=()):
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertTrue(errors.startswith("robeval: ") and errors.endswith("\n"), errors)
        for word in mentions:
            self.assertIn(word, errors)
