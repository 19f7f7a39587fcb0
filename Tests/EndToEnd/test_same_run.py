"""What belongs to one run, what in its folder is believed, and who may write there."""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import time

from program import arguments_of, Case, MODEL, PROGRAM, result, SHORT, timeless_files

QUICK = ["--examples", "6", "--attacks", "apgd-ce(steps=3)", "--progress", "none"]


def sealed(line):
    """A ledger's line with the checksum that belongs to it."""
    body = line[: line.index(',"sum":')] + "}"
    return body[:-1] + ',"sum":"' + hashlib.sha256(body.encode()).hexdigest()[:16] + '"}'


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Architectures(Case):
    """resnet14-A and bss-resnet14 have parameters of the same names and shapes, and other strides."""

    def setUp(self):
        super().setUp()
        trainer = pathlib.Path(PROGRAM).with_name("robtrain")
        if not trainer.exists():
            self.skipTest("robtrain was not built")
        noise = random.Random(1)
        folder = self.folder / "cifar-10-batches-bin"
        folder.mkdir()
        for name in ["test_batch.bin", *(f"data_batch_{number}.bin" for number in range(1, 6))]:
            (folder / name).write_bytes(b"".join(
                bytes([label]) + bytes(25 * label + noise.randrange(30) for _ in range(3072))
                for label in [*range(10), *range(10)]))
        subprocess.run(
            [trainer, "natural", "--arch", "resnet14-A", "--dataset", "cifar10", "--data", self.folder,
             "--epochs", "1", "--batch", "20", "--held-out", "none", "--output", self.folder / "trained"],
            check=True, capture_output=True, timeout=240)
        self.succeed("export", "trained/final.h5", "-o", "weights.safetensors")

    def words(self, architecture, folder, *more):
        return [*arguments_of("weights.safetensors", arch=architecture, data=".", dataset="cifar10",
                              examples="10", attacks="fgsm", progress="none", out=folder), *more]

    def test_the_same_weights_as_another_network_are_another_run(self):
        self.succeed(*self.words("resnet14-A", "run"))
        mentions = ["architecture is resnet14-A there and bss-resnet14 here"]
        before = files_of(self.folder / "run")
        self.refuse(65, *self.words("bss-resnet14", "run"), mentions=mentions)
        self.assertEqual(files_of(self.folder / "run"), before)
        self.succeed(*self.words("resnet14-A", "part0", "--shard", "0/2"))
        self.succeed(*self.words("bss-resnet14", "part1", "--shard", "1/2"))
        self.refuse(65, "merge", "part0", "part1", "-o", "whole", mentions=mentions)


class Folders(Case):
    def test_another_instruction_set_is_another_run(self):
        self.succeed(*arguments_of(out="run"), *QUICK)
        settings = json.loads((self.folder / "run/run.json").read_text())
        before = files_of(self.folder / "run")
        name, words = ("AVX2", "AVX2") if settings["rounding"][0] == "AVX-512" else ("SSE41", "SSE4.1")
        lowered = {"ONEDNN_MAX_CPU_ISA": name}
        self.refuse(
            65, *arguments_of(out="run"), *QUICK, environment=lowered,
            mentions=["rounding is", settings["rounding"][0], words])
        self.assertEqual(files_of(self.folder / "run"), before)
        for number in range(2):
            self.succeed(
                *arguments_of(out=f"part{number}"), *QUICK, "--shard", f"{number}/2",
                environment=lowered if number else None)
        self.assertIn(words, (self.folder / "part1/report.md").read_text())
        self.refuse(65, "merge", "part0", "part1", "-o", "whole", mentions=["rounding is"])
        self.assertFalse((self.folder / "whole").exists())

    def test_a_folder_of_something_else_is_left_alone(self):
        folder = self.folder / "mine"
        folder.mkdir()
        (folder / "report.md").write_text("my own\n")
        self.refuse(65, *arguments_of(out="mine"), *QUICK, mentions=["report.md", "--out"])
        self.succeed(*arguments_of(out="part"), *QUICK, "--shard", "0/1")
        self.refuse(65, "merge", "part", "-o", "mine", mentions=["report.md", "--out"])
        self.assertEqual(files_of(folder), {"report.md": b"my own\n"})

    def test_networks_of_one_name_get_folders_of_their_own(self):
        for name, scale in (("a", "1"), ("b", "2")):
            (self.folder / name).mkdir()
            self.succeed(
                "import", MODEL, "-o", f"{name}/final.h5", "--mean", "0,0,0", "--std", ",".join([scale] * 3))
            self.succeed(*arguments_of(f"{name}/final.h5"), *QUICK)
        self.assertEqual(len(list((self.folder / "Reports").iterdir())), 2)

    def test_the_spelling_of_the_radius_is_the_first_ones(self):
        self.succeed(*arguments_of(out="run"), *QUICK)
        before = (self.folder / "run/report.md").read_text()
        self.succeed(*arguments_of(out="run", eps="0.03137254901960784"), *QUICK)
        self.assertEqual(json.loads((self.folder / "run/result.json").read_text())["eps"], "8/255")
        self.succeed("verify", "run")
        self.assertIn("8/255", before)

    def test_a_ledger_that_leads_elsewhere_is_refused(self):
        self.succeed(*arguments_of(out="run"), *QUICK)
        ledger = self.folder / "run/ledger.jsonl"
        ledger.rename(self.folder / "elsewhere")
        before = (self.folder / "elsewhere").read_bytes()
        ledger.symlink_to(self.folder / "elsewhere")
        self.refuse(65, *arguments_of(out="run"), *QUICK, mentions=["ledger.jsonl", "symbolic link"])
        self.assertEqual((self.folder / "elsewhere").read_bytes(), before)


