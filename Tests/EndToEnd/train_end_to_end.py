"""Runs robtrain as a user would and looks at exit codes, messages and files.

    python3 Tests/EndToEnd/train_end_to_end.py .build/debug/robtrain [-v] [TestClass[.test]]

Needs nothing but Python 3.9, and robeval beside robtrain. The random moments of kills follow from the
environment variable SEED, 0 by default.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ""
RANDOM = random.Random(int(os.environ.get("SEED", "0")))
IMAGES = 240


def write_digits(folder):
    """MNIST's four files, made up: ten classes of stripes in noise."""
    noise = random.Random(1)
    for images, labels, count in [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", IMAGES),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", 40),
    ]:
        pixels = bytearray()
        for number in range(count):
            bright = 2 * (number % 10) + 4
            for row in range(28):
                base = 180 if bright <= row < bright + 2 else 20
                pixels += bytes(base + noise.randrange(60) for _ in range(28))
        (folder / images).write_bytes(struct.pack(">4i", 2051, count, 28, 28) + pixels)
        (folder / labels).write_bytes(
            struct.pack(">2i", 2049, count) + bytes(number % 10 for number in range(count)))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="robtrain-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        write_digits(self.folder)

    def words(self, recipe, output, *more):
        return [recipe, "--arch", "mnist-smallcnn", "--dataset", "mnist", "--data", self.folder,
                "--batch", "32", "--epochs", "3", "--held-out", "last:40", "--threads", "1",
                "--lr", "0.05", "--output", self.folder / output, *more]

    def start(self, *words, **environment):
        return subprocess.Popen(
            [PROGRAM, *map(str, words)], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**{k: v for k, v in os.environ.items() if k != "ROBEVAL_DATA"}, **environment})

    def run_program(self, *words, **environment):
        process = self.start(*words, **environment)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    def succeed(self, *words):
        code, output, errors = self.run_program(*words)
        self.assertEqual(code, 0, errors)
        return output

    def refuse(self, code, *words, mentions=()):
        found, output, errors = self.run_program(*words)
        self.assertEqual(found, code, errors)
        self.assertEqual(output, "")
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertTrue(errors.startswith("robtrain: "), errors)
        for mention in mentions:
            self.assertIn(mention, errors)


