"""robeval as a user runs it: exit codes, messages and files."""

import hashlib
import itertools
import json
import math
import random
import re
import signal
import time

from program import (
    arguments_of, Case, find_floats, IMAGES, LONG, MODEL, ONNX, RANDOM, result, ROOT, SHORT, timeless_files)


class Refusals(Case):
    def test_a_wrong_command_line_exits_64(self):
        model = ["--model", MODEL]
        for words, mentions in [
            ([], ["--model"]),
            ([*model], ["--eps"]),
            ([*model, "--eps", "8/255", "--bogus", "1"], ["--bogus"]),
            ([*model, "--eps", "8"], ["--eps", "8/255"]),
            ([*model, "--eps", "eight"], ["--eps", "eight", "8/255"]),
            ([*model, "--eps", "-1/255"], ["--eps"]),
            ([*model, "--eps", "8/255", "--attacks", "apgd-x"], ["apgd-x", "apgd-ce"]),
            ([*model, "--eps", "8/255", "--attacks", "pgd(steps=0)"], ["steps"]),
            ([*model, "--eps", "8/255", "--attacks", "pgd(speed=1)"], ["speed", "steps"]),
            ([*model, "--eps", "8/255", "--attacks", "pgd,pgd"], ["pgd", "twice"]),
            ([*model, "--eps", "8/255", "--norm", "L7"], ["L7", "Linf"]),
            ([*model, "--eps", "8/255", "--seed", "x"], ["--seed"]),
            ([*model, "--eps", "8/255", "--lanes", "0"], ["--lanes"]),
            ([*model, "--eps", "8/255", "--width", "0"], ["--width"]),
            ([*model, "--eps", "8/255", "--backend", "cuda"], ["--backend", "onednn"]),
            ([*model, "--eps", "8/255", "--examples", "0"], ["--examples"]),
            ([*model, "--eps", "8/255", "--examples", "501"], ["--examples", "500", "--data"]),
            ([*model, "--eps", "8/255", "--offset", "500"], ["--offset", "500"]),
            ([*model, "--eps", "8/255", "--progress", "loud"], ["--progress"]),
            (["predict", *model], ["--out"]),
            (["import", MODEL], ["--output"]),
            (["import", MODEL, "-o", "x.h5", "--std", "0,1,1"], ["--std"]),
            (["import", MODEL, "-o", "x.h5", "--mean", "a"], ["--mean", "a"]),
        ]:
            with self.subTest(words=words):
                self.refuse(64, *words, mentions=mentions)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_damaged_checkpoint_exits_65(self):
        whole = MODEL.read_bytes()
        damaged = self.folder / "damaged.h5"
        for count in [0, 1, 7, 100, 5000, len(whole) // 2, len(whole) - 1]:
            damaged.write_bytes(whole[:count])
            with self.subTest(count=count):
                self.refuse(65, *arguments_of(damaged), mentions=["damaged.h5"])
                self.refuse(65, "inspect", damaged, mentions=["damaged.h5"])

    def test_flipped_bits_are_refused_in_one_sentence_or_harmless(self):
        whole = MODEL.read_bytes()
        damaged = self.folder / "damaged.h5"
        for number in range(40):
            data = bytearray(whole)
            for _ in range(4):
                data[RANDOM.randrange(4096)] ^= 1 << RANDOM.randrange(8)
            damaged.write_bytes(data)
            code, _, errors = self.run_program("inspect", damaged)
            with self.subTest(number=number):
                self.assertIn(code, (0, 65), errors)
                if code:
                    self.expect_sentence(errors, ["damaged.h5"])

    def test_a_network_without_numbers_exits_65(self):
        """Weights so large that logits overflow, though every weight is finite."""
        huge = self.folder / "huge.h5"
        self.succeed("import", MODEL, "-o", huge, "--mean", "0,0,0", "--std", "1e-38,1e-38,1e-38")
        self.refuse(65, *arguments_of(huge), *SHORT, "--progress", "none", mentions=["logits"])

    def test_data_that_do_not_fit_exit_65(self):
        self.refuse(65, *arguments_of(dataset="mnist"), mentions=["mnist", "28", "32", "--dataset"])
        self.refuse(65, *arguments_of(data=IMAGES), mentions=["plain", "3×8×8", "3×32×32"])
        self.refuse(65, *arguments_of(data=MODEL), mentions=[MODEL.name, "x"])
        (self.folder / "cifar-10-batches-bin").mkdir()
        batch = self.folder / "cifar-10-batches-bin/test_batch.bin"
        batch.write_bytes(bytes(3073 * 3 + 1))
        self.refuse(65, *arguments_of(data=self.folder), mentions=["test_batch.bin", "3073"])
        batch.write_bytes(bytes([10]) + bytes(3072))
        self.refuse(65, *arguments_of(data=self.folder), mentions=["test_batch.bin", "label", "10"])

    def test_missing_files_exit_66(self):
        nowhere = {"ROBEVAL_DATA": str(self.folder / "nowhere")}
        self.refuse(66, *arguments_of("nosuch.h5"), mentions=["nosuch.h5"])
        self.refuse(66, "inspect", "nosuch.h5", mentions=["nosuch.h5"])
        self.refuse(66, "import", "nosuch.onnx", "-o", "x.h5", mentions=["nosuch.onnx"])
        self.refuse(66, "predict", "--model", MODEL, "--data", "nosuch", "--out", "x.h5", mentions=["nosuch"])
        self.refuse(66, *arguments_of(data="nosuch"), mentions=["nosuch", "--data"])
        self.refuse(66, *arguments_of(data=self.folder), mentions=[str(self.folder), "test_batch.bin"])
        self.refuse(66, *arguments_of(), environment=nowhere, mentions=["nowhere", "ROBEVAL_DATA"])

    def test_places_that_cannot_be_written_exit_74(self):
        (self.folder / "file").write_text("")
        self.refuse(74, *arguments_of(out="file/run"), *SHORT, mentions=["file/run", "--out"])
        self.refuse(74, "import", ONNX, "-o", "nowhere/x.h5", mentions=["nowhere/x.h5"])
        self.refuse(
            74, "predict", "--model", ONNX, "--data", IMAGES, "--out", "file/x.h5", mentions=["file/x.h5"]
        )

    def test_another_run_in_the_folder_exits_65_and_is_left_alone(self):
        self.succeed(*arguments_of(out="run"), *SHORT)
        before = {path: path.read_bytes() for path in (self.folder / "run").iterdir()}
        for option, mentions in [
            (["--eps", "4/255"], ["eps", "0.0313", "0.0156"]),
            (["--seed", "1"], ["seed is 0 there and 1 here"]),
            (["--norm", "L2"], ["norm is Linf there and L2 here"]),
            (["--offset", "1"], ["index 0 there", "index 1 here"]),
            (["--backend", "openblas"], ["backend", "onednn", "openblas"]),
        ]:
            with self.subTest(option=option):
                words = arguments_of(out="run")
                if "--eps" in option:
                    words = ["--model", MODEL, "--out", "run"]
                self.refuse(65, *words, *SHORT, *option, mentions=["run", "--out", *mentions])
        self.assertEqual({path: path.read_bytes() for path in (self.folder / "run").iterdir()}, before)


class Runs(Case):
    def test_reports_agree_with_each_other(self):
        output = self.succeed(*arguments_of(out="run"), *SHORT)
        run = self.folder / "run"
        found = json.loads((run / "result.json").read_text())
        self.assertEqual(found["n"], 8)
        self.assertEqual(found["indices"], list(range(8)))
        fooled = set(itertools.chain(*(attack["fooled_indices"] for attack in found["attacks"])))
        self.assertEqual(found["robust"], len(found["robust_indices"]))
        self.assertEqual(found["robust"], found["clean_correct"] - len(fooled))
        self.assertGreater(found["robust"], 0)
        self.assertGreater(len(fooled), 0)
        for attack in found["attacks"]:
            self.assertEqual(attack["fooled"], len(attack["fooled_indices"]))
        lines = [line.split(",") for line in (run / "results.csv").read_text().splitlines()]
        rows = [dict(zip(lines[0], line)) for line in lines[1:]]
        self.assertEqual([int(row["index"]) for row in rows if row["robust"] == "1"], found["robust_indices"])
        self.assertEqual({int(row["index"]) for row in rows if row["fooled_by"]}, fooled)
        for row in rows:
            if row["fooled_by"]:
                self.assertLessEqual(float(row["distance"]), 8 / 255 + 1e-6)
                self.assertNotEqual(row["adversarial_predicted"], row["label"])
        share = f"{found['robust']} / 8"
        self.assertIn(share, (run / "report.md").read_text())
        self.assertIn(f"robust accuracy: {found['robust'] / 8:.2%}", (run / "log.txt").read_text())
        self.assertIn(f"{found['robust']}/8", output)
        self.assertIn("report: run/report.md", output)
        ledger = [json.loads(line) for line in (run / "ledger.jsonl").read_text().splitlines()]
        self.assertEqual(len(ledger), 8 + sum(attack["attacked"] for attack in found["attacks"]))
        for kind, name in [("json", "result.json"), ("csv", "results.csv")]:
            self.assertEqual(
                self.succeed(*arguments_of(out="run", output=kind), *SHORT), (run / name).read_text()
            )
        page = self.succeed(*arguments_of(out="run", output="md"), *SHORT)
        self.assertEqual(page.rstrip("\n"), (run / "report.md").read_text().rstrip("\n"))

    def test_a_run_without_out_is_found_below_reports(self):
        output = self.succeed(*arguments_of(), *SHORT)
        path = re.search(r"report: (.*)\n", output).group(1)
        digest = hashlib.sha256(MODEL.read_bytes()).hexdigest()
        self.assertTrue(
            path.startswith(f"Reports/cifar10-resnet8-pgdat-{digest[:8]}_cifar10_Linf_8-255"), path)
        self.assertTrue((self.folder / path).exists())

    def test_a_sentence_about_weights_is_no_part_of_a_folders_name(self):
        model = ROOT / "checkpoints/cifar10-resnet8-ikl-at.h5"
        words = ["--model", model, "--eps=8/255", "--attacks", "none", "--examples", "2", "--progress", "none"]
        path = re.search(r"report: (.*)/report.md\n", self.succeed(*words)).group(1)
        digest = hashlib.sha256(model.read_bytes()).hexdigest()[:8]
        self.assertEqual(path, f"Reports/cifar10-resnet8-ikl-at-{digest}_cifar10_Linf_8-255_none_n2_seed0")
        self.assertIn("average over epochs", (self.folder / path / "run.json").read_text())
        # A run that an earlier version put under its long name is found there.
        told = json.loads((self.folder / path / "run.json").read_text())["weights"]
        told = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in told)
        long = path.replace("_cifar10_", f"_{told}_cifar10_")
        (self.folder / path).rename(self.folder / long)
        self.assertIn(f"report: {long}/report.md", self.succeed(*words))

    def test_options_and_attacks_may_be_spelt_with_underscores(self):
        words = ["--model", MODEL, "--eps=8/255", "--examples", "4"]
        self.succeed("evaluate", *words, "--attacks", "apgd-dlr(steps=3)", "--out", "a")
        self.succeed(*words, "--attacks", "apgd_dlr(steps=3)", "--out", "b", "--norm", "l_inf")
        self.assertEqual(result(self.folder / "a"), result(self.folder / "b"))
        self.succeed(
            "predict", "--model", ONNX, "--data", IMAGES, "--out", "x.h5", "--gradient=dlr-targeted"
        )

    def test_a_radius_may_be_a_number(self):
        self.succeed(*arguments_of(eps="8/255", out="a"), *SHORT)
        self.succeed(*arguments_of(eps="0.03137254901960784", out="b"), *SHORT)
        a, b = result(self.folder / "a"), result(self.folder / "b")
        self.assertEqual((a.pop("eps"), b.pop("eps")), ("8/255", "0.03137254901960784"))
        for found in (a, b):
            self.assertEqual(found["radii"][0].pop("eps_value"), 8 / 255)
            found["radii"][0].pop("eps")
        self.assertEqual(a, b)

    def test_lanes_and_width_do_not_change_the_result(self):
        for norm, eps in [("Linf", "8/255"), ("L2", "0.5")]:
            folders = []
            for lanes, width in [(1, 1), (1, 7), (2, 16), (2, 32), (3, 5)]:
                folder = self.folder / f"{norm}-{lanes}-{width}"
                self.succeed(*arguments_of(eps=eps, norm=norm, lanes=lanes, width=width, out=folder), *SHORT)
                folders.append(folder)
            for other in folders[1:]:
                with self.subTest(folder=other.name):
                    self.assertEqual(result(other), result(folders[0]))
                    self.assertEqual(timeless_files(other), timeless_files(folders[0]))

    def test_a_part_of_the_images_has_the_same_answers(self):
        self.succeed(*arguments_of(out="all"), *SHORT)
        self.succeed(*arguments_of(out="part"), *SHORT[2:], "--examples", "3", "--offset", "4")
        every = (self.folder / "all/results.csv").read_text().splitlines()
        part = (self.folder / "part/results.csv").read_text().splitlines()
        self.assertEqual(part[1:], every[5:8])

    def test_published_files_are_read_from_a_folder_or_the_environment(self):
        folder = self.folder / "cifar-10-batches-bin"
        folder.mkdir()
        source = random.Random(1)
        records = [bytes([source.randrange(10)]) + source.randbytes(3072) for _ in range(5)]
        (folder / "test_batch.bin").write_bytes(b"".join(records))
        attacks = ["--attacks", "apgd-ce(steps=2)"]
        self.succeed(*arguments_of(out="a", data=self.folder), *attacks)
        self.succeed(*arguments_of(out="b"), *attacks, environment={"ROBEVAL_DATA": str(folder)})
        found = result(self.folder / "a")
        self.assertEqual(found, result(self.folder / "b"))
        self.assertEqual(found["n"], 5)
        self.assertIn("5 of the 10000", found["dataset_note"])

    def test_progress_can_be_read_by_programs_or_left_out(self):
        code, _, errors = self.run_program(*arguments_of(progress="json", out="a"), *SHORT)
        self.assertEqual(code, 0)
        lines = [json.loads(line) for line in errors.splitlines()]
        self.assertGreater(len(lines), 0)
        for line in lines:
            self.assertEqual(line["n"], 8)
            self.assertLessEqual(line["robust_at_most"], 1)
        self.assertEqual(self.run_program(*arguments_of(progress="none", out="b"), *SHORT)[2], "")

    def test_help_and_version_are_no_errors(self):
        for words in [["--help"], ["evaluate", "--help"], ["--version"], ["architectures"]]:
            self.assertNotEqual(self.succeed(*words), "")


