"""Crosses the boundaries of `robeval analyze similarity` again, in PyTorch and double precision; needs torch and h5py.

    robeval analyze similarity TEACHER.h5 STUDENT.h5 --data cifar-10-batches-bin --examples 20 --out FOLDER
    python3 check_boundaries.py FOLDER cifar-10-batches-bin TEACHER.h5 STUDENT.h5

The checkpoints are resnet8s of robeval's format. A search may turn on the last bit of a margin: pairs that take another number of
steps here are counted and left out, and must be few.
"""

import csv
import json
import pathlib
import sys

import h5py
import numpy
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "benchmarks"))
import torch_networks  # noqa: E402

MEAN, DEVIATION = (torch.tensor(v, dtype=torch.float64).reshape(3, 1, 1)
                   for v in ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]))
LOW, HIGH = -MEAN / DEVIATION, (1 - MEAN) / DEVIATION


def network(path):
    """Logits at coordinates of the space."""
    result = torch_networks.DownsampledResNet(torch_networks.Basic, [1, 1, 1], 16, [16, 32, 64], 10).double().eval()
    with h5py.File(path) as file:
        mean, deviation = (torch.tensor(file.attrs.get(name, plain), dtype=torch.float64).reshape(-1, 1, 1)
                           for name, plain in (("input_mean", [0.0]), ("input_std", [1.0])))
        with torch.no_grad():
            for name, tensor in result.state_dict().items():
                if "num_batches" not in name:
                    tensor.copy_(torch.from_numpy(file["parameters/" + name.replace(".", "/")][:]))
    for parameter in result.parameters():
        parameter.requires_grad_(False)
    return lambda x: result(((x * DEVIATION + MEAN - mean) / deviation)[None])[0]


def cross(logits, start, base, target, limit, rate=0.3):
    """Displacement, steps and class of the search of Heo et al. toward one class."""
    x, steps = start.clone(), 0
    while steps < limit:
        x = x.detach().requires_grad_()
        z = logits(x)
        if int(z.argmax()) != base:
            break
        margin = z[base] - z[target]
        (gradient,) = torch.autograd.grad(margin, x)
        length = gradient.norm()
        if length == 0:
            break
        x = (x.detach() - rate * (margin.detach() + 1e-4) * gradient / length).clamp(LOW, HIGH)
        steps += 1
    x = x.detach()
    return x - start, steps, int(logits(x).argmax())


def images(folder):
    records = numpy.fromfile(pathlib.Path(folder) / "test_batch.bin", dtype=numpy.uint8).reshape(-1, 3073)
    return records[:, 1:].astype(numpy.float64).reshape(-1, 3, 32, 32) / 255


def main(folder, data, teacher, student):
    limit = int(json.loads((pathlib.Path(folder) / "analysis.json").read_text())["result"]["attack"]["steps"])
    pixels, networks = images(data), [network(teacher), network(student)]
    largest, others, pairs, sums = 0.0, 0, 0, [0.0, 0.0, 0.0, 0.0]
    for row in csv.DictReader((pathlib.Path(folder) / "pairs.csv").open()):
        if row["student"] != "0":
            continue
        pairs += 1
        start = (torch.from_numpy(pixels[int(row["index"])]) - MEAN) / DEVIATION
        base, target = int(row["class"]), int(row["target"])
        found = [cross(logits, start, base, target, limit) for logits in networks]
        if [f[1:] for f in found] != [(int(row[n + "_steps"]), int(row[n + "_predicted"])) for n in ("teacher", "student")]:
            others += 1
            continue
        (t, *_), (s, *_) = found
        own = [float(t.norm()), float(s.norm()), float((t * s).sum())]
        theirs = [float(row[name]) for name in ("teacher_length", "student_length", "inner_product")]
        largest = max([largest] + [abs(a - b) / (own[0] * own[1] if n == 2 else own[n])
                                   for n, (a, b) in enumerate(zip(own, theirs))])
        if row["used"] in ("1", "true"):
            for n, (a, b, p) in enumerate((own, theirs)):
                sums[n] += min(a, b) / max(a, b)
                sums[2 + n] += p / a / b
    print(f"{pairs} pairs, {others} with other steps, largest relative difference of the others {largest:.1e}; MagSim sums "
          f"{sums[0]:.8f} and {sums[1]:.8f}, AngSim sums {sums[2]:.8f} and {sums[3]:.8f}")
    return int(others > pairs / 50 or largest > 1e-3)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
