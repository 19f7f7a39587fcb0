"""Mistakes as people make them: each ends with the right code and one sentence that helps.

Every row was written by hand: the words, the exit code, what must stand in the sentence.
"""

import os
import pathlib
import subprocess

import program
from program import IMAGES, MODEL, ONNX, Case

RUN = ["--model", MODEL, "--eps", "8/255"]
NEW = ["-o", "new.h5"]

COMMANDS = [
    # A command or an option that is not there.
    (["verfy", "run"], 64, ["verfy", "do you mean verify?"]),
    (["evalute", *RUN], 64, ["evalute", "evaluate"]),
    (["reprot", "run"], 64, ["report"]),
    (["list"], 64, ["architectures", "attacks"]),
    (["convert", MODEL], 64, ["import", "export"]),
    (["compare", "a", "b"], 64, ["diff"]),
    (["leaderboard", "a"], 64, ["report"]),
    (["help", "verfy"], 64, ["verify"]),
    (["xyzzy"], 64, ["xyzzy", "robeval --help"]),
    (["--modle", MODEL, "--eps", "8/255"], 64, ["--modle", "--model?"]),
    (["--model", MODEL, "--epsilon", "8/255"], 64, ["--epsilon", "--eps?"]),
    ([*RUN, "--n_ex", "5"], 64, ["--n-ex", "--examples?"]),
    ([*RUN, "--batch_size", "64"], 64, ["--batch-size", "--width?"]),
    ([*RUN, "--checkpoint", "x"], 64, ["--checkpoint", "--model?"]),
    ([*RUN, "--save_dir", "x"], 64, ["--save-dir", "--out?"]),
    ([*RUN, "-n", "5"], 64, ["-n", "--examples?"]),
    ([*RUN, "--xyzzy"], 64, ["--xyzzy", "robeval --help"]),
    (["import", MODEL, *NEW, "--overwrite"], 64, ["--overwrite", "--force?", "import --help"]),
    ([*RUN, "stray"], 64, ["stray"]),
    # Something twice.
    ([*RUN, "--eps", "4/255"], 64, ["--eps", "given twice", "leave one"]),
    (["import", MODEL, *NEW, "--output", "other.h5"], 64, ["--output", "given twice"]),
    # Something left out.
    ([], 64, ["--model"]),
    (["--model", MODEL], 64, ["--eps"]),
    (["--model", MODEL, "--eps"], 64, ["--eps"]),
    (["import", MODEL], 64, ["--output"]),
    (["inspect"], 64, ["file", "inspect --help"]),
    (["report"], 64, ["runs"]),
    (["diff", "a"], 64, ["second"]),
    (["merge", "a"], 64, ["--out"]),
    (["predict", "--model", MODEL], 64, ["--out"]),
]

VALUES = [
    (["--model", MODEL, "--eps", "8"], 64, ["--eps", "8/255"]),
    (["--model", MODEL, "--eps", "-8/255"], 64, ["--eps", "-8/255", "is not a radius"]),
    (["--model", MODEL, "--eps", "8/0"], 64, ["8/0"]),
    (["--model", MODEL, "--eps", "eight"], 64, ["eight", "8/255"]),
    (["--model", MODEL, "--eps", "8/255,8/255"], 64, ["twice", "leave one out"]),
    ([*RUN, "--norm", "L3"], 64, ["L3", "Linf", "L2", "L1"]),
    ([*RUN, "--attacks", "apgd"], 64, ["apgd", "apgd-ce"]),
    ([*RUN, "--attacks", "fgsm,fgsm"], 64, ["fgsm", "listed twice", "leave one out"]),
    ([*RUN, "--attacks", "fgsm("], 64, ["fgsm(", "parenthesis"]),
    ([*RUN, "--attacks", "pgd(steps=x)"], 64, ["steps", "whole number", "x"]),
    ([*RUN, "--attacks", "pgd(step=-1)"], 64, ["step", "positive", "-1"]),
    ([*RUN, "--attacks", "pgd(speed=1)"], 64, ["speed", "steps"]),
    (["attacks", "pgdd"], 64, ["pgdd", "pgd"]),
    ([*RUN, "--seed", "-1"], 64, ["--seed", "-1"]),
    ([*RUN, "--width", "5000"], 64, ["--width", "4096"]),
    ([*RUN, "--lanes", "2000"], 64, ["--lanes", "1024"]),
    ([*RUN, "--shard", "3/3"], 64, ["--shard", "0/3"]),
    ([*RUN, "--examples", "many"], 64, ["--examples", "many"]),
    ([*RUN, "--examples", "501"], 64, ["--examples", "500", "--data"]),
    ([*RUN, "--offset", "500"], 64, ["--offset", "500"]),
    ([*RUN, "--output", "xml"], 64, ["xml", "json"]),
    ([*RUN, "--preprocessing", "crop"], 64, ["crop", "Res256Crop224"]),
    ([*RUN, "--fail-under", "0.5"], 64, ["50", "0.5%"]),
    ([*RUN, "--fail-under", "120"], 64, ["0 to 100", "120"]),
    ([*RUN, "--stop-when-decided"], 64, ["--fail-under"]),
    ([*RUN, "--attacks", "none", "--fail-under", "50"], 64, ["--fail-under", "none"]),
    ([*RUN, "--attacks", "none", "--strict"], 64, ["--strict", "none"]),
    (["predict", "--model", MODEL, "--out", "p.h5", "--exact", "--gradient", "ce"], 64, ["--exact"]),
    (["predict", "--model", MODEL, "--out", "p.h5", "--gradient", "mse"], 64, ["mse", "dlr"]),
    (["import", MODEL, *NEW, "--mean", "1,2", "--std", "1"], 64, ["--std", "--mean", "channel"]),
    (["import", MODEL, *NEW, "--input-range", "0-256"], 64, ["0-256", "0-255"]),
    (["export", MODEL, "-o", "new.foo"], 64, ["new.foo", ".onnx", ".safetensors"]),
]