class Interruptions(Case):
    def wait_for_lines(self, process, path, count):
        """Waits until the ledger holds some lines."""
        end = time.monotonic() + 120
        while time.monotonic() < end and process.poll() is None:
            if path.exists() and path.read_bytes().count(b"\n") >= count:
                return
            time.sleep(0.002)
        self.fail(f"ended with {process.poll()} before {count} lines: {process.communicate()}")

    def undisturbed(self):
        self.succeed(*arguments_of(out="whole"), *LONG)
        return self.folder / "whole"

    def test_a_run_killed_three_times_gives_the_same_result(self):
        whole = self.undisturbed()
        lines = (whole / "ledger.jsonl").read_text().splitlines()
        # Images that survive the last attack end together, too quickly for a kill in between.
        before_the_last = sum('"attack":"apgd-t"' not in line for line in lines)
        words = [*arguments_of(out="killed"), *LONG]
        ledger = self.folder / "killed/ledger.jsonl"
        for count in sorted(RANDOM.sample(range(2, before_the_last), 3)):
            process = self.start(*words)
            self.wait_for_lines(process, ledger, count)
            time.sleep(RANDOM.random() * 0.02)
            process.kill()
            self.assertEqual(self.finish(process)[0], -signal.SIGKILL)
            self.assertFalse((self.folder / "killed/result.json").exists())
        before = ledger.read_bytes()
        self.succeed(*words)
        self.assertTrue(ledger.read_bytes().startswith(before[: before.rfind(b"\n") + 1]))
        self.assertEqual(result(self.folder / "killed"), result(whole))
        self.assertEqual(timeless_files(self.folder / "killed"), timeless_files(whole))

    def test_a_torn_last_line_is_done_again(self):
        whole = self.undisturbed()
        before = result(whole)
        ledger = whole / "ledger.jsonl"
        ledger.write_bytes(ledger.read_bytes()[:-20])
        self.succeed(*arguments_of(out="whole"), *LONG)
        self.assertEqual(result(whole), before)

    def test_a_signal_exits_75_and_the_same_command_goes_on(self):
        whole = self.undisturbed()
        words = [*arguments_of(out="stopped", progress="none"), *LONG]
        for number in (signal.SIGTERM, signal.SIGINT):
            process = self.start(*words)
            ledger = self.folder / "stopped/ledger.jsonl"
            known = ledger.read_bytes().count(b"\n") if ledger.exists() else 0
            self.wait_for_lines(process, ledger, known + 5)
            process.send_signal(number)
            code, output, errors = self.finish(process)
            self.assertEqual(code, 75, errors)
            self.assertEqual(output, "")
            self.expect_sentence(errors, ["stopped", "the same command"])
        self.succeed(*words)
        self.assertEqual(result(self.folder / "stopped"), result(whole))
        self.assertEqual(timeless_files(self.folder / "stopped"), timeless_files(whole))

    def test_a_finished_run_is_quick_and_stays_as_it_is(self):
        started = time.monotonic()
        whole = self.undisturbed()
        first = time.monotonic() - started
        before = {path.name: path.read_bytes() for path in whole.iterdir()}
        started = time.monotonic()
        self.succeed(*arguments_of(out="whole"), *LONG)
        self.assertLess(time.monotonic() - started, max(1, first * 0.6))
        self.assertEqual({path.name: path.read_bytes() for path in whole.iterdir()}, before)

    def test_a_second_writer_is_refused(self):
        words = [*arguments_of(out="run"), *LONG]
        first = self.start(*words)
        self.wait_for_lines(first, self.folder / "run/ledger.jsonl", 1)
        self.refuse(74, *words, mentions=["run", "another process"])
        self.assertIsNone(first.poll(), "the first run ended too early to show anything")
        self.assertEqual(self.finish(first)[0], 0)


