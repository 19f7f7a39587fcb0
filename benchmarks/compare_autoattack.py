#!/usr/bin/env python3
"""A whole AutoAttack beside the original program: same checkpoint, same images, in turn.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch==2.11.0 numpy h5py && \\
        /tmp/venv/bin/pip install --no-deps pyautoattack==0.2.0
    swift build -c release
    /tmp/venv/bin/python benchmarks/compare_autoattack.py --network resnet-18-cifar \\
        --checkpoint model_test.pt --data cifar-10-batches-bin --eps 1/255 --examples 16

The original is the PyTorch implementation of the package `pyautoattack`, whose example checkpoint
is a ResNet-18 (`--checkpoint example`). Nothing is timed unless logits and clean accuracies agree.
PyTorch gets the better of two layouts and of up to three batch sizes, which a twentieth of the
attack finds. The time of robeval is that of its whole process; the original's leaves out the start
of PyTorch. Memory is the peak of each whole process. Printed, as Markdown: one row.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

from side_by_side import LAYOUTS, header, in_turn, memory_format, peak_mib, row, run, spread


def images_and_labels(folder, count):
    """The first test images of CIFAR-10's binary form, in [0, 1]."""
    import numpy as np
    import torch
    path = os.path.join(folder, "test_batch.bin")
    records = np.fromfile(path, np.uint8, count * 3073).reshape(-1, 3073)
    if len(records) < count:
        sys.exit(f"{path}: {len(records)} images, but {count} were asked for")
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype("float32") / 255)
    return images, torch.from_numpy(records[:, 0].astype("int64"))


def network_of(settings, layout="contiguous"):
    """The twin with the checkpoint's weights, normalising its input where that is asked for."""
    import torch
    from torch_networks import NETWORKS

    state = torch.load(settings["checkpoint"], map_location="cpu", weights_only=True)
    state = state.get("state_dict", state)
    state = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    network = NETWORKS[settings["network"]]()
    network.load_state_dict(state)

    class Prepared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network
            for name, usual in (("mean", 0), ("std", 1)):
                values = settings[name].split(",") if settings[name] else [usual] * 3
                self.register_buffer(
                    name, torch.tensor([float(v) for v in values]).view(1, 3, 1, 1))

        def forward(self, x):
            x = x.contiguous(memory_format=memory_format(layout))
            return self.network((x - self.mean) / self.std if settings["mean"] else x)

    prepared = Prepared().eval().requires_grad_(False)
    return prepared.to(memory_format=memory_format(layout))


def check(settings, predicted):
    """One process: ends with an error unless both sides give the same logits and labels."""
    import h5py
    import numpy as np
    import torch
    images, labels = images_and_labels(settings["data"], settings["examples"])
    with torch.inference_mode():
        logits = network_of(settings)(images).numpy()
    with h5py.File(predicted) as file:
        ours = file["logits"][:]
    apart = float(np.abs(ours - logits).max() / np.abs(logits).max())
    clean = [int((one.argmax(1) == labels.numpy()).sum()) for one in (ours, logits)]
    if not apart <= 1e-4 or clean[0] != clean[1]:
        sys.exit(f"the two sides are different networks: logits differ by {apart:.1e} of the "
                 f"largest; {clean[0]} and {clean[1]} images are classified correctly")
    print(json.dumps({"apart": apart, "clean": clean[1], "pytorch": torch.__version__}))


def original(settings, layout, batch, share):
    """One process of the original: the standard attack, or with `share` 20 a twentieth of it."""
    import torch
    from pyautoattack import AutoAttack

    torch.set_num_threads(settings["threads"])
    images, labels = images_and_labels(settings["data"], settings["examples"])
    network = network_of(settings, layout)
    attack = AutoAttack(
        network, norm=settings["norm"], eps=float(Fraction(settings["eps"])),
        version="standard", seed=settings["seed"])
    for part in (attack.apgd, attack.apgd_targeted, attack.fab):
        part.n_iter //= share
    attack.square.n_queries //= share
    start = time.perf_counter()
    adversarial, _ = attack.run_standard_evaluation(images, labels, batch_size=batch)
    seconds = time.perf_counter() - start
    with torch.inference_mode():
        robust = network(adversarial).argmax(1) == labels
        clean = network(images).argmax(1) == labels
    print(json.dumps({
        "seconds": seconds, "peak_mib": peak_mib(), "clean": int(clean.sum()),
        "robust": robust.nonzero().ravel().tolist()}))


def robeval(settings, folder):
    """One process of ours, from its start to its end."""
    command = [
        settings["robeval"], "evaluate", "--model", settings["model"], "--dataset", "cifar10",
        "--data", settings["data"], "--examples", str(settings["examples"]), "--norm",
        settings["norm"], "--eps", settings["eps"], "--seed", str(settings["seed"]), "--lanes",
        str(settings["threads"]), "--progress", "none", "--out", folder]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}\nended with {os.waitstatus_to_exitcode(status)}")
    with open(os.path.join(folder, "result.json")) as file:
        result = json.load(file)
    return {"seconds": seconds, "peak_mib": usage.ru_maxrss / 1024,
            "clean": result["clean_correct"], "robust": result["robust_indices"]}


