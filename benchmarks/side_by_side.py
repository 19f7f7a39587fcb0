"""What the comparisons share: processes that answer in JSON, taken in turn, and Markdown rows."""
import json
import os
import resource
import statistics
import subprocess
import sys


LAYOUTS = ("contiguous", "channels_last")


def run(command):
    """Runs a process of its own; its last line is one JSON object."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    environment.pop("OMP_NUM_THREADS", None)
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\nended with {result.returncode}: "
                 f"{(result.stderr or result.stdout).strip()[-2000:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def in_turn(rounds, first, second):
    """Results of two functions, round by round; who begins changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2 == 0:
            one = first()
            pairs.append((one, second()))
        else:
            other = second()
            pairs.append((first(), other))
    return pairs


def peak_mib():
    """The largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def memory_format(layout):
    import torch
    return torch.channels_last if layout == "channels_last" else torch.contiguous_format


def spread(values, digits=2):
    """The median, and the range where there is more than one value."""
    median = f"{statistics.median(values):.{digits}f}"
    if len(values) == 1:
        return median
    return f"{median} ({min(values):.{digits}f} … {max(values):.{digits}f})"


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def header(*cells):
    row(*cells)
    row(*["---"] * len(cells))


def built(name):
    """The path of a program of the nested package."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), ".build", "release", name)
    if not os.path.exists(path):
        sys.exit(f"{path} is missing; swift build -c release --package-path benchmarks")
    return path
