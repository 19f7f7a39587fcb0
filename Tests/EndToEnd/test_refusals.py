"""What the system refuses: rights, room and names; and what no classifier is."""

import json
import os
import resource
import shutil
import struct
import subprocess
import unittest

import program
from program import IMAGES, MODEL, ONNX, Case

NOBODY = 65534


def network(classes):
    """safetensors of one linear layer over 3×8×8 pixels, with its graph."""
    nodes = [
        {"inputs": [], "name": "input", "operation": {"input": {}}},
        {"inputs": [0], "name": "flatten", "operation": {"flatten": {}}},
        {"inputs": [1], "name": "last", "operation": {"linear": {"bias": "last.bias", "weight": "last.weight"}}},
    ]
    header = {
        "__metadata__": {"architecture": "graph", "graph": json.dumps(nodes), "input_shape": "3,8,8"},
        "last.bias": {"dtype": "F32", "shape": [classes], "data_offsets": [0, 4 * classes]},
        "last.weight": {"dtype": "F32", "shape": [classes, 192], "data_offsets": [4 * classes, 4 * 193 * classes]},
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(4 * 193 * classes)


class OneLogitTest(Case):
    def test_a_network_with_one_logit_is_a_choice_of_two_and_called_that(self):
        (self.folder / "one.safetensors").write_bytes(network(1))
        self.assertIn("taken for (0, z)", self.succeed("import", "one.safetensors", "-o", "new.h5"))
        inspected = self.succeed("inspect", "new.h5")
        self.assertIn("taken for (0, z)", inspected)
        self.assertRegex(inspected, "classes +2\n")


class LimitedTest(Case):
    """A limit on the size of files fails as a full disk does, in the middle of a write."""

    def limited(self, limit, *words):
        process = subprocess.run(
            [program.PROGRAM, *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=100,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        return process.returncode, process.stderr

    def test_nothing_half_written_stays(self):
        for limit in (0, 100, 5_000, 30_000):
            for words in [
                ["import", MODEL, "-o", "new.h5"],
                ["export", MODEL, "-o", "new.onnx"],
                ["export", MODEL, "-o", "new.safetensors"],
            ]:
                with self.subTest(limit=limit, words=words):
                    code, errors = self.limited(limit, *words)
                    self.expect_sentence(errors, mentions=[words[-1], "; "])
                    self.assertEqual(code, 74, errors)
                    self.assertEqual(os.listdir(self.folder), [])

    def test_neither_does_what_replaces_a_file(self):
        self.succeed("export", MODEL, "-o", "m.onnx")
        before = (self.folder / "m.onnx").read_bytes()
        self.assertEqual(self.limited(5_000, "export", MODEL, "-o", "m.onnx", "--force")[0], 74)
        self.assertEqual((self.folder / "m.onnx").read_bytes(), before)
        self.assertEqual(os.listdir(self.folder), ["m.onnx"])

    def test_predictions_likewise(self):
        for limit in (0, 100, 1_000):
            code, errors = self.limited(limit, "predict", "--model", ONNX, "--data", IMAGES, "--out", "p.h5", "--exact")
            self.expect_sentence(errors, mentions=["p.h5", "; "])
            self.assertEqual(code, 74, errors)
            self.assertEqual(os.listdir(self.folder), [])


class RightsTest(Case):
    """Files and folders that may not be read or written; as another user where root runs the tests."""

    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o777)
        shutil.copy(ONNX, self.folder / "m.onnx")
        shutil.copy(IMAGES, self.folder / "images.h5")
        shutil.copy(ONNX, self.folder / "locked.onnx")
        (self.folder / "closed").mkdir()
        (self.folder / "closed/run.json").write_text("{}")
        (self.folder / "fixed").mkdir()
        os.chmod(self.folder / "locked.onnx", 0)
        os.chmod(self.folder / "closed", 0)
        os.chmod(self.folder / "fixed", 0o555)
        self.addCleanup(os.chmod, self.folder / "closed", 0o755)

    def as_nobody(self, *words):
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        try:
            return subprocess.run(
                [program.PROGRAM, *map(str, words)], cwd=self.folder, capture_output=True, text=True, timeout=100, **options)
        except PermissionError:
            raise unittest.SkipTest("the program may not be run by another user")

    def test_what_may_not_be_read_or_written_is_called_that(self):
        run = ["--eps", "8/255", "--attacks", "fgsm"]
        for words, code, place in [
            (["inspect", "locked.onnx"], 66, "locked.onnx"),
            (["import", "locked.onnx", "-o", "new.h5"], 66, "locked.onnx"),
            (["inspect", "closed/x.onnx"], 66, "closed/x.onnx"),
            (["--model", "m.onnx", "--data", "closed", "--dataset", "cifar10", *run], 66, "closed"),
            (["--model", "m.onnx", "--data", "closed/x.h5", *run], 66, "closed/x.h5"),
            (["predict", "--model", "m.onnx", "--data", "images.h5", "--out", "fixed/p.h5", "--exact"], 74, "fixed/p.h5"),
            (["import", "m.onnx", "-o", "fixed/new.h5"], 74, "fixed/new.h5"),
            (["export", "m.onnx", "-o", "fixed/new.safetensors"], 74, "fixed/new.safetensors"),
            (["--model", "m.onnx", "--data", "images.h5", *run, "--out", "fixed/run"], 74, "fixed/run"),
            (["--model", "m.onnx", "--data", "images.h5", *run, "--out", "closed"], 74, "closed"),
            (["report", "closed"], 66, "closed"),
            (["verify", "closed"], 66, "closed"),
            (["diff", "closed", "closed"], 66, "closed"),
            (["merge", "closed", "-o", "new"], 66, "closed"),
        ]:
            with self.subTest(words=words):
                process = self.as_nobody(*words)
                self.expect_sentence(process.stderr, mentions=[place, "Permission denied; "])
                self.assertEqual(process.returncode, code, process.stderr)


class NamesTest(Case):
    def test_arguments_that_are_not_utf8_are_called_that(self):
        name = b"m\xff.onnx"
        shutil.copy(ONNX, os.fsencode(self.folder) + b"/" + name)
        process = subprocess.run(
            [program.PROGRAM, "inspect", name], cwd=self.folder, capture_output=True, timeout=100)
        self.assertEqual(process.returncode, 64)
        self.expect_sentence(process.stderr.decode(), mentions=["m?.onnx: is not UTF-8; rename"])

    def test_other_alphabets_are_fine(self):
        shutil.copy(ONNX, self.folder / "模型 ü😀.onnx")
        self.succeed("inspect", "模型 ü😀.onnx")


class TwiceTest(Case):
    def test_an_option_given_twice_is_refused(self):
        for words, option in [
            (["--model", MODEL, "--eps", "8/255", "--eps", "4/255"], "--eps"),
            (["--model", MODEL, "--model=x.h5", "--eps", "8/255"], "--model"),
            (["import", MODEL, "-o", "a.h5", "--output", "b.h5"], "--output"),
            (["import", MODEL, "--output=a.h5", "-o", "b.h5"], "-o"),
        ]:
            self.refuse(64, *words, mentions=[f"{option}: is given twice; leave one"])

    def test_a_switch_may_be_given_twice(self):
        self.succeed("import", MODEL, "-o", "a.h5", "--force", "--force")


class OneTest(Case):
    def test_one_image_is_not_called_images(self):
        self.refuse(
            64, "--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--examples", "1", "--shard", "1/2", "--out", "run",
            mentions=["of 1 image, none is in shard 1/2; make fewer"])

    def test_an_offset_beyond_the_images_says_which_there_are(self):
        self.refuse(
            64, "--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--offset", "2", "--out", "run",
            mentions=["--offset: 2 is not a position", "which has 2 images; give one from 0 to 1"])
