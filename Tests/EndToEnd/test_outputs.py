"""What the program writes goes where it was sent, destroys nothing, and is missed where it is lost."""

import os
import shutil
import subprocess

import program
from program import IMAGES, MODEL, ONNX, Case


class Outputs(Case):
    """An output file is never an input, and replaces another file only if that was asked for."""

    def predict(self, out, model=ONNX, data=IMAGES):
        return ["predict", "--model", model, "--data", data, "--examples", "2", "--out", out]

    def expect_untouched(self, path, *words, mentions):
        before = path.read_bytes()
        self.refuse(64, *words, mentions=mentions)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(sorted(p.name for p in self.folder.rglob("*.partial")), [])

    def copies(self):
        model, data = self.folder / "model.h5", self.folder / "data.h5"
        shutil.copy(MODEL, model)
        shutil.copy(IMAGES, data)
        return model, data

    def test_predictions_replace_neither_model_nor_images(self):
        model, data = self.copies()
        os.symlink("model.h5", self.folder / "symbolic.h5")
        os.link(model, self.folder / "hard.h5")
        (self.folder / "sub").mkdir()
        for out in ["model.h5", "./model.h5", "sub/../model.h5", str(model), "symbolic.h5", "hard.h5"]:
            self.expect_untouched(
                model, *self.predict(out, model, data), "--force", mentions=["--out", "--model reads"])
        self.expect_untouched(
            data, *self.predict("data.h5", model, data), "--force", mentions=["--out", "--data reads"])

    def test_what_is_imported_or_exported_stays(self):
        onnx, model = self.folder / "r.onnx", self.folder / "model.h5"
        shutil.copy(ONNX, onnx)
        shutil.copy(MODEL, model)
        os.symlink(self.folder, self.folder / "again")
        for out in ["r.onnx", "again/r.onnx"]:
            self.expect_untouched(onnx, "import", onnx, "-o", out, "--force", mentions=["import reads"])
            self.expect_untouched(onnx, "export", onnx, "-o", out, "--force", mentions=["export reads"])
        self.expect_untouched(
            model, "import", model, "-o", "model.h5", mentions=["another name, so that it stays"])

    def test_an_existing_file_is_replaced_only_by_force(self):
        other = self.folder / "other.h5"
        os.symlink("nowhere", self.folder / "dangling.h5")
        for words in [
            self.predict("other.h5"), ["import", ONNX, "-o", "other.h5"],
            ["export", MODEL, "-o", "other.onnx"], ["import", ONNX, "-o", "dangling.h5"],
        ]:
            out = self.folder / words[-1]
            if not out.is_symlink():
                out.write_text("somebody's")
            self.refuse(64, *words, mentions=[out.name + " is there already", "--force"])
            if not out.is_symlink():
                self.assertEqual(out.read_text(), "somebody's")
            self.succeed(*words, "--force")
            self.assertFalse(out.is_symlink())
            self.assertGreater(out.stat().st_size, 1000)
        self.assertFalse((self.folder / "nowhere").exists())
        self.assertTrue(other.exists())

    def test_folders_and_devices_are_no_files(self):
        self.refuse(64, *self.predict("."), "--force", mentions=["is a folder"])
        self.refuse(64, *self.predict(""), "--force", mentions=["is empty"])
        os.mkfifo(self.folder / "pipe")
        self.refuse(64, *self.predict("pipe"), "--force", mentions=["a device or a pipe"])
        self.refuse(64, "import", ONNX, "-o", "/dev/full", "--force", mentions=["a device or a pipe"])


class LostOutput(Case):
    """Output that does not arrive ends every command with 74 and says so."""

    def commands(self):
        run = self.folder / "run"
        run_words = ["--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks", "none", "--out", run]
        self.succeed(*run_words)
        quiet = [*run_words, "--progress", "none", "--output"]
        return [
            ["--help"], ["help"], ["--version"], ["version"], ["report", "--help"], ["architectures"],
            ["inspect", MODEL], ["report", run], ["report", run, "--format", "csv"],
            ["report", run, "--format", "html"], ["diff", run, run], ["verify", run],
            *[[*quiet, style] for style in ("summary", "md", "csv", "json")],
            ["export", MODEL, "-o", "e.onnx", "--force"], ["import", ONNX, "-o", "i.h5", "--force"],
            ["predict", "--model", ONNX, "--data", IMAGES, "--out", "p.h5", "--force"],
            ["--generate-completion-script", "bash"],
        ]

    def expect_74(self, words, **streams):
        ended = subprocess.run(
            [program.PROGRAM, *map(str, words)], cwd=self.folder, stderr=subprocess.PIPE, text=True,
            timeout=100, **streams)
        self.assertEqual(ended.returncode, 74, (words, ended.stderr))
        self.expect_sentence(ended.stderr, ["standard output", "cannot be written"])

    def test_full_device_closed_pipe_and_no_output_are_74(self):
        for words in self.commands():
            with open("/dev/full", "w") as full:
                self.expect_74(words, stdout=full)
            reader, writer = os.pipe()
            os.close(reader)
            self.expect_74(words, stdout=writer)
            os.close(writer)

    def test_a_file_does_not_take_the_place_of_a_closed_output(self):
        self.expect_74(
            ["export", MODEL, "-o", "e.onnx"], stdout=None, preexec_fn=lambda: os.close(1))
        self.succeed("inspect", "e.onnx")

    def test_messages_that_nobody_hears_change_nothing(self):
        with open("/dev/full", "w") as full:
            ended = subprocess.run(
                [program.PROGRAM, "--model", ONNX, "--data", IMAGES, "--eps", "8/255", "--attacks",
                 "none", "--out", self.folder / "run"],
                cwd=self.folder, stderr=full, stdout=subprocess.PIPE, text=True, timeout=100)
        self.assertEqual(ended.returncode, 0)
        self.assertIn("clean accuracy", ended.stdout)
