"""Taps and analyses: what `predict --features` and `analyze` write, and what they refuse."""

import json
import os
import re
import shutil
import socket
import unittest
import zipfile

from program import MODEL, ROOT, Case, arguments_of

OTHER = ROOT / "checkpoints/cifar10-resnet8-ikl-at.h5"


class Taps(Case):
    def predict(self, *words):
        return ["predict", "--model", MODEL, "--examples", "2", "--out", "p.h5", *words]

    def test_activations_are_written(self):
        self.succeed(*self.predict("--features", "penultimate,layer2"))
        plain = (self.folder / "p.h5").stat().st_size
        self.assertGreater(plain, 4 * 2 * (64 + 32 * 16 * 16))
        self.assertIn("penultimate   pooled", self.succeed("inspect", MODEL))

    def test_a_name_that_is_no_tap_is_refused_with_the_names_there_are(self):
        for features, words in [
            ("penultimat", ["--features: penultimat", "penultimate, input", "layer1.0.conv1"]),
            ("layer2,", ["--features: a tap"]),
            ("layer2,layer2", ["layer2 twice"]),
        ]:
            self.refuse(64, *self.predict("--features", features), mentions=words)
            self.assertFalse((self.folder / "p.h5").exists())


class Margins(Case):
    def margin(self, *words):
        return ["analyze", "margin", OTHER, "--examples", "40", *words]

    def read(self, name):
        return json.loads((self.folder / name / "analysis.json").read_text())

    def write_images(self, name):
        """Thirty black images of ten classes as uncompressed arrays."""
        def array(shape, values):
            head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
            head += " " * (-(len(head) + 11) % 64) + "\n"
            return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + values
        with zipfile.ZipFile(self.folder / name, "w") as archive:
            archive.writestr("x.npy", array((30, 3, 32, 32), bytes(30 * 3072)))
            archive.writestr("y.npy", array((30,), bytes(i % 10 for i in range(30))))

    def path_without_gnuplot(self):
        return {**os.environ, "PATH": str(self.folder)}

    def test_two_networks_on_any_number_of_lanes(self):
        for lanes in "1", "2":
            self.succeed(*self.margin(MODEL, "--out", lanes, "--lanes", lanes))
        own, other = self.read("1"), self.read("2")
        self.assertEqual(own["result"], other["result"])
        self.assertEqual((self.folder / "1/margin.csv").read_bytes(), (self.folder / "2/margin.csv").read_bytes())
        rows = [row for row in own["result"]["classes"] if row["images"]]
        self.assertEqual(sum(row["images"] for row in rows), 40)
        for row in rows:
            first, second = (margin["value"] for margin in row["margins"])
            self.assertAlmostEqual(row["difference"]["value"], first - second, delta=1e-12)
            interval = row["difference"]["interval"]
            self.assertLessEqual(interval["low"], interval["high"])
        mean = sum(row["margins"][0]["value"] for row in rows) / len(rows)
        self.assertAlmostEqual(own["result"]["means"][0]["value"], mean, delta=1e-12)
        self.assertEqual(sorted(p.name for p in self.folder.rglob("*.partial")), [])

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_pictures_are_drawn(self):
        self.succeed(*self.margin("--out", "a"))
        for name in "margin", "margin-sorted":
            self.assertTrue((self.folder / f"a/{name}.svg").read_text().rstrip().endswith("</svg>"))
            self.assertEqual((self.folder / f"a/{name}.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_without_gnuplot_data_and_script_are_written_and_a_sentence_says_so(self):
        code, output, errors = self.run_program(
            *self.margin("--out", "a"), environment=self.path_without_gnuplot())
        self.assertEqual((code, output), (0, "a/analysis.md\n"))
        self.assertEqual(errors.count("\n"), 1)
        self.assertIn("gnuplot is not installed", errors)
        names = sorted(path.name for path in (self.folder / "a").iterdir())
        self.assertEqual(
            names,
            ["analysis.json", "analysis.md", "margin-sorted.csv", "margin-sorted.gp", "margin.csv", "margin.gp"])

    def test_a_gnuplot_that_fails_leaves_nothing(self):
        program = self.folder / "gnuplot"
        program.write_text("#!/bin/sh\necho 'no such terminal' >&2\nexit 1\n")
        program.chmod(0o755)
        self.refuse(
            74, *self.margin("--out", "a"), environment=self.path_without_gnuplot(),
            mentions=["gnuplot", "no such terminal", "margin.gp"])
        self.assertEqual([path.name for path in self.folder.iterdir()], ["gnuplot"])

    def test_adversarial_images_of_a_run_lower_the_margins(self):
        self.succeed(
            *arguments_of(model=MODEL, examples=20, attacks="fgsm", out="run"))
        self.succeed("analyze", "margin", MODEL, "--examples", "20", "--out", "clean")
        self.succeed("analyze", "margin", MODEL, "--examples", "20", "--on", "run", "--out", "hit")
        self.write_images("set.npz")
        clean, hit = (self.read(name)["result"]["means"][0]["value"] for name in ("clean", "hit"))
        self.assertLess(hit, clean - 0.05)
        self.refuse(
            65, "analyze", "margin", MODEL, "--examples", "30", "--on", "run", "--out", "x",
            mentions=["--on", "did not attack image", "20 images"])
        self.refuse(
            65, "analyze", "margin", MODEL, "--data", "set.npz", "--on", "run", "--out", "x",
            mentions=["--on", "other images"])
        shutil.copytree(self.folder / "run", self.folder / "unfinished")
        (self.folder / "unfinished/result.json").unlink()
        self.refuse(
            66, "analyze", "margin", MODEL, "--examples", "20", "--on", "unfinished", "--out", "x",
            mentions=["unfinished", "is not finished"])
        self.succeed(*arguments_of(model=MODEL, examples=20, attacks="fgsm", out="other", eps="1/255"))
        shutil.copy(self.folder / "other/adversarial.h5", self.folder / "run/adversarial.h5")
        self.refuse(
            65, "analyze", "margin", MODEL, "--examples", "20", "--on", "run", "--out", "x",
            mentions=["run/adversarial.h5", "other images than", "repeat the run's command"])
        self.assertFalse((self.folder / "x").exists())

    def test_what_cannot_be_compared_is_refused(self):
        self.refuse(64, "analyze", "margin", MODEL, MODEL, MODEL, mentions=["one checkpoint or two"])
        self.refuse(66, "analyze", "margin", MODEL, "absent.h5", mentions=["absent.h5"])
        other = ROOT / "checkpoints/mnist-smallcnn-trades.h5"
        if other.exists():
            self.refuse(65, *self.margin(other), mentions=["compare networks of one data set"])

    def test_an_analysis_takes_the_place_of_another_whole(self):
        self.succeed(*self.margin("--out", "a"))
        (self.folder / "a/margin.pdf").write_text("made by hand")
        stale = self.folder / f"a.{re.sub('[^0-9A-Za-z]', '_', socket.gethostname())}-99999999.partial"
        stale.mkdir()
        self.succeed(*self.margin("--out", "a", "--seed", "1"))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["a"])
        self.assertEqual(self.read("a")["result"]["seed"], 1)
        self.assertFalse((self.folder / "a/margin.pdf").exists())

    def test_a_folder_of_something_else_stays(self):
        place = self.folder / "mine"
        place.mkdir()
        (place / "thesis.tex").write_text("x")
        self.refuse(74, *self.margin("--out", "mine"), mentions=["mine", "thesis.tex", "analysis.json"])
        self.assertEqual([path.name for path in place.iterdir()], ["thesis.tex"])
