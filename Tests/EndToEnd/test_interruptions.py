"""Signals, full disks and clocks: how a run ends that cannot go on."""

import json
import os
import resource
import signal
import subprocess
import time

import program
from program import arguments_of, Case, MODEL

LONG = ["--examples", "48", "--attacks", "apgd-ce(steps=60),apgd-t(steps=60,targets=4)",
        "--progress", "none"]


class Signals(Case):
    def start_settling(self, *before):
        process = subprocess.Popen(
            [*before, program.PROGRAM, *map(str, [*arguments_of(out="run"), *LONG])],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ledger = self.folder / "run/ledger.jsonl"
        while process.poll() is None and not (ledger.exists() and ledger.stat().st_size):
            time.sleep(0.01)
        return process

    def test_a_closed_terminal_ends_a_run_like_any_signal(self):
        process = self.start_settling()
        process.send_signal(signal.SIGHUP)
        code, _, errors = self.finish(process)
        self.assertEqual(code, 75, errors)
        self.expect_sentence(errors, ["the same command goes on"])

    def test_nohup_is_respected(self):
        process = self.start_settling("nohup")
        process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.finish(process)[0], 75)

    def test_a_second_signal_leaves_a_sentence_too(self):
        process = self.start_settling()
        # While the first is being heeded, or in the place of it: the process has one answer.
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            process.send_signal(signal.SIGTERM)
        code, _, errors = self.finish(process)
        self.assertEqual(code, 75, errors)
        self.expect_sentence(errors, ["the same command goes on"])


class FullDisks(Case):
    """A limit on the size of files, which fails as a full disk does: in the middle of a file."""

    def run_limited(self, limit, *words):
        return subprocess.run(
            [program.PROGRAM, *map(str, words)], cwd=self.folder, capture_output=True, text=True,
            timeout=240, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))

    def leftovers(self):
        return [str(path) for path in self.folder.rglob("*.partial")]

    def test_a_checkpoint_that_does_not_fit_leaves_nothing(self):
        for limit in (0, 1000, 20_000, MODEL.stat().st_size // 2):
            with self.subTest(limit=limit):
                found = self.run_limited(limit, "import", MODEL, "-o", "copy.h5")
                self.assertEqual(found.returncode, 74, found.stderr)
                self.expect_sentence(found.stderr, ["copy.h5"])
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_run_that_fills_the_disk_goes_on_when_there_is_room(self):
        words = [*arguments_of(out="run"), "--examples", "8", "--attacks", "apgd-ce(steps=5)",
                 "--progress", "none"]
        for limit in (100, 5000, 1200, 30_000):
            with self.subTest(limit=limit):
                found = self.run_limited(limit, *words)
                self.assertEqual(found.returncode, 74, found.stderr)
                self.expect_sentence(found.stderr)
                self.assertEqual(self.leftovers(), [])
        self.succeed(*words)
        self.succeed("verify", "run")
        ledger = (self.folder / "run/ledger.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(line)["line"] for line in ledger], list(range(len(ledger))))
        self.assertFalse((self.folder / "run/ledger.jsonl.damaged").exists())

    def test_what_a_killed_process_left_half_written_is_swept(self):
        words = [*arguments_of(out="run"), "--examples", "4", "--attacks", "fgsm", "--progress", "none"]
        self.succeed(*words)
        (self.folder / "run/result.json.4711-3.partial").write_text("{")
        self.succeed(*words)
        self.assertEqual(self.leftovers(), [])
        self.assertFalse((self.folder / "run/owner").exists())
        self.assertTrue(os.path.exists(self.folder / "run/lock"))
