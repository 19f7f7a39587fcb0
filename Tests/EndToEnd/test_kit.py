"""The library from Swift: the example package of benchmarks/examples."""

import pathlib
import subprocess

from program import PROGRAM, ROOT, Case


class Kit(Case):
    def test_an_attack_and_a_network_of_ones_own(self):
        example = pathlib.Path(PROGRAM).parent / "AttackYourOwn"
        done = subprocess.run([example], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        # Differences a pixel of 0.1, 0.2, 0.3 and 0.4 fall at 0.21, which moves a difference by 0.42.
        self.assertIn("50.00 % (4/8", done.stdout)
        self.assertIn("sign-walk", done.stdout)

    def test_the_package_is_one(self):
        done = subprocess.run(
            ["swift", "package", "--package-path", ROOT / "benchmarks/examples", "dump-package"],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("AttackYourOwn", done.stdout)
