"""What is reported is what was measured: runs without attacks, tables of runs, shares and radii."""

import csv
import json
import re

from program import IMAGES, MODEL, ONNX, Case

TINY = ["--model", ONNX, "--data", IMAGES, "--progress", "none"]
SHIPPED = ["--model", MODEL, "--examples", "8", "--progress", "none"]


class Unattacked(Case):
    """Without attacks there is a clean accuracy and no robust one, wherever somebody may look."""

    def test_no_output_has_a_robust_accuracy(self):
        outputs = {}
        for style in ["summary", "md", "csv", "json"]:
            outputs[style] = self.succeed(
                *TINY, "--eps", "1/255,8/255", "--attacks", "none", "--out", "run", "--output", style)
        run = self.folder / "run"
        for name in ["report.md", "log.txt", "results.csv", "model_info.json"]:
            outputs[name] = (run / name).read_text()
        for style in ["md", "csv", "html"]:
            outputs["board." + style] = self.succeed("report", "run", "--format", style)
        for name, text in outputs.items():
            with self.subTest(name=name):
                self.assertIsNone(re.search(r"robust[^\n]*[0-9.]+ ?%", text.replace("95 %", "")), text)
                if name != "json":
                    self.assertIn("not attacked", text.lower())
        self.assertFalse((run / "curve.csv").exists())
        result = json.loads((run / "result.json").read_text())
        for key in ["robust", "robust_accuracy", "robust_indices", "clopper_pearson95", "wilson95", "verdict"]:
            self.assertIsNone(result[key], key)
        self.assertEqual(len(result["clean_correct_indices"]), result["clean_correct"])
        self.assertIsNone(json.loads(outputs["model_info.json"])["unreliable"])
        lines = outputs["results.csv"].splitlines()[1:]
        self.assertEqual({line.split(",")[4] for line in lines}, {"not attacked"})

    def test_demands_on_robustness_need_attacks(self):
        none = [*TINY, "--eps", "8/255", "--attacks", "none", "--out", "run"]
        for words in [["--fail-under", "50"], ["--strict"], ["--log-format", "autoattack"]]:
            self.refuse(64, *none, *words, mentions=[words[0], "attacks"])

    def test_two_runs_without_attacks_are_compared_by_their_clean_images(self):
        self.succeed(*TINY, "--eps", "8/255", "--attacks", "none", "--out", "a")
        self.succeed(*TINY, "--eps", "8/255", "--attacks", "fgsm", "--out", "b")
        text = self.succeed("diff", "a", "a")
        self.assertIn("not attacked", text)
        self.assertIn("correct in both", text)
        self.refuse(65, "diff", "a", "b", mentions=["not attacked"])


class Boards(Case):
    """One table for each data set, norm and radius."""

    def test_a_run_with_several_radii_stands_in_the_table_of_each(self):
        self.succeed(*SHIPPED, "--eps", "1/255,8/255", "--attacks", "fgsm", "--out", "both")
        self.succeed(*SHIPPED, "--eps", "8/255", "--attacks", "fgsm", "--out", "one")
        self.succeed(*SHIPPED, "--eps", "0.5", "--norm", "L2", "--attacks", "fgsm", "--out", "l2")
        self.succeed(*SHIPPED, "--eps", "8/255", "--attacks", "none", "--out", "none")
        self.succeed(*SHIPPED, "--eps", "8/255", "--attacks", "fgsm", "--offset", "1", "--out", "few")
        runs = ["both", "one", "l2", "none", "few"]
        rows = list(csv.DictReader(self.succeed("report", *runs, "--format", "csv").splitlines()))
        places = [(row["norm"], row["eps"], row["rank"]) for row in rows]
        self.assertEqual(
            places,
            [("L2", "0.5", "1"), ("Linf", "1/255", "1"), ("Linf", "8/255", "1"), ("Linf", "8/255", "1"),
             ("Linf", "8/255", ""), ("Linf", "8/255", "")])
        result = json.loads((self.folder / "both/result.json").read_text())
        for row, radius in zip(rows[1:3], result["radii"]):
            self.assertEqual(row["robust accuracy"], f"{100 * radius['robust_accuracy']:.2f}")
        reasons = sorted(row["not ranked because"] for row in rows[4:])
        self.assertEqual(reasons[0], "not attacked")
        self.assertTrue(reasons[1].startswith("other images: indices "), reasons)
        page = self.succeed("report", *runs)
        self.assertEqual(page.count("## "), 3)
        self.assertEqual(page.count("Not ranked:"), 1)
        self.assertEqual(self.succeed("report", *runs, "--format", "html").count("<h2>"), 3)


