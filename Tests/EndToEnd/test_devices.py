"""Which device computes and which library decides: what cannot be is refused before anything is read."""

import os

from program import Case, arguments_of
from test_training_options import TrainerCase
from train_end_to_end import write_digits


class Devices(Case):
    def refuse_options(self, *options, words):
        self.refuse(64, *arguments_of(out="run"), *options, mentions=words)
        self.assertEqual(os.listdir(self.folder), [])

    def test_devices_of_two_kinds_do_not_share_a_run(self):
        self.refuse_options("--backend", "torch", "--device", "cuda:0,cpu", words=["--device", "cuda:0,cpu"])

    def test_a_device_is_named_once(self):
        self.refuse_options("--backend", "torch", "--device", "cuda:1,cuda:1", words=["each once", "cuda:1,cuda:1"])

    def test_several_devices_need_pytorch(self):
        self.refuse_options("--device", "cuda:0,cuda:1", words=["--device cuda:0,cuda:1", "--backend torch"])

    def test_pytorch_decides_only_where_it_searches(self):
        self.refuse_options("--judge", "torch", words=["--judge torch needs --backend torch"])

    def test_a_judge_that_there_is_not(self):
        self.refuse_options("--judge", "numpy", words=["--judge", "numpy"])

    def test_another_judge_stands_in_the_report(self):
        short = ["--examples", "4", "--attacks", "apgd-ce(steps=3)", "--progress", "none"]
        self.succeed(*arguments_of(out="run"), "--judge", "openblas", *short)
        report = (self.folder / "run/report.md").read_text()
        self.assertIn("candidates are judged by openblas", report)
        self.refuse(65, *arguments_of(out="run"), *short, mentions=["rounding", "choose another --out"])


class TrainersDevices(TrainerCase):
    def test_several_devices_are_for_several_processes(self):
        write_digits(self.folder)
        code, output, errors = self.run_program(
            "natural", "--arch", "mnist-smallcnn", "--dataset", "mnist", "--data", self.folder, "--output",
            self.folder / "run", "--held-out", "last:40", "--backend", "torch", "--device", "cuda:0,cuda:1")
        self.assertEqual((code, output, errors.count("\n")), (64, "", 1), errors)
        self.assertIn("--device cuda:0,cuda:1", errors)
        self.assertIn("mpirun -n 2", errors)
        self.assertFalse((self.folder / "run").exists())