class Training(Case):
    def test_a_run_leaves_its_files_and_a_checkpoint_that_robeval_attacks(self):
        self.succeed(*self.words("trades", "run", "--steps", "2", "--eps", "0.1"))
        run = self.folder / "run"
        for name in ("final.h5", "best.h5", "last.h5", "log.csv", "training.md", "curves.csv", "curves.gp", "run.json"):
            self.assertTrue((run / name).stat().st_size, name)
        self.assertEqual(list(run.glob("*.partial")), [])
        drawn = sorted(path.name for path in run.glob("curves.[sp]*g"))
        self.assertEqual(drawn, ["curves.png", "curves.svg"] if shutil.which("gnuplot") else [])
        log = (run / "log.csv").read_text().splitlines()
        self.assertEqual(len(log), 4)
        first, last = (dict(zip(log[0].split(","), line.split(","))) for line in (log[1], log[3]))
        self.assertLess(float(last["loss"]), float(first["loss"]))
        self.assertIn("3 epochs", json.loads((run / "run.json").read_text())["title"])
        robeval = pathlib.Path(PROGRAM).with_name("robeval")
        if not robeval.exists():
            self.skipTest("robeval was not built")
        found = subprocess.run(
            [robeval, "--model", run / "final.h5", "--data", self.folder, "--eps", "0.1", "--attacks",
             "pgd(steps=3)", "--progress", "none", "--output", "json", "--out", self.folder / "report"],
            capture_output=True, text=True, timeout=240)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn('"dataset" : "mnist"', found.stdout)

    def test_a_training_is_no_worse_without_a_picture(self):
        program = self.folder / "gnuplot"
        for script, mention in (None, "gnuplot is not installed"), ("echo no such terminal >&2; exit 1", "no such terminal"):
            if script:
                program.write_text("#!/bin/sh\n" + script + "\n")
                program.chmod(0o755)
            # The same command again draws again.
            code, _, errors = self.run_program(*self.words("natural", "run"), PATH=str(self.folder))
            self.assertEqual((code, errors.splitlines()[-1].count(mention)), (0, 1), errors)
            self.assertEqual(sorted(path.name for path in (self.folder / "run").glob("curves.*")), ["curves.csv", "curves.gp"])
            self.assertTrue((self.folder / "run/final.h5").exists())

    def test_a_folder_of_something_else_is_left_alone(self):
        (self.folder / "mine").mkdir()
        (self.folder / "mine/final.h5").write_text("my own")
        for words in (self.words("natural", "mine"),
                      ["search-temperature", *self.words("ltd", "mine", "--teacher", self.teacher())[1:]]):
            with self.subTest(words=words):
                self.refuse(65, *words, mentions=["mine", "final.h5", "--output"])
        self.assertEqual([path.name for path in (self.folder / "mine").iterdir()], ["final.h5"])

    def teacher(self):
        self.succeed(*self.words("natural", "teacher"))
        return self.folder / "teacher/final.h5"

    def test_a_run_that_is_killed_or_stopped_goes_on_to_the_same_bytes(self):
        self.kill_and_go_on("ikl-at", "--steps", "2")

    def test_replays_that_are_killed_go_on_with_their_perturbations(self):
        self.kill_and_go_on("free-at", "--replays", "3")

    def kill_and_go_on(self, recipe, *options):
        options = [*options, "--progress", "none"]
        begin = time.monotonic()
        self.succeed(*self.words(recipe, "whole", *options))
        span = time.monotonic() - begin
        codes = []
        for sign in [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGHUP]:
            process = self.start(*self.words(recipe, "parts", *options))
            time.sleep(RANDOM.uniform(0.1, 0.8) * span)
            process.send_signal(sign)
            process.communicate(timeout=240)
            codes.append(process.returncode)
        self.assertTrue(set(codes) <= {0, 75, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}, codes)
        self.succeed(*self.words(recipe, "parts", *options))
        for name in ("final.h5", "best.h5"):
            whole, parts = ((self.folder / run / name).read_bytes() for run in ("whole", "parts"))
            self.assertEqual(whole, parts, name)

    def test_another_run_in_the_same_folder_is_refused(self):
        self.succeed(*self.words("natural", "run", "--progress", "none"))
        self.refuse(65, *self.words("natural", "run", "--seed", "1"), mentions=["seed is 0 there"])
        self.refuse(65, *self.words("natural", "run", "--weight-decay", "0"), mentions=["weight"])
        self.refuse(65, *self.words("trades", "run", "--steps", "2"), mentions=["holds another run"])

    def test_a_diverging_run_ends_in_one_sentence(self):
        words = self.words("natural", "wild", "--progress", "none")
        words[words.index("--lr") + 1] = "1e18"
        self.refuse(65, *words, mentions=["step ", "lower the learning rate"])
        self.assertFalse((self.folder / "wild/final.h5").exists())

    def test_a_teacher_is_named_or_asked_for(self):
        self.refuse(64, *self.words("ltd", "run", "--steps", "2"), mentions=["--teacher"])
        self.succeed(*self.words("natural", "teacher", "--progress", "none"))
        self.succeed(*self.words(
            "ltd", "run", "--steps", "2", "--progress", "none", "--teacher",
            self.folder / "teacher/final.h5"))

    def test_the_course_of_a_run_is_changed_and_named(self):
        self.succeed(*self.words(
            "natural", "run", "--progress", "none", "--average", "ema", "--average_from", "1", "--schedule",
            "onecycle", "--cutmix", "1"))
        title = json.loads((self.folder / "run/run.json").read_text())["title"]
        for word in ("schedule onecycle", "average over steps after 1.0 epochs", "CutMix 1.0"):
            self.assertIn(word, title)
        self.assertIn("CutMix", (self.folder / "run/training.md").read_text())
        self.refuse(64, *self.words("ikl-at", "other", "--cutmix", "1"), mentions=["--cutmix", "leave it out"])
        self.refuse(64, *self.words("natural", "other", "--drops", "3,x"), mentions=["--drops"])
        self.refuse(64, *self.words("natural", "other", "--cache-teacher"), mentions=["no teacher"])
        self.assertFalse((self.folder / "other").exists())

    def test_a_teacher_is_asked_once(self):
        self.succeed(*self.words("natural", "teacher", "--progress", "none"))
        more = ["--steps", "2", "--progress", "none", "--teacher", self.folder / "teacher/final.h5"]
        self.succeed(*self.words("ltd", "asked", *more))
        self.succeed(*self.words("ltd", "kept", "--cache-teacher", *more))
        self.assertTrue((self.folder / "kept/teacher.h5").exists())
        self.assertEqual(
            (self.folder / "asked/final.h5").read_bytes(), (self.folder / "kept/final.h5").read_bytes())
        self.refuse(
            64, *self.words("ltd", "other", "--cache-teacher", "--augmentation", "crop-flip", *more),
            mentions=["--cache-teacher", "--augmentation none"])

    def test_kernels_in_half_precision_are_read_by_robeval(self):
        self.succeed(*self.words("n-fgsm", "run", "--progress", "none"))
        single = (self.folder / "run/final.h5").read_bytes()
        self.succeed(*self.words("n-fgsm", "run", "--progress", "none", "--store", "half"))
        half = (self.folder / "run/final.h5").read_bytes()
        self.assertLess(len(half), 0.6 * len(single))
        found = subprocess.run(
            [pathlib.Path(PROGRAM).with_name("robeval"), "inspect", self.folder / "run/final.h5"],
            capture_output=True, text=True)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("float16", found.stdout)

    def test_a_dry_run_trains_nothing(self):
        output = self.succeed(*self.words("trades", "run", "--steps", "2", "--dry-run"))
        for word in ("a step", "memory", "200 images", "40 held out"):
            self.assertIn(word, output)
        self.assertFalse((self.folder / "run").exists())

    def test_a_full_disk_leaves_no_torn_file(self):
        """A file size limit stands for the disk: what does not fit is not written at all."""
        words = " ".join(f"'{word}'" for word in self.words("natural", "run", "--progress", "none"))
        found = subprocess.run(
            ["bash", "-c", f"trap '' XFSZ; ulimit -f 40; exec '{PROGRAM}' {words}"],
            cwd=self.folder, capture_output=True, text=True, timeout=240)
        self.assertEqual(found.returncode, 74, found.stderr)
        self.assertEqual(found.stderr.count("\n"), 1, found.stderr)
        self.assertEqual(list((self.folder / "run").glob("*.h5*")), [])


