#!/usr/bin/env python3
"""Times forward and forward + input gradient beside PyTorch: same machine, alternating runs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.11.0 numpy
    swift build -c release --package-path benchmarks
    /tmp/venv/bin/python benchmarks/compare_pytorch.py [--networks wrn-34-10,resnet-18-cifar]

PyTorch gets the better of two layouts and two batch sizes; both sides get the same weights (the
formula of the golden files), two threads, and a process of their own, in turn. Printed: milliseconds
an image (median over the rounds, and the smallest), the ratio round by round, and peak memory.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def worker(name, layout, batch, seconds, threads):
    """One PyTorch process: prints milliseconds an image and peak memory."""
    import torch
    from torch_networks import NETWORKS, formula_weights

    torch.set_num_threads(threads)
    network = formula_weights(NETWORKS[name]()).eval().requires_grad_(False)
    images = torch.rand(batch, 3, 32, 32)
    if layout == "channels_last":
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.zeros(batch, dtype=torch.long)

    def forward():
        with torch.inference_mode():
            network(images)

    def gradient():
        x = images.clone().requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(network(x), labels, reduction="sum")
        torch.autograd.grad(loss, x)

    result = {}
    for key, step in (("forward_ms", forward), ("gradient_ms", gradient)):
        step()
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            step()
            count += 1
        result[key] = (time.perf_counter() - start) * 1000 / count / batch
    result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))


def run(command):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    output = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return json.loads(output.stdout.strip().splitlines()[-1])


def compare(name, arguments):
    passes = os.path.join(HERE, ".build", "release", "passes")
    choices = [(layout, batch) for layout in ("contiguous", "channels_last") for batch in (16, 64)]
    ours, theirs = [], {choice: [] for choice in choices}
    for _ in range(arguments.rounds):
        for layout, batch in choices:
            theirs[layout, batch].append(run(
                [sys.executable, __file__, "--worker", name, layout, str(batch),
                 str(arguments.seconds), str(arguments.threads)]))
            ours.append(run(
                [passes, name, str(arguments.width), str(arguments.seconds), "onednn",
                 str(arguments.threads)]))
    print(f"\n{name}, {arguments.threads} threads, width {arguments.width}")
    for key in ("forward_ms", "gradient_ms"):
        best = min(choices, key=lambda c: statistics.median(r[key] for r in theirs[c]))
        their = [r[key] for r in theirs[best]]
        # The runs of ours that stood beside the best choice's.
        place = choices.index(best)
        our = [r[key] for r in ours[place::len(choices)]]
        ratios = [t / o for t, o in zip(their, our)]
        print(
            f"  {key:12} robeval {statistics.median(our):8.3f} (min {min(our):.3f})   "
            f"PyTorch {statistics.median(their):8.3f} (min {min(their):.3f}, "
            f"{best[0]}, batch {best[1]})   ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} … {max(ratios):.2f})")
        if key == "gradient_ms":
            memory = statistics.median(r["peak_mib"] for r in theirs[best])
            own = statistics.median(r["peak_mib"] for r in ours)
            print(f"  peak memory  robeval {own:.0f} MiB   PyTorch {memory:.0f} MiB   "
                  f"ratio {own / memory:.2f}")


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        name, layout, batch, seconds, threads = sys.argv[2:7]
        return worker(name, layout, int(batch), float(seconds), int(threads))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default="wrn-34-10,resnet-18-cifar")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=32)
    arguments = parser.parse_args()
    for name in arguments.networks.split(","):
        compare(name, arguments)


if __name__ == "__main__":
    main()
