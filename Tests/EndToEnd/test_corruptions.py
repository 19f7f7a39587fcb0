"""Accuracy under common corruptions."""

import csv
import json
import random
import struct
import unittest

from program import MODEL, Case

COUNT = 6


def write_array(path, shape, kind, data):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (kind, shape)
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data)


def write_corruptions(folder, names, seed=0):
    """Noise of five severities, labelled in turn, in the form of CIFAR-10-C."""
    folder.mkdir(exist_ok=True)
    noise = random.Random(seed)
    for name in names:
        write_array(folder / f"{name}.npy", (5 * COUNT, 32, 32, 3), "|u1",
                    bytes(noise.randrange(256) for _ in range(5 * COUNT * 3072)))
    write_array(folder / "labels.npy", (5 * COUNT,), "|u1",
                bytes(number % 10 for number in range(COUNT)) * 5)


class Corruptions(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "CIFAR-10-C"
        write_corruptions(self.data, ["gaussian_noise", "fog", "spatter"])

    def words(self, *more):
        return ["corruptions", "--model", MODEL, "--data", self.data, "--out", self.folder / "run",
                *more]

    def test_accuracies_are_those_of_an_evaluation(self):
        self.succeed(*self.words())
        rows = list(csv.reader((self.folder / "run/results.csv").read_text().splitlines()))
        self.assertEqual(
            rows[0], [""] + ["gaussian_noise"] * 5 + ["fog"] * 5 + ["spatter"] * 5)
        self.assertEqual(rows[1], [""] + ["1", "2", "3", "4", "5"] * 3)
        result = json.loads((self.folder / "run/result.json").read_text())
        for cell in result["cells"]:
            code, output, errors = self.run_program(
                "--model", MODEL, "--eps", "8/255", "--attacks", "none", "--dataset", "cifar10",
                "--data", self.data / (cell["corruption"] + ".npy"), "--offset",
                (cell["severity"] - 1) * COUNT, "--examples", COUNT, "--output", "json",
                "--out", self.folder / f"{cell['corruption']}{cell['severity']}")
            self.assertEqual(code, 0, errors)
            self.assertEqual(json.loads(output)["clean_correct"], cell["correct"])
        # Spatter does not count.
        counted = [float(value) for value in rows[2][1:11]]
        self.assertAlmostEqual(
            float(result["corruptions_acc"]), 100 * sum(counted) / 10, delta=0.006)
        self.assertNotIn("corruptions_mce", result)

    def test_what_was_measured_is_kept(self):
        self.succeed(*self.words())
        files = {path.name: path.read_bytes() for path in (self.folder / "run").glob("*.*")}
        (self.folder / "run/fog.json").unlink()
        self.succeed(*self.words())
        self.assertEqual(
            files, {path.name: path.read_bytes() for path in (self.folder / "run").glob("*.*")})

    def test_other_images_and_damage_are_refused(self):
        self.succeed(*self.words())
        write_corruptions(self.data, ["fog"], seed=1)
        self.refuse(65, *self.words(), mentions=["was measured on other images of fog"])
        (self.folder / "run/gaussian_noise.json").write_text("[]")
        self.refuse(65, *self.words(), mentions=["delete it, and it is measured again"])

    def test_wrong_folders_are_told(self):
        empty = self.folder / "empty"
        empty.mkdir()
        for folder, sentence in [
            (empty, "holds no corrupted images"), (self.folder / "nowhere", "cannot be listed")]:
            words = self.words()
            words[words.index(self.data)] = folder
            self.refuse(66, *words, mentions=[sentence])
        (self.data / "labels.npy").unlink()
        self.refuse(66, *self.words(), mentions=["has no labels.npy"])
        self.refuse(64, *self.words("--examples", "0"), mentions=["at least 1"])
        self.assertFalse((self.folder / "run").exists())


if __name__ == "__main__":
    unittest.main()