class Predictions(Case):
    def setUp(self):
        super().setUp()
        fixture = json.loads(ONNX.with_suffix(".json").read_text())
        self.logits = fixture["logits"]
        self.succeed("import", ONNX, "-o", "plain.h5")

    def predict(self, name, *words):
        self.succeed("predict", "--data", IMAGES, "--out", name, "--force", *words)
        return self.folder / name

    def test_logits_are_those_of_onnxs_own_evaluator(self):
        flat = list(itertools.chain(*self.logits))
        for number, words in enumerate(
            [[], ["--exact"], ["--backend", "openblas"], ["--lanes", "1", "--width", "1"]]
        ):
            for model in ("plain.h5", ONNX):
                with self.subTest(words=words, model=model):
                    path = self.predict(f"{number}.h5", "--model", model, *words)
                    self.assertTrue(find_floats(path, flat))

    def test_an_imported_network_answers_bit_for_bit_like_its_original(self):
        for words in [[], ["--gradient", "ce"], ["--gradient", "dlr"]]:
            a = self.predict("a.h5", "--model", "plain.h5", *words).read_bytes()
            b = self.predict("b.h5", "--model", ONNX, *words).read_bytes()
            # But for the checksum of the file that the network came from.
            for model in (self.folder / "plain.h5", ONNX):
                own = hashlib.sha256(model.read_bytes()).hexdigest().encode()
                a, b = a.replace(own, b""), b.replace(own, b"")
            self.assertEqual(a, b)

    def test_the_loss_is_the_cross_entropy_of_the_labels(self):
        losses = []
        for label, logits in enumerate(self.logits, start=1):
            losses.append(math.log(sum(math.exp(z) for z in logits)) - logits[label])
        path = self.predict("loss.h5", "--model", ONNX, "--gradient", "ce")
        self.assertTrue(find_floats(path, losses))

    def test_an_imported_network_is_described_layer_by_layer(self):
        text = self.succeed("inspect", "plain.h5")
        for word in ["3×8×8", "classes       4", "Conv"]:
            self.assertIn(word.lower(), text.lower())
