"""Trainings that several processes take together, where Open MPI is installed."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

from program import PROGRAM, Case
from train_end_to_end import write_digits

TRAINER = pathlib.Path(PROGRAM).with_name("robtrain")
MPIRUN = shutil.which("mpirun")
# A rank that was told to end may save what it has before it is ended by force.
STARTER = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "btl", "self,vader",
           "--mca", "odls_base_sigkill_timeout", "4"]


class RankCase(Case):
    def setUp(self):
        super().setUp()
        if not TRAINER.exists():
            self.skipTest("robtrain was not built")
        write_digits(self.folder)

    def words(self, output, *more, batch=40, epochs=2):
        return ["natural", "--arch", "mnist-smallcnn", "--dataset", "mnist", "--data", self.folder,
                "--batch", batch, "--epochs", epochs, "--held-out", "last:40", "--threads", "1",
                "--lr", "0.05", "--progress", "none", "--output", self.folder / output, *more]

    def begin(self, ranks, words, environment=None):
        start = STARTER + ["-n", str(ranks)] if ranks > 1 else []
        return subprocess.Popen(
            [*start, str(TRAINER), *map(str, words)], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
            env={**os.environ, "OMP_WAIT_POLICY": "passive", **(environment or {})})

    def end(self, process):
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def train(self, ranks, words):
        code, output, errors = self.end(self.begin(ranks, words))
        self.assertEqual(code, 0, errors)
        return output

    def weights(self, output):
        return (self.folder / output / "final.h5").read_bytes()


class WithoutMPI(RankCase):
    def test_ranks_without_the_library_are_told_what_to_install(self):
        code, output, errors = self.end(self.begin(1, self.words("run"), {
            "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2",
            "LD_LIBRARY_PATH": str(self.fake_library())}))
        self.assertEqual((code, output), (65, ""), errors)
        self.assertIn("is not Open MPI", errors)
        self.assertFalse((self.folder / "run").exists())

    def fake_library(self):
        """A library of the right name that is something else."""
        folder = self.folder / "library"
        folder.mkdir()
        compression = next(pathlib.Path("/usr/lib").glob("*/libz.so.1"))
        (folder / "libmpi.so.40").symlink_to(compression)
        return folder

    def test_joined_statistics_need_several_processes(self):
        code, output, errors = self.end(self.begin(1, self.words("run", "--sync-batchnorm")))
        self.assertEqual((code, output), (64, ""), errors)
        self.assertIn("start them with mpirun", errors)


@unittest.skipUnless(MPIRUN, "mpirun is not installed")
class Ranks(RankCase):
    def test_ranks_repeat_to_the_bit_and_speak_once(self):
        outputs = [self.train(2, self.words(name)) for name in ("one", "two")]
        self.assertEqual(self.weights("one"), self.weights("two"))
        self.assertEqual(outputs[0].count("checkpoint: "), 1)
        self.assertIn("2 ranks", (self.folder / "one/training.md").read_text())

    def test_a_run_goes_on_with_as_many_ranks_only(self):
        self.train(4, self.words("whole"))
        words = self.words("parts")
        process = self.begin(4, words)
        while not (self.folder / "parts/last.h5").exists() and process.poll() is None:
            time.sleep(0.02)
        try:
            os.kill(self.last_rank(process.pid), signal.SIGTERM)
        except ProcessLookupError:
            pass
        code, _, errors = self.end(process)
        if code != 0:
            self.assertEqual(code, 75, errors)
            self.assertIn("interrupted with everything kept", errors)
        code, _, errors = self.end(self.begin(2, words))
        self.assertEqual(code, 65, errors)
        self.assertIn("ranks", errors)
        self.train(4, words)
        self.assertEqual(self.weights("parts"), self.weights("whole"))

    def test_a_lost_rank_ends_the_run_in_one_sentence(self):
        words = self.words("run", epochs=200)
        process = self.begin(2, words)
        while not (self.folder / "run/last.h5").exists() and process.poll() is None:
            time.sleep(0.02)
        os.kill(self.last_rank(process.pid), signal.SIGKILL)
        _, _, errors = self.end(process)
        sentences = [line for line in errors.splitlines() if line.startswith("robtrain: ")]
        self.assertEqual(len(sentences), 1, errors)
        self.assertRegex(sentences[0], "no longer answers|interrupted")
        self.assertIn("the same command goes on", sentences[0])
        again = self.begin(2, self.words("run", epochs=200))
        time.sleep(1.5)
        self.assertIsNone(again.poll())
        again.send_signal(signal.SIGTERM)
        self.assertNotEqual(self.end(again)[0], 0)

    def last_rank(self, starter):
        """The process of rank 1 below mpirun."""
        for folder in pathlib.Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                variables = (folder / "environ").read_bytes().split(b"\0")
                parent = int(re.search(r"PPid:\s+(\d+)", (folder / "status").read_text())[1])
            except (OSError, TypeError):
                continue
            if parent == starter and b"OMPI_COMM_WORLD_RANK=1" in variables:
                return int(folder.name)
        self.fail("there is no rank 1")

    def refuse(self, expected, words, ranks=2):
        code, output, errors = self.end(self.begin(ranks, words))
        sentences = [line for line in errors.splitlines() if line.startswith("robtrain: ")]
        self.assertEqual((code, output, len(sentences)), (expected, "", 1), errors)
        return sentences[0]

    def test_more_ranks_than_images_of_a_batch_are_refused(self):
        # 200 images in batches of 66 leave two.
        sentence = self.refuse(64, self.words("run", batch=66), ranks=4)
        self.assertIn("2 images, fewer than 4 ranks", sentence)
        self.assertFalse((self.folder / "run").exists())

    def test_a_missing_file_is_told_once(self):
        words = self.words("run")
        words[words.index(self.folder)] = self.folder / "nowhere"
        self.assertIn("there is no such file", self.refuse(66, words))


if __name__ == "__main__":
    unittest.main()
