"""Recipes in which a network learns from the inside of another: whole runs, interrupted ones, refusals."""

import random
import signal
import time
import zipfile

from test_data_forms import npy
from test_training_options import TrainerCase

SIDE = 32


class Distillation(TrainerCase):
    def setUp(self):
        super().setUp()
        source = random.Random(4)
        labels = bytes(i % 10 for i in range(28))
        with zipfile.ZipFile(self.folder / "images.npz", "w") as archive:
            archive.writestr("x.npy", npy(source.randbytes(28 * SIDE * SIDE * 3), "|u1", (28, SIDE, SIDE, 3)))
            archive.writestr("y.npy", npy(labels, "|u1", (28,)))
        self.succeed(*self.words("natural", "teacher", arch="wrn-10-1"))
        self.teacher = self.folder / "teacher/final.h5"

    def words(self, recipe, output, *more, arch="resnet8", epochs=1):
        return [recipe, "--epochs", epochs, "--arch", arch, "--data", self.folder / "images.npz", "--dataset", "cifar10",
                "--batch", "10", "--held-out", "last:4", "--threads", "1", "--progress",
                "none", "--output", self.folder / output, *more]

    def distil(self, recipe, output, *more, **options):
        return self.words(recipe, output, "--teacher", self.teacher, *more, **options)

    def test_methods_train_and_leave_only_the_student(self):
        for recipe, more in [("at", []), ("vid", ["--with", "kd", "sp"]), ("ft", []), ("crd", []),
                             ("sskd", []), ("fitnet", ["--with", "tald", "--particles", "2"])]:
            with self.subTest(recipe=recipe):
                self.succeed(*self.distil(recipe, recipe, *more))
                header = (self.folder / recipe / "log.csv").read_text().splitlines()[0].split(",")
                self.assertIn({"sskd": "tf"}.get(recipe, recipe), header)
                for name in ["tald"] if recipe == "fitnet" else ["kd", "sp"] if recipe == "vid" else []:
                    self.assertIn(name, header)
                final = (self.folder / recipe / "final.h5").read_bytes()
                last = (self.folder / recipe / "last.h5").read_bytes()
                for layer in [b"vid.1.regressor", b"ft.paraphraser", b"crd.bank_s", b"head_t"]:
                    self.assertNotIn(layer, final)
                if recipe == "crd":
                    self.assertIn(b"crd.bank_s", last)

    def test_a_run_that_was_interrupted_gives_the_same_bits(self):
        self.succeed(*self.distil("crd", "whole", epochs=4))
        process = self.start(*self.distil("crd", "parts", epochs=4))
        while not (self.folder / "parts/last.h5").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        code, _, errors = self.finish(process)
        self.assertIn(code, (0, 75), errors)
        self.succeed(*self.distil("crd", "parts", epochs=4))
        self.assertEqual((self.folder / "parts/final.h5").read_bytes(),
                         (self.folder / "whole/final.h5").read_bytes())

    def refuse_sentence(self, code, words, *mentions):
        found, output, errors = self.run_program(*words)
        self.assertEqual((found, output, errors.count("\n")), (code, "", 1), errors)
        for mention in mentions:
            self.assertIn(mention, errors)

    def test_teachers_that_do_not_fit_are_refused_in_one_sentence(self):
        self.refuse_sentence(
            64, self.distil("fsp", "run", arch="resnet8x4"), "--teacher", "16 channels", "32")
        self.refuse_sentence(
            65, self.distil("at", "run", arch="cifar-cnn-a"), "the student", "no stages")
        self.refuse_sentence(
            65, self.distil("fitnet", "run", arch="mobilenetv2"), "no convolution makes a map larger")
        self.refuse_sentence(
            64, self.distil("at", "run", "--with", "magic"), "--with", "magic", "tald")
        self.refuse_sentence(
            64, self.distil("sp", "run", "--cache-teacher", "--augmentation", "none"),
            "reads the teacher's inside")
        self.refuse_sentence(
            64, self.distil("cc", "run", "--with", "tald", "--preset", "author-code"),
            "--preset", "in one batch")
        self.refuse_sentence(64, self.words("ab", "run"), "--teacher", "is missing")
        self.assertFalse((self.folder / "run").exists())

    def test_settings_of_a_method_are_printed_with_their_source(self):
        output = self.succeed("recipes", "--method", "crd")
        for text in ["Tian et al. 2020", "factor 0.8 (--beta)", '"negatives" : 16384']:
            self.assertIn(text, output)
        self.refuse_sentence(64, ["recipes", "--method", "crdd"], "crdd", "is not known")
