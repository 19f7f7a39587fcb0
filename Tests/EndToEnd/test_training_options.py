"""Options of robtrain that a run would otherwise pass over in silence."""

import os
import pathlib
import unittest
from unittest import mock

import program
from program import PROGRAM, Case

TRAINER = pathlib.Path(PROGRAM).with_name("robtrain")


class TorchOptions(Case):
    """Where oneDNN computes, PyTorch's options are refused and not forgotten."""

    def setUp(self):
        super().setUp()
        if not TRAINER.exists():
            self.skipTest("robtrain was not built")
        patch = mock.patch.object(program, "PROGRAM", str(TRAINER))
        patch.start()
        self.addCleanup(patch.stop)

    def words(self, command, *more):
        return [*command, "--arch", "resnet8", "--data", self.folder / "nowhere", "--output",
                self.folder / "run", *more]

    def refuse_option(self, option, value):
        for command in (["natural"], ["search-temperature"]):
            with self.subTest(command=command):
                code, output, errors = self.run_program(*self.words(command, option, value))
                self.assertEqual((code, output), (64, ""), errors)
                self.assertEqual(errors.count("\n"), 1, errors)
                self.assertIn(f"{option} {value}", errors)
                self.assertIn("needs --backend torch", errors)
                self.assertEqual(os.listdir(self.folder), [])

    def test_a_device_needs_pytorch(self):
        self.refuse_option("--device", "cuda")

    def test_a_precision_needs_pytorch(self):
        self.refuse_option("--precision", "tf32")


if __name__ == "__main__":
    unittest.main()
