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
            ("penultimat", ["--features: penultimat", "those are penultimate, ", ", input, ", "layer1.0.conv1"]),
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
        self.succeed(*self.margin("--out", "a", "--pdf"))
        for name in "margin", "margin-sorted":
            self.assertEqual((self.folder / f"a/{name}.pdf").read_bytes()[:5], b"%PDF-")
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


class Compared(Case):
    """Analyses of several networks: the same numbers on any number of lanes, and what they refuse."""

    def read(self, name):
        return json.loads((self.folder / name / "analysis.json").read_text())["result"]

    def test_transfer_counts_images_that_fool_other_networks(self):
        self.succeed(*arguments_of(model=MODEL, examples=24, attacks="apgd-ce(steps=5)", out="run"))
        self.succeed("analyze", "transfer", "run", OTHER, MODEL, "--out", "t")
        other, own = self.read("t")["cells"]
        self.assertEqual(own["fooled"], own["images"])
        self.assertEqual((own["correct"], own["rate"]), (own["images"], 1))
        self.assertLess(other["fooled"], other["correct"])
        self.assertLess(other["correct"], other["images"])
        self.refuse(64, "analyze", "transfer", "run", mentions=["no checkpoint"])
        self.refuse(64, "analyze", "transfer", OTHER, mentions=["no folder"])
        self.succeed(*arguments_of(model=MODEL, examples=4, attacks="fgsm", eps="1e-9", out="nothing"))
        self.refuse(65, "analyze", "transfer", "nothing", OTHER, mentions=["nothing", "fooled no image"])

    def test_similarity_and_diversity_are_the_same_on_any_number_of_lanes(self):
        likeness = ["analyze", "similarity", MODEL, OTHER, MODEL, "--examples", "12", "--targets", "2", "--steps", "40"]
        spread = ["analyze", "diversity", MODEL, "--examples", "6", "--particles", "2,3", "--radius", "3"]
        for name, words in ("s", likeness), ("d", spread):
            for lanes in "1", "2":
                self.succeed(*words, "--lanes", lanes, "--out", name + lanes)
            self.assertEqual(self.read(name + "1"), self.read(name + "2"))
        other, own = self.read("s1")["students"]
        self.assertAlmostEqual(own["magnitude"]["value"], 1, delta=1e-6)
        self.assertAlmostEqual(own["angle"]["value"], 1, delta=1e-6)
        self.assertLess(other["magnitude"]["value"], 1)
        self.assertEqual(own["pairs"], 2 * own["images"])
        self.assertEqual(own["used"] + own["unchanged"] + own["zero"], own["pairs"])
        self.assertEqual(len(self.read("d1")["rows"]), 4)

    def test_bad_demands_are_refused(self):
        similarity = ["analyze", "similarity", MODEL, OTHER, "--examples", "2"]
        diversity = ["analyze", "diversity", MODEL, "--examples", "2"]
        for code, words, mentions in [
            (64, [*similarity, "--targets", "10"], ["--targets", "9"]),
            (64, [*similarity, "--space", "warped"], ["--space", "pixel, cifar10"]),
            (64, [*similarity, "--space", "pixel", "--author-space"], ["--author-space"]),
            (65, [*similarity, "--rate", "1e-9"], ["classify correctly", "--steps"]),
            (64, [*diversity, "--particles", "1"], ["--particles", "no distance"]),
            (64, [*diversity, "--sigma", "wide"], ["--sigma"]),
            (65, [*diversity, "--particles", "2", "--radius", "1e-6", "--steps", "1", "--space", "pixel"],
             ["no particle fools"]),
        ]:
            self.refuse(code, *words, "--out", "x", mentions=mentions)
            self.assertFalse((self.folder / "x").exists())

    def test_curves_come_from_runs_alone(self):
        attacks = "apgd-ce(steps=3),fab-t(steps=3,targets=1)"
        self.succeed(*arguments_of(model=MODEL, examples=12, eps="1/255,8/255", attacks=attacks, out="nested"))
        self.succeed(*arguments_of(model=MODEL, examples=12, eps="4/255", attacks=attacks, out="single"))
        self.succeed(*arguments_of(model=MODEL, examples=12, eps="0.5", norm="L2", attacks="fgsm", out="l2"))
        self.succeed(*arguments_of(model=MODEL, examples=9, attacks="fgsm", out="few"))
        self.succeed("analyze", "curve", "nested", "single", "--out", "c")
        (series,) = self.read("c")["series"]
        self.assertEqual([point["eps"] for point in series["points"]], ["0", "1/255", "4/255", "8/255"])
        shares = [point["accuracy"] for point in series["points"]]
        self.assertEqual(shares, sorted(shares, reverse=True))
        expected = json.loads((self.folder / "nested/result.json").read_text())
        self.assertEqual(shares[0], expected["clean_accuracy"])
        self.assertEqual([shares[1], shares[3]], [radius["robust_accuracy"] for radius in expected["radii"]])
        self.assertEqual(series["distances"], sorted(series["distances"]))
        self.assertTrue((self.folder / "c/distances.csv").exists())
        self.refuse(65, "analyze", "curve", "nested", "l2", "--out", "x", mentions=["l2", "in L2", "in Linf"])
        self.refuse(65, "analyze", "curve", "nested", "few", "--out", "x", mentions=["few", "other images"])
        self.refuse(66, "analyze", "curve", "absent", "--out", "x", mentions=["absent"])

    def test_options_of_an_analysis_are_looked_up_in_its_own_help(self):
        self.refuse(
            64, "analyze", "margin", MODEL, "--sead", "1", mentions=["--sead", "--seed", "robeval analyze margin --help"])
        self.refuse(64, "analyze", "margin", MODEL, "--seed", "1", "--seed", "2", mentions=["--seed", "twice"])

    def test_ambiguous_images_and_their_labels(self):
        self.succeed("analyze", "ambiguous", MODEL, "--examples", "30", "--show", "3", "--out", "a")
        result = self.read("a")
        self.assertEqual(len(result["images"]), 3)
        for image in result["images"]:
            data = (self.folder / f"a/image-{image['index']}.png").read_bytes()
            self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
            for row in image["probabilities"]:
                self.assertEqual(row, sorted(row, reverse=True))
                self.assertLess(sum(row), 1 + 1e-9)
        self.assertEqual(result["shares"], sorted(result["shares"]))
        self.refuse(
            65, "analyze", "ambiguous", MODEL, "--examples", "3", "--temperature", "0.001", "--out", "x",
            mentions=["--temperature", "--spread"])
        self.refuse(64, "analyze", "ambiguous", MODEL, "--spread", "2", mentions=["--spread"])

    def test_discrepancy_needs_no_checkpoint_and_is_repeated(self):
        for name in "a", "b":
            self.succeed("analyze", "discrepancy", "--images", "1000", "--seed", "3", "--out", name)
        self.assertEqual(self.read("a"), self.read("b"))
        self.refuse(64, "analyze", "discrepancy", "--epsilon", "0.5", mentions=["--epsilon", "--gamma"])

    def test_features_are_mapped_the_same_on_any_number_of_threads(self):
        words = ["analyze", "features", MODEL, "--examples", "24", "--attack", "fgsm", "--iterations", "60"]
        for lanes in "1", "2", "3":
            self.succeed(*words, "--lanes", lanes, "--out", lanes)
        csv = [(self.folder / lanes / "features.csv").read_bytes() for lanes in ("1", "2", "3")]
        self.assertEqual(csv[0], csv[1])
        self.assertEqual(csv[0], csv[2])
        self.assertEqual(self.read("1"), self.read("3"))
        self.assertEqual(csv[0].count(b"\n"), 49)
        self.refuse(
            64, "analyze", "features", MODEL, "--examples", "24", "--attack", "standard", "--out", "x",
            mentions=["--attack", "one attack"])
        words[4] = "3"
        for code, more, mentions in [
            (64, ["--classes", "3"], ["--classes", "two or more"]),
            (64, ["--classes", "3,10"], ["--classes", "0 to 9"]),
            (65, ["--classes", "0,1", "--offset", "7"], ["four of two classes"]),
            (64, ["--perplexity", "1"], ["--perplexity"]),
        ]:
            self.refuse(code, *words, *more, "--out", "x", mentions=mentions)
            self.assertFalse((self.folder / "x").exists())
