"""Feeds damaged checkpoints to robeval and looks for crashes, long times and excessive memory.

    python Tests/Fuzzing/fuzz_checkpoints.py --driver '.build/debug/robeval fuzz-batch' \
        --seeds Tests/CheckpointsTests/Fixtures Tests/FilesTests/Fixtures --count 20000

--kind bytes damages files of every kind without knowing them, data those of images (files without an
ending are batches of CIFAR) and .keras archives; hdf5 and safetensors know the format.

The driver gets the path of a list of files, one a line, and must print and flush one line a file:
its path, a tab, and what CheckpointProbe.inspect says of it. A batch that ends early names its first
missing file: that file crashed the driver, is kept, and the batch goes on behind it. The driver runs under
a limit on its address space, so that an allocation far beyond four times the file and 64 MiB ends it too.
Files that took long or came with much memory are read again alone, where the processor's time counts.

Every mutation follows from --seed, so that a run can be repeated.
"""

import argparse
import os
import pathlib
import random
import resource
import shlex
import subprocess
import sys
import tempfile
import threading
import time

import mutations_of_bytes
import mutations_of_hdf5
import mutations_of_safetensors

KINDS = {
    "bytes": (mutations_of_bytes.mutated, {".h5", ".pt", ".pth", ".th", ".model", ".onnx", ".safetensors"}),
    "data": (mutations_of_bytes.mutated, {".npy", ".npz", ".mat", ".keras", ""}),
    "hdf5": (mutations_of_hdf5.mutated, {".h5"}),
    "safetensors": (mutations_of_safetensors.mutated, {".safetensors"}),
}


def start(driver, listing, limits, **options):
    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory << 20, limits.memory << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.Popen(driver + [str(listing)], preexec_fn=bound, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)


def read_lines(driver, files, folder, limits):
    """Lines by path, seconds by path, and the exit status of one run of the driver."""
    listing = folder / "list"
    listing.write_text("".join(f"{path}\n" for path in files))
    process = start(driver, listing, limits)
    killer = threading.Timer(limits.timeout, process.kill)
    killer.start()
    lines, seconds, before = {}, {}, time.monotonic()
    for line in process.stdout:
        path, tab, text = line.decode("utf-8", "replace").rstrip("\n").partition("\t")
        now = time.monotonic()
        if tab and path in files:
            lines[path], seconds[path], before = text, now - before, now
    killer.cancel()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    return lines, seconds, os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024


def alone(driver, path, folder, limits):
    """Processor time and the peak of memory, in MiB, of one file in a process of its own."""
    listing = folder / "one"
    listing.write_text(f"{path}\n")
    process = start(driver, listing, limits)
    process.stdout.read()
    _, process.returncode, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Findings:
    def __init__(self, limits):
        self.limits = limits
        self.files = self.accepted = self.crashes = self.slow = self.large = 0
        self.longest = self.peak = 0.0

    def keep(self, path, what):
        self.limits.keep.mkdir(exist_ok=True, parents=True)
        kept = self.limits.keep / f"{what}-{self.limits.kind}-{self.limits.seed}-{pathlib.Path(path).name}"
        kept.write_bytes(pathlib.Path(path).read_bytes())
        print(f"{what.upper()} {kept}", flush=True)

    def measure(self, path, folder):
        seconds, memory = alone(self.limits.driver, path, folder, self.limits)
        self.longest, self.peak = max(self.longest, seconds), max(self.peak, memory)
        if seconds > self.limits.seconds:
            self.slow += 1
            self.keep(path, "slow")
        if memory > self.limits.peak:
            self.large += 1
            self.keep(path, "large")

    def run(self, files, folder):
        rest = list(files)
        while rest:
            lines, seconds, status, memory = read_lines(self.limits.driver, rest, folder, self.limits)
            self.accepted += sum(text.startswith("ok") for text in lines.values())
            suspects = [path for path, time in seconds.items() if time > self.limits.seconds / 2]
            # Whose the memory was is not known: all are asked.
            for path in lines if memory > self.limits.peak else suspects:
                self.measure(path, folder)
            self.peak = max(self.peak, 0 if memory > self.limits.peak else memory)
            unfinished = [path for path in rest if path not in lines]
            if unfinished:
                self.crashes += 1
                print(f"status {status}")
                self.keep(unfinished[0], "crash")
            rest = unfinished[1:]
        self.files += len(files)

    def __str__(self):
        return (
            f"{self.files} files, {self.accepted} accepted, {self.crashes} crashes, {self.slow} above {self.limits.seconds} s, "
            f"{self.large} above {self.limits.peak} MiB; at most {self.peak:.0f} MiB"
            + (f" and {self.longest:.1f} s" if self.longest else "")
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True, type=shlex.split)
    parser.add_argument("--seeds", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--kind", choices=KINDS, default="bytes")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--memory", type=int, default=2048, help="address space of the driver in MiB; its own need and 64 MiB for small seeds")
    parser.add_argument("--timeout", type=int, default=300, help="seconds a batch")
    parser.add_argument("--seconds", type=float, default=2, help="of the processor a file may take, the start of the driver included")
    parser.add_argument("--peak", type=int, default=1024, help="memory in MiB a file may take, the driver's own included")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz-crashes"))
    limits = parser.parse_args()

    mutated, endings = KINDS[limits.kind]
    paths = [path for root in limits.seeds for path in ([root] if root.is_file() else sorted(root.rglob("*")))]
    seeds = [path.read_bytes() for path in paths if path.is_file() and path.suffix in endings]
    if not seeds:
        sys.exit(f"no seed files ({' '.join(sorted(endings))})")
    source = random.Random(limits.seed)
    findings, started = Findings(limits), time.monotonic()
    while findings.files < limits.count:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            files = [str(folder / str(findings.files + number)) for number in range(min(limits.batch, limits.count - findings.files))]
            for path in files:
                pathlib.Path(path).write_bytes(mutated(seeds, source))
            findings.run(files, folder)
        print(f"{limits.kind}: {findings}, after {time.monotonic() - started:.0f} s", flush=True)
    sys.exit(1 if findings.crashes or findings.slow or findings.large else 0)


if __name__ == "__main__":
    main()
