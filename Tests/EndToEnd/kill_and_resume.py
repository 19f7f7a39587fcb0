"""Kills a run at random moments and checks that the repeated command finds what one run finds.

    python3 Tests/EndToEnd/kill_and_resume.py .build/debug/robeval [--kills 20] [--examples 8]

Needs nothing but Python 3.9. The moments follow from --seed; what they hit depends on the machine.
A run that ends before its kill is compared, and the next kills hit a new one.
"""

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "checkpoints/cifar10-resnet8-pgdat.h5"
# Without times, the bytes of these files are the same however often a run was killed.
FILES = ("result.json", "results.csv", "adversarial.h5")


def command(program, options, folder):
    return [program, "--model", str(MODEL), "--eps", "8/255", "--attacks", options.attacks,
            "--examples", str(options.examples), "--progress", "none", "--out", str(folder)]


def contents(folder):
    """The files of a finished run, every time in them set to zero."""
    files = {name: (folder / name).read_bytes() for name in FILES}
    files["result.json"] = re.sub(
        rb'"seconds" : [-+.e0-9]+', b'"seconds" : 0', files["result.json"])
    return files


def compare(folder, expected):
    for name, found in contents(folder).items():
        if found != expected[name]:
            sys.exit(f"{folder}/{name} is not what the uninterrupted run wrote")


def lines(folder):
    ledger = folder / "ledger.jsonl"
    return ledger.read_bytes().count(b"\n") if ledger.exists() else 0


def refuse_second_writer(words, folder):
    """While one process has the folder, another is sent away and changes nothing."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as owner:
        while not (folder / "run.json").exists():
            time.sleep(0.01)
        second = subprocess.run(words, capture_output=True, text=True, timeout=120)
        is_running = owner.poll() is None
        owner.kill()
    if not is_running:
        sys.exit("the run ended before the second writer came; give more --examples")
    if second.returncode != 74 or "another process is writing this run" not in second.stderr:
        sys.exit(f"the second writer ended with {second.returncode}: {second.stderr}")


def killed_after(words, delay):
    """Whether the process was still running when it was killed."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            if process.wait(timeout=delay) != 0:
                sys.exit(f"the run ended by itself with {process.returncode}")
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--examples", type=int, default=8)
    parser.add_argument("--attacks", default="standard")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        start = time.monotonic()
        subprocess.run(command(options.program, options, scratch / "whole"), check=True,
                       stdout=subprocess.DEVNULL)
        span = time.monotonic() - start
        expected = contents(scratch / "whole")
        print(f"uninterrupted: {span:.1f} s, {lines(scratch / 'whole')} settled steps")

        kills, finished = 0, 0
        folder = scratch / "killed0"
        refuse_second_writer(command(options.program, options, folder), folder)
        while kills < options.kills:
            delay = moments.uniform(0, span)
            before = lines(folder)
            if killed_after(command(options.program, options, folder), delay):
                kills += 1
                if lines(folder) < before:
                    sys.exit("a settled step was lost")
                print(f"kill {kills} after {delay:.2f} s: {lines(folder)} settled steps")
                if (folder / "result.json").exists():
                    json.loads((folder / "result.json").read_text())
            else:
                compare(folder, expected)
                finished += 1
                folder = scratch / f"killed{finished}"
        subprocess.run(command(options.program, options, folder), check=True,
                       stdout=subprocess.DEVNULL)
        compare(folder, expected)
        print(f"{kills} kills in {finished + 1} runs: every file as without them")


if __name__ == "__main__":
    main()