def compare(settings, rounds, folder):
    def theirs(layout, batch, share=1):
        return run([sys.executable, __file__, "--original", json.dumps(settings), layout,
                    str(batch), str(share)])

    if not settings["model"]:
        settings["model"] = os.path.join(folder, "model.h5")
        constants = [f"--{k}={settings[k]}" for k in ("mean", "std") if settings[k]]
        quiet([settings["robeval"], "import", settings["checkpoint"], "--arch",
               settings["network"], "--dataset", "cifar10", *constants, "-o", settings["model"]])
    predicted = os.path.join(folder, "predicted.h5")
    quiet([settings["robeval"], "predict", "--model", settings["model"], "--dataset", "cifar10",
           "--data", settings["data"], "--examples", str(settings["examples"]), "--out", predicted])
    agreed = run([sys.executable, __file__, "--check", json.dumps(settings), predicted])
    print(f"logits agree to {agreed['apart']:.0e}, {agreed['clean']} of {settings['examples']} "
          "images are classified correctly by both", flush=True)

    count = settings["examples"]
    sizes = sorted({min(count, size) for size in (16, 64, 250)})
    choices = [(layout, size) for size in sizes for layout in LAYOUTS]
    trial = {choice: theirs(*choice, share=20)["seconds"] for choice in choices}
    best = min(choices, key=trial.get)
    for choice in choices:
        print(f"a twentieth of the original, {choice[0]}, batch {choice[1]}: "
              f"{trial[choice]:.1f} s", flush=True)

    runs = iter(range(rounds))
    pairs = in_turn(
        rounds, lambda: robeval(settings, os.path.join(folder, f"run{next(runs)}")),
        lambda: theirs(*best))
    for ours, their in pairs:
        if not ours["clean"] == their["clean"] == agreed["clean"]:
            sys.exit(f"clean accuracies differ: {ours['clean']} and {their['clean']} of {count}")
    print(f"\n{settings['threads']} threads each, {rounds} rounds in turn, "
          f"PyTorch {agreed['pytorch']}\n")
    report(settings, best, pairs)


def report(settings, best, pairs):
    def median(side, key):
        return statistics.median(pair[side][key] for pair in pairs)

    def robust(side):
        return f"{100 * len(pairs[0][side]['robust']) / settings['examples']:.2f} %"

    differing = set(pairs[0][0]["robust"]) ^ set(pairs[0][1]["robust"])
    memory = median(0, "peak_mib"), median(1, "peak_mib")
    header("network", "eps", "images", "clean", "robust: robeval / original", "images that differ",
           "robeval, s", "original, s (layout, batch)", "original's time / robeval's",
           "peak memory, MiB: robeval / original", "memory ratio")
    row(settings["network"], f"{settings['norm']} {settings['eps']}", settings["examples"],
        f"{100 * pairs[0][0]['clean'] / settings['examples']:.2f} %",
        f"{robust(0)} / {robust(1)}", len(differing), f"{median(0, 'seconds'):.1f}",
        f"{median(1, 'seconds'):.1f} ({best[0]}, {best[1]})",
        spread([their["seconds"] / ours["seconds"] for ours, their in pairs]),
        f"{memory[0]:.0f} / {memory[1]:.0f}", f"{memory[0] / memory[1]:.2f}")


def quiet(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{result.stderr.strip()}")


def example_checkpoint():
    """The ResNet-18 that the package brings."""
    import importlib.util
    package = importlib.util.find_spec("pyautoattack")
    if package is None:
        sys.exit("pip install --no-deps pyautoattack==0.2.0")
    return os.path.join(os.path.dirname(package.origin), "examples", "model_test.pt")


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--check":
        return check(json.loads(sys.argv[2]), sys.argv[3])
    if len(sys.argv) > 1 and sys.argv[1] == "--original":
        return original(
            json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--network", required=True, help="the registry's name: resnet-18-cifar, resnet4b, …")
    add("--checkpoint", required=True, help="PyTorch's file, or `example`")
    add("--data", required=True, help="the folder of test_batch.bin")
    add("--eps", required=True, help="the radius, for example 8/255")
    add("--norm", default="Linf", choices=["Linf", "L2", "L1"])
    add("--examples", type=int, default=100, help="the first images of the test set")
    add("--mean", default="", help="what is subtracted from each channel, as in robeval import")
    add("--std", default="", help="what each channel is divided by")
    add("--model", default="", help="what robeval reads; by default it imports the checkpoint")
    add("--robeval", default=".build/release/robeval")
    add("--threads", type=int, default=2)
    add("--seed", type=int, default=0)
    add("--rounds", type=int, default=1)
    settings = vars(parser.parse_args())
    rounds = settings.pop("rounds")
    if bool(settings["mean"]) != bool(settings["std"]):
        parser.error("--mean and --std belong together")
    if settings["checkpoint"] == "example":
        settings["checkpoint"] = example_checkpoint()
    with tempfile.TemporaryDirectory() as folder:
        compare(settings, rounds, folder)


if __name__ == "__main__":
    main()