class Refusals(Case):
    """One sentence each, of the option that is at fault, and no folder."""

    def refuse_each(self, table):
        for recipe, more, mentions in table:
            with self.subTest(recipe=recipe, more=more):
                words = self.words(recipe, "run")
                for option in more[::2]:
                    if option in words:
                        place = words.index(option)
                        del words[place:place + 2]
                self.refuse(64, *words, *more, mentions=mentions)
                self.assertFalse((self.folder / "run").exists())

    def test_what_is_not_known(self):
        self.refuse_each([
            ("tradse", [], ["tradse", "do you mean trades?"]),
            ("trainn", [], ["trainn", "do you mean train?"]),
            ("list", [], ["list", "do you mean recipes?"]),
            ("adversarial", [], ["adversarial", "do you mean pgd-at?"]),
            ("trades", ["--epsilon", "0.1"], ["--epsilon", "--eps?"]),
            ("trades", ["--batch_size", "8"], ["--batch-size", "--batch?"]),
            ("trades", ["--arch", "resnet9"], ["--arch: resnet9 is not known; do you mean resnet"]),
            ("trades", ["--arch", "perceptron"], ["--arch: perceptron", "robeval architectures"]),
            ("trades", ["--budget", "tiny"], ["--budget"]),
            ("trades", ["--bogus", "1"], ["--bogus"]),
            ("trades", ["--norm", "L7"], ["--norm"]),
        ])

    def test_what_the_recipe_has_not(self):
        self.refuse_each([
            ("natural", ["--beta", "2"], ["--beta"]),
            ("natural", ["--eps", "0.1"], ["--eps"]),
            ("natural", ["--extra-share", "0.5"], ["--extra-share", "give --extra too"]),
            ("natural", ["--average-from", "2"], ["--average-from", "give --average ema"]),
            ("trades", ["--teacher", "teacher.h5"], ["--teacher", "leave it out"]),
            ("trades", ["--replays", "2"], ["--replays", "leave it out"]),
            ("free-at", ["--replays", "0"], ["--replays: 0 is not a whole number from 1"]),
            ("free-at", ["--steps", "2"], ["--steps", "give --replays"]),
            ("natural", ["--store", "quarter"], ["--store", "'single' and 'half'"]),
            ("ltd", [], ["--teacher: is missing"]),
        ])

    def test_overfitting_is_watched_where_crafting_is_one_step(self):
        self.refuse(
            64, *self.words("trades", "run"), "--stop-on-overfitting",
            mentions=["--stop-on-overfitting", "one step", "leave it out"])
        self.assertFalse((self.folder / "run").exists())

    def test_radii_and_inner_steps(self):
        self.refuse_each([
            ("trades", ["--eps", "8"], ["--eps: 8 is more than the whole range", "write 8/255"]),
            ("trades", ["--eps", "1.5"], ["--eps", "1.5/255"]),
            ("trades", ["--eps", "0"], ["--eps: 0 is not above 0"]),
            ("trades", ["--eps", "-1"], ["-1", "--eps", "being negative"]),
            ("trades", ["--eps", "-8/255"], ["-8/255", "--eps", "being negative", "such as 8/255"]),
            ("trades", ["--eps", "eight"], ["--eps", "give a number or a fraction such as 8/255"]),
            ("trades", ["--eps", "nan"], ["--eps", "such as 8/255"]),
            ("trades", ["--eps", "8/0"], ["--eps", "such as 8/255"]),
            ("trades", ["--steps", "0"], ["--steps: 0 is not a whole number from 1"]),
            ("trades", ["--steps", "1000000000"], ["--steps"]),
            ("trades", ["--step-size", "0"], ["--step-size"]),
            ("trades", ["--step-size", "inf"], ["--step-size"]),
            ("trades", ["--step-size", "8"], ["--step-size: 8 is not above 0 and at most 2"]),
            ("trades", ["--step-size", "0.007", "--steps", "10"], ["--step-size", "in parts of the radius"]),
        ])

    def test_numbers_that_make_no_sense(self):
        self.refuse_each([
            ("trades", [option, value], [option + ": "])
            for option, values in [
                ("--lr", ["0", "-0.1", "nan", "inf"]),
                ("--momentum", ["1", "-0.1", "nan"]),
                ("--weight-decay", ["-1e-4", "nan", "inf", "2"]),
                ("--beta", ["-6", "nan", "inf"]),
                ("--label-smoothing", ["1", "-0.1", "nan"]),
                ("--gamma", ["-0.1", "1", "nan"]),
                ("--cutmix", ["-1", "nan", "inf"]),
                ("--threads", ["0", "-1", "5000"]),
            ] for value in values
        ] + [
            ("ikl-at", ["--temperature", "0"], ["--temperature: 0 is not above 0"]),
            ("ikl-at", ["--wmse-weight", "-1"], ["--wmse-weight"]),
            ("ltd", ["--temperature", "-5"], ["--temperature"]),
            ("natural", ["--extra", "more.npz", "--extra-share", "1"], ["--extra-share"]),
            ("natural", ["--extra", "more.npz", "--extra-share", "nan"], ["--extra-share"]),
        ])

    def test_courses_that_never_come(self):
        self.refuse_each([
            ("trades", ["--epochs", "0"], ["--epochs"]),
            ("trades", ["--epochs", "-3"], ["--epochs"]),
            ("trades", ["--epochs", "9223372036854775807"], ["--epochs"]),
            ("trades-awp", ["--awp-from", "100"], ["--awp-from: epoch 100 is beyond the last, 3"]),
            ("natural", ["--average", "ema", "--average-from", "100"], ["--average-from", "after the last epoch, 3"]),
            ("natural", ["--average", "epochs", "--average-from", "4"], ["--average-from"]),
            ("natural", ["--drops", "2,100"], ["--drops: epoch 100 is beyond the last, 3"]),
            ("natural", ["--drops", "3,2"], ["--drops"]),
            ("natural", ["--schedule", "onecycle", "--rise", "1.5"], ["--rise"]),
        ])

    def test_batches_that_the_images_cannot_fill(self):
        self.refuse_each([
            ("trades", ["--batch", "0"], ["--batch"]),
            ("trades", ["--batch", "201"], ["--batch: 201 is more than the 200 training images", "40 held out"]),
            ("trades", ["--held-out", "last:240"], ["--held-out", "240"]),
            ("trades", ["--held-out", "last:230"], ["--batch: 32", "10 training images", "--held-out"]),
            ("trades", ["--examples", "0"], ["--examples"]),
            ("trades", ["--examples", "241"], ["--examples: 241 is not from 1 to 240"]),
            ("trades", ["--examples", "20", "--held-out", "none"], ["--batch", "give --batch 20 or less"]),
        ])

    def test_a_teacher_of_something_else_exits_65(self):
        sample = ROOT / "checkpoints/cifar10-resnet8-pgdat.h5"
        self.refuse(65, *self.words("ltd", "run", "--teacher", sample), mentions=["--teacher: it takes", "the network takes"])
        self.assertFalse((self.folder / "run").exists())

    def test_missing_data_exit_66(self):
        words = self.words("natural", "run")
        words[words.index("--data") + 1] = self.folder / "nowhere"
        self.refuse(66, *words, mentions=["nowhere"])


if __name__ == "__main__":
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: train_end_to_end.py PATH_OF_ROBTRAIN [-v] [TEST …]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
