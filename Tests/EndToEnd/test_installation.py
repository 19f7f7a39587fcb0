"""What an installed program needs: its sample images wherever it lies, manual pages, completions."""

import shutil
import subprocess
import sys

from program import arguments_of, Case, MODEL, PROGRAM, ROOT

SAMPLES = ROOT / "Sources/Datasets/Samples"
QUICK = ["--attacks", "none", "--examples", "2", "--progress", "none"]


class InstalledPrograms(Case):
    def setUp(self):
        super().setUp()
        self.program = self.folder / "usr/bin/robeval"
        self.program.parent.mkdir(parents=True)
        shutil.copy(PROGRAM, self.program)

    def evaluate(self, program):
        return subprocess.run(
            [program, *arguments_of(MODEL), *QUICK], cwd=self.folder, capture_output=True, text=True)

    def test_samples_are_found_below_share(self):
        folder = self.folder / "usr/share/robeval/Samples"
        folder.mkdir(parents=True)
        shutil.copy(SAMPLES / "cifar10-500.h5", folder)
        link = self.folder / "robeval"
        link.symlink_to(self.program)
        for program in (self.program, link):
            found = self.evaluate(program)
            self.assertEqual(found.returncode, 0, found.stderr)

    def test_samples_are_found_beside_the_program(self):
        folder = self.program.parent / "robeval_Datasets.resources/Samples"
        folder.mkdir(parents=True)
        shutil.copy(SAMPLES / "cifar10-500.h5", folder)
        self.assertEqual(self.evaluate(self.program).returncode, 0)

    def test_a_program_without_samples_asks_for_data(self):
        """It took the samples of the folder where it was built, and ended in a trap without that folder."""
        found = self.evaluate(self.program)
        self.assertEqual(found.returncode, 66, found.stderr)
        self.expect_sentence(found.stderr, ["sample", "--data"])


class Documents(Case):
    def pages(self):
        subprocess.run(
            [sys.executable, ROOT / "packaging/manual_pages.py", PROGRAM, self.folder / "man"], check=True)
        return {page.name: page.read_text() for page in (self.folder / "man").iterdir()}

    def test_every_command_has_a_manual_page(self):
        pages = self.pages()
        for command in ("evaluate", "merge", "verify", "import", "inspect"):
            self.assertIn(f"robeval-{command}.1", pages)
            self.assertIn(f"\\fB{command}\\fR", pages["robeval.1"])
        self.assertNotIn("robeval-fuzz-batch.1", pages)
        self.assertNotIn("robeval-help.1", pages)

    def test_pages_hold_options_and_defaults(self):
        pages = self.pages()
        for page in ("robeval.1", "robeval-evaluate.1"):
            self.assertIn("\\fB\\-\\-eps\\fR \\fIeps\\fR", pages[page])
            self.assertIn("Default: Linf.", pages[page])
        self.assertIn("\\fB\\-\\-output\\fR, \\fB\\-o\\fR", pages["robeval-import.1"])

    def test_no_line_is_taken_for_a_request(self):
        known = (".TH ", ".SH ", ".TP", ".PP", ".br")
        for name, text in self.pages().items():
            for line in text.splitlines():
                if line.startswith((".", "'")):
                    self.assertTrue(line.startswith(known), f"{name}: {line}")

    def test_completions_are_scripts(self):
        script = self.succeed("--generate-completion-script", "bash")
        self.assertIn("verify", script)
        checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        for shell in ("zsh", "fish"):
            self.assertIn("verify", self.succeed("--generate-completion-script", shell))
