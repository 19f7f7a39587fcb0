"""Kills a run at random moments and checks that the repeated command finds what one run finds.

    python3 Tests/EndToEnd/kill_and_resume.py .build/debug/robeval [--kills 20] [--boundaries 16] [--examples 8]

Needs nothing but Python 3.9. The moments follow from --seed; what they hit depends on the machine.
A run that ends before its kill is compared, and the next kills hit a new one.

Kills between two system calls that write are too rare to be waited for. With --boundaries N, what N of
them would leave is made from a finished run: the ledger cut between two lines or within one, the
images cut between two or within one, later files gone, a file half-written; and each of them once
more with a kind of damage that no kill makes.
"""

import argparse
import json
import pathlib
import random
import re
import shutil
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


def without(lines, place):
    return lines[:place] + lines[place + 1:]


# What disks and hands do to lines; every one is named on standard error and done again.
DAMAGE = {
    "nothing": lambda lines, place: lines,
    "a line twice": lambda lines, place: lines[:place] + lines[place:place + 1] + lines[place:],
    "NULs": lambda lines, place: lines[:place] + [b"\0" * 64] + lines[place + 1:],
    "a blank line": lambda lines, place: lines[:place] + [b""] + lines[place:],
    "garbage": lambda lines, place: lines[:place] + [b'{"index":1}'] + lines[place + 1:],
    "a line less": without,
    "another order": lambda lines, place: without(lines, place) + lines[place:place + 1],
    "a flipped bit": lambda lines, place: lines[:place] + [
        bytes([lines[place][0]]) + bytes([lines[place][1] ^ 4]) + lines[place][2:]] + lines[place + 1:],
}


def interrupt(whole, folder, moments, kind):
    """Leaves what a kill between two writes leaves, and a kind of damage."""
    shutil.copytree(whole, folder)
    for name in ("result.json", "results.csv", "report.md", "log.txt", "adversarial.h5"):
        if moments.random() < 0.8:
            (folder / name).unlink()
    lines = (whole / "ledger.jsonl").read_bytes().split(b"\n")[:-1]
    kept = moments.randrange(3, len(lines))
    torn = lines[kept][:moments.randrange(len(lines[kept]) + 1)]
    damaged = DAMAGE[kind](lines[:kept], moments.randrange(kept - 1))
    (folder / "ledger.jsonl").write_bytes(b"".join(line + b"\n" for line in damaged) + torn)
    # An image is written before its line: those of the lines kept are there, and perhaps a part more.
    records = [json.loads(line).get("record") for line in lines[:kept]]
    count = sum(record is not None for record in records)
    images = (whole / "adversarial.f32").read_bytes()
    size = len(images) // max(1, sum(b'"record":' in line for line in lines))
    (folder / "adversarial.f32").write_bytes(
        images[:count * size + moments.choice([0, 1, size // 2, size])])
    (folder / "probe.json.77-1.partial").write_bytes(b"{")
    if moments.random() < 0.2:
        (folder / "probe.json").unlink()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--examples", type=int, default=8)
    parser.add_argument("--attacks", default="standard")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--boundaries", type=int, default=0)
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

        for number in range(options.boundaries):
            kind = list(DAMAGE)[number % len(DAMAGE)]
            folder = scratch / f"cut{number}"
            interrupt(scratch / "whole", folder, moments, kind)
            known = lines(folder)
            found = subprocess.run(command(options.program, options, folder), check=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if (kind != "nothing") != ("ledger.jsonl: " in found.stderr):
                sys.exit(f"{folder}: {kind}: it said {found.stderr!r}")
            compare(folder, expected)
            if list(folder.glob("*.partial")):
                sys.exit(f"{folder}: half-written files were left")
            print(f"cut {number + 1} after {known} steps with {kind}: every file as without it")
            shutil.rmtree(folder)

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