FILES = [
    (["--model", "nosuch.h5", "--eps", "8/255"], 66, ["nosuch.h5"]),
    ([*RUN, "--data", "nosuch"], 66, ["nosuch", "--data"]),
    (["--model", ".", "--eps", "8/255"], 66, ["folder"]),
    (["--model", __file__, "--eps", "8/255"], 65, ["test_mistakes.py"]),
    (["--model", ONNX, "--eps", "8/255", "--dataset", "cifar10"], 65, ["3×32×32", "3×8×8"]),
    ([*RUN, "--dataset", "mnist"], 65, ["1×28×28", "--dataset"]),
    (["inspect", "nosuch"], 66, ["nosuch"]),
    (["import", "nosuch", *NEW], 66, ["nosuch"]),
    (["import", MODEL, "-o", "nosuch/new.h5"], 74, ["nosuch/new.h5", "folder"]),
    (["export", MODEL, "-o", "nosuch/new.onnx"], 74, ["nosuch/new.onnx"]),
    (["import", MODEL, "-o", MODEL], 64, ["import reads"]),
    (["predict", "--model", ONNX, "--data", IMAGES, "--out", IMAGES], 64, ["--data reads"]),
    (["report", "nosuch"], 66, ["nosuch"]),
    (["diff", "nosuch", "nosuch"], 66, ["nosuch"]),
    (["verify", "nosuch"], 66, ["nosuch"]),
    (["merge", "nosuch", "-o", "new"], 66, ["nosuch", "run.json"]),
]


class Mistakes(Case):
    def check(self, rows):
        for words, code, mentions in rows:
            with self.subTest(words=words):
                self.refuse(code, *words, mentions=mentions)
        self.assertEqual([path.name for path in self.folder.iterdir()], [])

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(COMMANDS) + len(VALUES) + len(FILES), 60)

    def test_commands_and_options_that_are_not_there(self):
        self.check(COMMANDS)

    def test_values_that_cannot_be_meant(self):
        self.check(VALUES)

    def test_files_that_are_missing_or_something_else(self):
        self.check(FILES)

    def test_a_run_that_is_not_finished_is_called_that(self):
        self.succeed("--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "fgsm", "--out", "run")
        (self.folder / "run/result.json").unlink()
        for words in [["report", "run"], ["diff", "run", "run"]]:
            self.refuse(66, *words, mentions=["run", "not finished", "repeat its command"])

    def test_a_merged_run_knows_where_its_files_are(self):
        words = ["--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "fgsm"]
        for shard in range(2):
            self.succeed(*words, "--shard", f"{shard}/2", "--out", f"part ({shard})")
        self.succeed("merge", "part (0)", "part (1)", "-o", "whole")
        self.assertIn(str(ONNX), (self.folder / "whole/sources.json").read_text())
        self.succeed("verify", "whole")
        report = (self.folder / "whole/report.md").read_text()
        self.assertIn("    robeval merge 'part (0)' 'part (1)' -o whole\n", report)


class Repetition(Case):
    def test_what_repeats_a_run_can_be_pasted_into_a_shell(self):
        out = "it's (a) run $HOME"
        self.succeed(
            "--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "pgd(steps=2),fgsm", "--out", out)
        report = (self.folder / out / "report.md").read_text()
        line = next(line for line in report.splitlines() if line.startswith("    robeval "))
        path = f"{pathlib.Path(program.PROGRAM).resolve().parent}:{os.environ['PATH']}"
        again = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, env={**os.environ, "PATH": path},
            capture_output=True, text=True, timeout=100)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], [out])