class Intervals(Case):
    def test_one_kind_of_interval_is_shown_and_named(self):
        summary = self.succeed(*SHIPPED, "--eps", "1/255,8/255", "--attacks", "fgsm", "--out", "run")
        report = (self.folder / "run/report.md").read_text()
        curve = (self.folder / "run/curve.csv").read_text()
        board = self.succeed("report", "run")
        for text in [summary, report, board]:
            self.assertGreater(text.count("95 %"), 0)
            self.assertEqual(text.count("95 %"), text.count("95 % interval (Clopper–Pearson)"))
            self.assertNotIn("Wilson", text)
        self.assertTrue(curve.startswith("eps,eps_value,robust,n,robust_accuracy,clopper_pearson95_lower,"))
        result = json.loads((self.folder / "run/result.json").read_text())
        for part in [result, *result["radii"]]:
            self.assertEqual(len(part["wilson95"]), 2)
            lower, upper = part["clopper_pearson95"]
            # Exact intervals are never narrower than Wilson's.
            self.assertGreaterEqual(upper - lower, part["wilson95"][1] - part["wilson95"][0])


class OneImage(Case):
    def test_one_image_is_not_called_images(self):
        words = ["--model", MODEL, "--examples", "1"]
        texts = list(self.run_program(*words, "--eps", "8/255", "--attacks", "fgsm", "--out", "run")[1:2])
        texts += [(self.folder / "run" / name).read_text() for name in ("report.md", "model_info.json")]
        texts += [self.succeed("predict", *words, "--out", "p.h5"), self.succeed("report", "run")]
        for text in texts:
            self.assertNotRegex(text, r"(?<!of )\b1 (images|lanes|forwards|backwards|claims)\b")


class Shares(Case):
    def test_a_share_below_one_says_whether_it_is_percent(self):
        run = ["--eps", "8/255", "--attacks", "fgsm", "--out", "run", *SHIPPED]
        self.refuse(64, *run, "--fail-under", "0.5", mentions=["--fail-under", "50 or 0.5%"])
        self.refuse(64, *run, "--fail-under", "0.475", mentions=["47.5 or 0.475%"])
        for text in ["101", "-1", "half", "101%", "nan", "%", "inf"]:
            self.refuse(64, *run, "--fail-under", text, mentions=["--fail-under", "0 to 100", text])
        for text in ["0", "0%"]:
            self.succeed(*run, "--fail-under", text)
        self.assertEqual(self.run_program(*run, "--fail-under", "100%")[0], 3)
        self.succeed(*run, "--fail-under", "0.5%")


class Radii(Case):
    def test_a_radius_that_forbids_nothing_is_noted(self):
        # 3 × 8 × 8 = 192 pixels: 13.86 and 192 are the largest distances.
        for norm, eps, largest in [("L2", "100", "13.86"), ("L1", "192", "192.0"), ("Linf", "1", "1.0")]:
            words = [*TINY, "--eps", eps, "--norm", norm, "--attacks", "fgsm", "--out", norm]
            note = f"radius {eps}: no two images are farther apart than {largest} in {norm}"
            self.assertIn(note, self.succeed(*words))
            self.assertIn(note, (self.folder / norm / "report.md").read_text())
        text = self.succeed(*TINY, "--eps", "13.8", "--norm", "L2", "--attacks", "fgsm", "--out", "less")
        self.assertNotIn("radius 13.8", text)


class Work(Case):
    def test_more_lanes_and_width_than_work_are_not_taken_and_change_nothing(self):
        results = []
        for number, words in enumerate([[], ["--width", "4096"], ["--lanes", "500", "--width", "1"]]):
            out = f"run{number}"
            code, _, errors = self.run_program(
                "--model", MODEL, "--eps", "8/255", "--examples", "5", "--progress", "none", "--out", out,
                "--attacks", "apgd-ce(steps=3),square(queries=40)", *words)
            self.assertEqual(code, 0, errors)
            for word in words[:2]:
                self.assertIn(word, errors)
            self.assertEqual("the results are the same" in errors, bool(words))
            results.append((self.folder / out / "results.csv").read_text())
        self.assertEqual(len(set(results)), 1)


class Attacks(Case):
    def test_attacks_and_settings_are_listed(self):
        text = self.succeed("attacks")
        for word in ["apgd-ce:", "svgd-author-code:", "queries=5000", "torchattacks: APGDT", "rand in L1:"]:
            self.assertIn(word, text)
        page = self.succeed("attacks", "apgd_ce")
        for word in ["steps", "default 100", "ICML 2020", "auto-attack: apgd-ce", "l1, never"]:
            self.assertIn(word, page)
        self.refuse(64, "attacks", "apgd", mentions=["apgd", "apgd-ce"])
