"""Runs robeval as a user would and looks at exit codes, messages and files.

    python3 Tests/EndToEnd/end_to_end.py .build/debug/robeval [-v] [test_module[.TestClass[.test]]]

Every `test_*.py` beside this file is run. Needs nothing but Python 3.9. The random moments of kills
follow from the environment variable SEED, 0 by default.
"""

import os
import pathlib
import sys
import unittest

if __name__ == "__main__":
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        sys.exit("usage: end_to_end.py PATH_OF_ROBEVAL [-v] [TEST …]")
    os.environ["ROBEVAL"] = os.path.abspath(sys.argv.pop(1))
    folder = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(folder))
    if any(not word.startswith("-") for word in sys.argv[1:]):
        unittest.main(module=None)
    else:
        unittest.main(module=None, argv=[sys.argv[0], "discover", "-s", str(folder), *sys.argv[1:]])