class Ledgers(Case):
    def setUp(self):
        super().setUp()
        self.succeed(*arguments_of(out="run"), *SHORT)
        self.run_folder = self.folder / "run"
        self.ledger = self.run_folder / "ledger.jsonl"
        self.whole = (result(self.run_folder), timeless_files(self.run_folder))
        self.lines = self.ledger.read_text().splitlines()

    def resume(self, mentions):
        code, _, errors = self.run_program(*arguments_of(out="run"), *SHORT, "--progress", "none")
        self.assertEqual(code, 0, errors)
        for mention in mentions:
            self.assertIn(mention, errors)
        self.assertEqual(
            (result(self.run_folder), timeless_files(self.run_folder)), self.whole, mentions)
        self.succeed("verify", "run")

    def test_every_kind_of_damage_is_named_and_done_again(self):
        fooled = [n for n, line in enumerate(self.lines) if '"record":' in line]
        swapped = list(self.lines)
        for line, other in (fooled[:2], fooled[1::-1]):
            record = json.loads(self.lines[other])["record"]
            mine = json.loads(self.lines[line])["record"]
            swapped[line] = sealed(
                self.lines[line].replace(f'"record":{mine},', f'"record":{record},'))
        huge = json.loads(self.lines[2])["passes"]["forwards"]
        for lines, mentions in [
            ([*self.lines[:3], "\0" * 40, *self.lines[3:]], ["ledger.jsonl: line 4: is damaged"]),
            ([*self.lines[:3], "", *self.lines[3:]], ["line 4: is damaged"]),
            ([*self.lines[:9], "{}", *self.lines[10:]], ["line 10: is damaged"]),
            ([*self.lines[:9], *self.lines[10:]], ["are missing"]),
            ([*self.lines, self.lines[4]], ["is a copy of line 5"]),
            ([*self.lines[:5], self.lines[6], self.lines[5], *self.lines[7:]], ["line 6: stands before"]),
            (swapped, ["of adversarial.f32, is damaged"]),
            ([*self.lines, sealed(self.lines[0].replace('"index":', '"index":99').replace(
                '"line":0', f'"line":{len(self.lines)}'))], ["which is not the run's"]),
            ([*self.lines[:2], sealed(self.lines[2].replace(
                f'"forwards":{huge}', '"forwards":9223372036854775807')), *self.lines[3:]],
             ["line 3: is damaged"]),
        ]:
            with self.subTest(mentions=mentions):
                self.ledger.write_text("\n".join(lines) + "\n")
                self.resume(mentions)

    def test_a_ledger_without_checksums_is_verified_continued_and_merged(self):
        old = []
        for line in self.lines:
            entry = {k: v for k, v in json.loads(line).items() if k not in ("line", "sum", "record_sum")}
            old.append(json.dumps(entry, separators=(",", ":"), sort_keys=True))
        self.ledger.write_text("\n".join(old) + "\n")
        settings = json.loads((self.run_folder / "run.json").read_text())
        self.succeed("verify", "run")
        self.succeed("merge", "run", "-o", "merged")
        self.assertEqual(result(self.folder / "merged"), self.whole[0])
        self.ledger.write_text("\n".join(old[:-3]) + "\n" + old[-3][:20])
        self.resume([])
        self.assertTrue(all('"sum":' in line for line in self.ledger.read_text().splitlines()))
        self.assertEqual(settings, json.loads((self.run_folder / "run.json").read_text()))


class Writers(Case):
    def start_writing(self):
        words = [*arguments_of(out="run"), "--examples", "48", "--attacks",
                 "apgd-ce(steps=60),apgd-t(steps=60,targets=4)", "--progress", "none"]
        process = self.start(*words)
        ledger = self.folder / "run/ledger.jsonl"
        while process.poll() is None and not (ledger.exists() and ledger.read_bytes().count(b"\n") > 3):
            time.sleep(0.01)
        return process, words

    def test_without_the_lock_the_owner_file_keeps_a_second_writer_out(self):
        process, words = self.start_writing()
        (self.folder / "run/lock").unlink()
        self.refuse(74, *words, mentions=["another process", str(process.pid)])
        owner = self.folder / "run/owner"
        name = json.loads(owner.read_text())
        owner.write_text(json.dumps({**name, "host": "node7", "process": 1}))
        code, _, errors = self.finish(process)
        self.assertEqual(code, 74, errors)
        self.expect_sentence(errors, ["node7", "taken this run over"])
        self.assertEqual(json.loads(owner.read_text())["host"], "node7")
        owner.write_text(json.dumps({**name, "started": "1"}))
        self.assertEqual(self.run_program(*words)[0], 0)

    def test_a_folder_that_is_deleted_is_said_to_be(self):
        process, _ = self.start_writing()
        os.rename(self.folder / "run", self.folder / "gone")
        code, _, errors = self.finish(process)
        self.assertEqual(code, 74, errors)
        self.expect_sentence(errors, ["run: the folder was deleted"])
