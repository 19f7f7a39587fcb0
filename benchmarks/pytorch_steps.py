#!/usr/bin/env python3
"""Times training steps beside PyTorch: train-mode forward and all parameter gradients, in turn.

    swift build -c release --package-path benchmarks
    /tmp/venv/bin/python benchmarks/pytorch_steps.py [--networks wrn-16-2,resnet-18-cifar]

Both sides get the same weights and must give the same logits in training mode, and gradients of the
same norm, or nothing is timed. PyTorch gets the better of two layouts, which a short run finds.
Printed, as Markdown: milliseconds a step, the ratio of each round, and the peak memory.
"""
import argparse
import json
import statistics
import sys
import time

from side_by_side import (
    LAYOUTS, built, header, in_turn, memory_format, peak_mib, row, run, spread)


def training_network(name, layout):
    from torch_networks import NETWORKS, formula_weights
    return formula_weights(NETWORKS[name]()).train().to(memory_format=memory_format(layout))


def plain_step(network, images, labels):
    """Forward in training mode and the gradients of all parameters; no update."""
    import torch.nn.functional as F

    def step():
        network.zero_grad(set_to_none=True)
        F.cross_entropy(network(images), labels).backward()

    return step


def worker(name, layout, batch, seconds, threads, make_step):
    """One PyTorch process: prints median and least milliseconds a step, and peak memory."""
    import torch
    from torch_networks import formula_images, image_size

    torch.set_num_threads(threads)
    network = training_network(name, layout)
    images = formula_images(batch, image_size(name)).contiguous(
        memory_format=memory_format(layout))
    step = make_step(network, images, torch.arange(batch) % 10)
    # Two steps in advance, if steps are short.
    begin = time.perf_counter()
    step()
    if time.perf_counter() - begin < seconds:
        step()
    times, start = [], time.perf_counter()
    while time.perf_counter() - start < seconds or not times:
        begin = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - begin))
    print(json.dumps({"step_ms": statistics.median(times), "least_ms": min(times),
                      "peak_mib": peak_mib(), "pytorch": torch.__version__}))


def check(name):
    """One process: ends with an error unless both sides compute the same function."""
    import numpy as np
    from torch_networks import formula_images, image_size

    batch = 8
    ours = run([built("steps"), name, str(batch), "values"])
    network = training_network(name, "contiguous")
    logits = network(formula_images(batch, image_size(name)))
    (0.1 * logits.sum()).backward()
    norm = float(sum(p.grad.double().square().sum() for p in network.parameters())) ** 0.5
    logits = logits.detach().numpy().ravel()
    apart = float(np.abs(np.array(ours["logits"]) - logits).max() / np.abs(logits).max())
    bent = abs(ours["gradient_norm"] / norm - 1)
    if not (apart <= 1e-4 and bent <= 1e-3):
        sys.exit(f"{name}: the twin is another network; logits differ by {apart:.1e} of the "
                 f"largest, the norms of all gradients by {bent:.1e}")
    print(json.dumps({"logits": apart, "gradients": bent}))


def compare(script, program, name, arguments):
    def theirs(layout, seconds=arguments.seconds):
        return run([sys.executable, script, "--worker", name, layout, str(arguments.batch),
                    str(seconds), str(arguments.threads)])

    def ours():
        return run([built(program), name, str(arguments.batch), str(arguments.seconds),
                    str(arguments.threads)])

    best = min(LAYOUTS, key=lambda layout: theirs(layout, arguments.seconds / 4)["least_ms"])
    pairs = in_turn(arguments.rounds, ours, lambda: theirs(best))
    mine, other = (statistics.median(pair[side]["peak_mib"] for pair in pairs) for side in (0, 1))
    our, their = (statistics.median(pair[side]["step_ms"] for pair in pairs) for side in (0, 1))
    row(name, arguments.batch, f"{our:.0f}", f"{their:.0f} ({best})",
        spread([their["step_ms"] / ours["step_ms"] for ours, their in pairs]),
        f"{mine:.0f} / {other:.0f}", f"{mine / other:.2f}")


def main(script, description, program, make_step, seconds):
    """The command line of a comparison of steps."""
    if len(sys.argv) > 1 and sys.argv[1] == "--check":
        return check(sys.argv[2])
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        name, layout, batch, length, threads = sys.argv[2:]
        return worker(name, layout, int(batch), float(length), int(threads), make_step)
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", default="wrn-16-2,resnet-18-cifar")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=seconds, help="of each timed section")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    built(program)
    names = arguments.networks.split(",")
    for name in names:
        found = run([sys.executable, script, "--check", name])
        print(f"{name}: logits agree to {found['logits']:.0e}, the norm of all gradients to "
              f"{found['gradients']:.0e}", flush=True)
    print(f"\n{arguments.threads} threads each, {arguments.rounds} rounds in turn, "
          f"{arguments.seconds:g} s a section\n")
    header("network", "batch", "robeval, ms a step", "PyTorch, ms a step (layout)",
           "PyTorch's time / robeval's", "peak memory, MiB: robeval / PyTorch", "memory ratio")
    for name in names:
        compare(script, program, name, arguments)


if __name__ == "__main__":
    main(__file__, __doc__, "steps", plain_step, seconds=8)
