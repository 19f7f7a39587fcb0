#!/usr/bin/env python3
"""Times forward and forward + input gradient beside PyTorch: same machine, alternating runs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.11.0 numpy
    swift build -c release --package-path benchmarks
    /tmp/venv/bin/python benchmarks/compare_pytorch.py [--networks wrn-28-10,tv-resnet50]

Both sides get the same weights (the formula of the golden files) and must give the same logits on
the same images, or nothing is timed. PyTorch gets the better of two layouts and two batch sizes for
each pass, which a short run finds. Then both are timed in turn, each in a process of its own.
Printed, as Markdown: milliseconds an image, the ratio of each round, and the peak memory.
"""
import argparse
import json
import statistics
import sys
import time

from side_by_side import (
    LAYOUTS, built, header, in_turn, memory_format, peak_mib, row, run, spread)

PASSES = ("forward", "gradient")
NAMES = {"forward": "forward", "gradient": "forward + input gradient"}


def worker(name, layout, batch, seconds, threads, passes):
    """One PyTorch process: prints mean and least milliseconds an image, and peak memory."""
    import torch
    from torch_networks import NETWORKS, formula_images, formula_weights, image_size

    torch.set_num_threads(threads)
    network = formula_weights(NETWORKS[name]()).eval().requires_grad_(False)
    network = network.to(memory_format=memory_format(layout))
    images = formula_images(batch, image_size(name)).contiguous(
        memory_format=memory_format(layout))
    labels = torch.zeros(batch, dtype=torch.long)

    def forward():
        with torch.inference_mode():
            network(images)

    def gradient():
        x = images.clone().requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(network(x), labels, reduction="sum")
        torch.autograd.grad(loss, x)

    result = {}
    for key in passes:
        step = {"forward": forward, "gradient": gradient}[key]
        step()
        times, start = [], time.perf_counter()
        while time.perf_counter() - start < seconds:
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        result[f"{key}_ms"] = statistics.mean(times) * 1000 / batch
        result[f"{key}_least_ms"] = min(times) * 1000 / batch
    print(json.dumps(dict(result, peak_mib=peak_mib())))


def check(name):
    """One process: ends with an error unless both sides compute the same function."""
    import numpy as np
    import torch
    from torch_networks import NETWORKS, formula_images, formula_weights, image_size

    if name not in NETWORKS:
        sys.exit(f"no twin is written for {name}; there are {', '.join(NETWORKS)}")
    ours = run([built("passes"), name, "2", "values"])
    network = formula_weights(NETWORKS[name]()).eval().requires_grad_(False)
    images = formula_images(2, image_size(name)).requires_grad_(True)
    logits = network(images)
    (gradients,) = torch.autograd.grad(0.1 * logits.sum(), images)

    def difference(mine, theirs):
        theirs = theirs.detach().numpy().ravel()
        return np.linalg.norm(np.array(mine) - theirs) / np.linalg.norm(theirs)

    largest = np.abs(logits.detach().numpy()).max()
    apart = np.abs(np.array(ours["logits"]) - logits.detach().numpy().ravel()).max() / largest
    # A ReLU at a rounding error's distance from zero changes gradients more than logits.
    bent = difference(ours["gradients"], gradients)
    if not (apart <= 1e-4 and bent <= 1e-2):
        sys.exit(f"{name}: the twin is another network; logits differ by {apart:.1e} of the "
                 f"largest, input gradients by {bent:.1e} of their norm")
    print(json.dumps({"logits": apart, "gradients": bent, "pytorch": torch.__version__}))


def theirs(name, choice, passes, seconds, threads):
    layout, batch = choice
    return run([sys.executable, __file__, "--worker", name, layout, str(batch), str(seconds),
                str(threads), ",".join(passes)])


def best_choices(name, arguments):
    """The layout and batch size at which PyTorch is fastest, for each pass."""
    sizes = (4, 16) if name.startswith("tv-") else (16, 64)
    choices = [(layout, batch) for batch in sizes for layout in LAYOUTS]
    found = {c: theirs(name, c, PASSES, arguments.seconds / 4, arguments.threads) for c in choices}
    return {key: min(choices, key=lambda c: found[c][f"{key}_least_ms"]) for key in PASSES}


def compare(name, arguments):
    best = best_choices(name, arguments)

    def pytorch():
        result = {}
        for choice in dict.fromkeys(best.values()):
            passes = [key for key in PASSES if best[key] == choice]
            one = theirs(name, choice, passes, arguments.seconds, arguments.threads)
            # The pass with gradients needs the memory.
            memory = one["peak_mib"] if "gradient" in passes else result.get("peak_mib")
            result.update(one, peak_mib=memory)
        return result

    def robeval():
        return run([built("passes"), name, arguments.width, str(arguments.seconds), "onednn",
                    str(arguments.threads)])

    pairs = in_turn(arguments.rounds, robeval, pytorch)
    for key in PASSES:
        our = [pair[0][f"{key}_ms"] for pair in pairs]
        their = [pair[1][f"{key}_ms"] for pair in pairs]
        memory = ["", ""]
        if key == "gradient":
            mine, other = (statistics.median(pair[side]["peak_mib"] for pair in pairs)
                           for side in (0, 1))
            memory = [f"{mine:.0f} / {other:.0f}", f"{mine / other:.2f}"]
        layout, batch = best[key]
        row(name, NAMES[key], f"{statistics.median(our):.3f}",
            f"{statistics.median(their):.3f} ({layout}, {batch})",
            spread([t / o for t, o in zip(their, our)]), *memory)


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--check":
        return check(sys.argv[2])
    if len(sys.argv) > 1 and sys.argv[1] == "--worker":
        name, layout, batch, seconds, threads, passes = sys.argv[2:]
        return worker(
            name, layout, int(batch), float(seconds), int(threads), passes.split(","))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--networks", help="the registry's names, separated by commas",
        default="wrn-28-10,preactresnet-18-B,resnet32x4,vgg13_bn,mobilenetv2-half,shufflev2,"
        "tv-resnet50")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each timed section")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--width", default="usual", help="robeval's images a thread; by default what it chooses")
    arguments = parser.parse_args()

    names = arguments.networks.split(",")
    for name in names:
        # A child's peak memory counts from its parent's: this process stays small.
        found = run([sys.executable, __file__, "--check", name])
        print(f"{name}: logits agree to {found['logits']:.0e}, "
              f"input gradients to {found['gradients']:.0e}", flush=True)
    print(f"\n{arguments.threads} threads each, {arguments.rounds} rounds in turn, "
          f"{arguments.seconds:g} s a section, PyTorch {found['pytorch']}\n")
    header("network", "pass", "robeval, ms an image", "PyTorch, ms an image (layout, batch)",
           "PyTorch's time / robeval's", "peak memory, MiB: robeval / PyTorch", "memory ratio")
    for name in names:
        compare(name, arguments)


if __name__ == "__main__":
    main()
