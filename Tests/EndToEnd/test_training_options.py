"""Options of robtrain that a run would otherwise pass over in silence, and losses that are sums of terms."""

import json
import os
import pathlib
import unittest
from unittest import mock

import program
from program import PROGRAM, Case
from train_end_to_end import write_digits

TRAINER = pathlib.Path(PROGRAM).with_name("robtrain")


class TrainerCase(Case):
    def setUp(self):
        super().setUp()
        if not TRAINER.exists():
            self.skipTest("robtrain was not built")
        patch = mock.patch.object(program, "PROGRAM", str(TRAINER))
        patch.start()
        self.addCleanup(patch.stop)


class TorchOptions(TrainerCase):
    """Where oneDNN computes, PyTorch's options are refused and not forgotten."""

    def words(self, command, *more):
        return [*command, "--arch", "resnet8", "--data", self.folder / "nowhere", "--output",
                self.folder / "run", *more]

    def refuse_option(self, option, value):
        for command in (["natural"], ["search-temperature"]):
            with self.subTest(command=command):
                code, output, errors = self.run_program(*self.words(command, option, value))
                self.assertEqual((code, output), (64, ""), errors)
                self.assertEqual(errors.count("\n"), 1, errors)
                self.assertIn(f"{option} {value}", errors)
                self.assertIn("needs --backend torch", errors)
                self.assertEqual(os.listdir(self.folder), [])

    def test_a_device_needs_pytorch(self):
        self.refuse_option("--device", "cuda")

    def test_a_precision_needs_pytorch(self):
        self.refuse_option("--precision", "tf32")


class Losses(TrainerCase):
    def words(self, recipe, output, *more):
        return [recipe, "--arch", "mnist-smallcnn", "--dataset", "mnist", "--data", self.folder,
                "--batch", "32", "--epochs", "1", "--examples", "104", "--held-out", "last:40", "--threads",
                "1", "--steps", "2", "--progress", "none", "--output", self.folder / output, *more]

    def setUp(self):
        super().setUp()
        write_digits(self.folder)

    def loss(self, output):
        return json.loads((self.folder / output / "run.json").read_text())["recipe"]["loss"]

    def test_a_sum_of_terms_is_the_same_run_again(self):
        self.succeed(*self.words("mart", "run", "--eps", "0.1"))
        terms = self.loss("run")["terms"]
        self.assertEqual([(term["name"], term["weight"]) for term in terms], [("bce", 1), ("kl", 5)])
        first = (self.folder / "run/final.h5").read_bytes()
        self.succeed(*self.words("mart", "run", "--eps", "0.1"))
        self.assertEqual((self.folder / "run/final.h5").read_bytes(), first)
        code, _, errors = self.run_program(*self.words("mart", "run", "--eps", "0.1", "--lambda", "6"))
        self.assertEqual(code, 65, errors)
        self.assertIn("recipe.loss.terms.1.weight is 5 there and 6 here", errors)

    def test_a_loss_that_has_a_name_keeps_it(self):
        self.succeed(*self.words("trades", "run", "--eps", "0.1"))
        self.assertEqual(self.loss("run"), {"trades": {"labelSmoothing": 0, "weight": 1}})

    def test_mixed_images_are_refused_by_name(self):
        code, _, errors = self.run_program(*self.words("mart", "run", "--cutmix", "1"))
        self.assertEqual(code, 64, errors)
        self.assertIn("--cutmix: mart has a likeliest wrong class", errors)
        self.assertFalse((self.folder / "run").exists())


if __name__ == "__main__":
    unittest.main()
