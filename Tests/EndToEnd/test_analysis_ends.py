"""How analyses end: killed and repeated, on a full disk, on images and networks that do not fit."""

import importlib.util
import json
import resource
import shutil
import subprocess
import sys
import time
import unittest

import program
from program import IMAGES, MODEL, ONNX, ROOT, Case, arguments_of
from test_refusals import network

OTHER = ROOT / "checkpoints/cifar10-resnet8-ikl-at.h5"
CHECKS = ROOT / "Tests/AnalysisTests/Fixtures"
SIMILARITY = ["analyze", "similarity", MODEL, OTHER, "--examples", "40", "--targets", "3", "--steps", "60"]
FEATURES = ["analyze", "features", MODEL, "--examples", "60", "--attack", "fgsm", "--iterations", "300"]


class Kills(Case):
    def contents(self, name):
        return {path.name: path.read_bytes() for path in (self.folder / name).iterdir()}

    def test_a_killed_analysis_leaves_nothing_and_its_repetition_has_the_same_bits(self):
        for words in SIMILARITY, FEATURES:
            with self.subTest(analysis=words[1]):
                start = time.monotonic()
                self.succeed(*words, "--out", "r")
                whole = time.monotonic() - start
                (self.folder / "r").rename(self.folder / "whole")
                for share in 0.3, 0.7:
                    process = self.start(*words, "--out", "r")
                    time.sleep(share * whole)
                    process.kill()
                    process.communicate()
                    # A machine that is faster now has finished: then there is all, else nothing.
                    names = [path.name for path in self.folder.iterdir() if not path.name.endswith(".partial")]
                    self.assertIn(sorted(names), [["whole"], ["r", "whole"]])
                self.succeed(*words, "--out", "r")
                self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["r", "whole"])
                self.assertEqual(self.contents("r"), self.contents("whole"))
                shutil.rmtree(self.folder / "r")
                shutil.rmtree(self.folder / "whole")


class FullDisks(Case):
    def test_nothing_half_written_stays_and_an_older_analysis_is_kept(self):
        words = ["analyze", "discrepancy", "--images", "1000", "--out", "a"]
        self.succeed(*words)
        before = (self.folder / "a/analysis.json").read_bytes()
        for limit in 0, 300, 2000, 9000, 30_000:
            with self.subTest(limit=limit):
                found = subprocess.run(
                    [program.PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, timeout=100,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                self.expect_sentence(found.stderr, [""])
                self.assertEqual(found.returncode, 74, found.stderr)
                self.assertEqual([path.name for path in self.folder.iterdir()], ["a"])
                self.assertEqual((self.folder / "a/analysis.json").read_bytes(), before)


class Refusals(Case):
    def test_networks_of_other_classes(self):
        for classes in 3, 4:
            (self.folder / f"{classes}.safetensors").write_bytes(network(classes))
        data = ["--data", IMAGES, "--out", "x"]
        for analysis in "similarity", "margin", "features", "diversity":
            with self.subTest(analysis=analysis):
                self.refuse(
                    65, "analyze", analysis, "4.safetensors", "3.safetensors", *data,
                    mentions=["3.safetensors", "knows 3 classes", "4.safetensors knows 4"])
        self.assertFalse((self.folder / "x").exists())

    def test_runs_of_other_images(self):
        self.succeed("--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "fgsm", "--out", "small")
        self.succeed(*arguments_of(model=MODEL, examples=12, attacks="fgsm", out="run"))
        self.refuse(65, "analyze", "transfer", "small", MODEL, "--out", "x", mentions=["small", "other images", "--data"])
        self.refuse(
            65, "analyze", "curve", "run", "small", "--out", "x", mentions=["small", "other images", "leave it out"])
        self.refuse(
            65, "analyze", "margin", MODEL, "--on", "small", "--out", "x", mentions=["small", "other images"])
        self.assertFalse((self.folder / "x").exists())

    def test_one_image_is_enough_where_one_image_means_something(self):
        for analysis in "margin", "diversity", "similarity", "features":
            words = ["analyze", analysis, MODEL, *([OTHER] if analysis == "similarity" else []), "--examples", "1"]
            words += ["--radius", "5", "--steps", "20", "--particles", "3"] if analysis == "diversity" else []
            words += ["--steps", "100"] if analysis == "similarity" else []
            with self.subTest(analysis=analysis):
                if analysis == "features":
                    self.refuse(65, *words, "--out", analysis, mentions=["four of two classes"])
                    self.assertFalse((self.folder / analysis).exists())
                else:
                    self.succeed(*words, "--out", analysis)
                    result = json.loads((self.folder / analysis / "analysis.json").read_text())
                    self.assertEqual(result["source"]["images"], 1)


class Recomputed(Case):
    def check(self, name, *words):
        found = subprocess.run(
            [sys.executable, CHECKS / name, *words], cwd=self.folder, capture_output=True, text=True, timeout=100)
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)

    def test_similarity_and_diversity_follow_from_their_pairs_and_images(self):
        self.succeed(*SIMILARITY, "--out", "s")
        self.check("check_pairs.py", "s")
        self.succeed(
            "analyze", "diversity", MODEL, "--examples", "5", "--particles", "2,3", "--radius", "3", "--out", "d")
        self.check("check_pairs.py", "d")

    @unittest.skipUnless(
        all(map(importlib.util.find_spec, ["h5py", "numpy"])), "h5py and numpy are not installed")
    def test_margins_and_transfer_follow_from_predictions_and_adversarial_images(self):
        images = ["--examples", "60"]
        self.succeed("analyze", "margin", MODEL, OTHER, *images, "--out", "m")
        for name, model in ("a.h5", MODEL), ("b.h5", OTHER):
            self.succeed("predict", "--model", model, *images, "--out", name)
        self.check("check_margins.py", "m", "a.h5", "b.h5")
        self.succeed(*arguments_of(model=MODEL, examples=60, attacks="fgsm", out="run"))
        self.succeed("analyze", "transfer", "run", OTHER, "--out", "t")
        self.check("check_transfer.py", "prepare", "run/adversarial.h5", "shown.h5")
        self.succeed("predict", "--model", OTHER, "--data", "shown.h5", "--out", "shown-b.h5")
        self.check("check_transfer.py", "compare", "t", "run/adversarial.h5", "b.h5", "shown-b.h5")
