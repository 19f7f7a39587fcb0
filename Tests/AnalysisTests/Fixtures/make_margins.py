"""Makes the class margins of `analyses.json` again with PyTorch in double precision, and compares them.

    python3 make_margins.py
"""

import json
import pathlib
import sys

import numpy
import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "benchmarks"))
import torch_networks  # noqa: E402

TWINS = {
    "wrn_16_1": lambda: torch_networks.WideResNet(16, 1),
    "resnet8": lambda: torch_networks.DownsampledResNet(torch_networks.Basic, [1, 1, 1], 16, [16, 32, 64], 10),
}


def margins(name, bias):
    """Margins of ten classes on images 0 to 39, whose classes are their numbers modulo ten."""
    network = TWINS[name]().double().eval()
    with torch.no_grad():
        state = [value for key, value in network.state_dict().items() if "num_batches" not in key]
        for number, tensor in enumerate(state):
            tensor.copy_(torch.from_numpy(weights(network, number, tensor)).reshape(tensor.shape))
        network.fc.weight.mul_(4)
        network.fc.bias.copy_(torch.tensor(bias, dtype=torch.float64))
        images = numpy.stack([torch_networks.uniform(1000 + n, 3072) + 0.5 for n in range(40)])
        p = network(torch.from_numpy(images).reshape(40, 3, 32, 32)).softmax(dim=1).numpy()
    labels = numpy.arange(40) % 10
    means = numpy.stack([p[labels == label].mean(axis=0) for label in range(10)])
    return [row[label] - numpy.delete(row, label).max() for label, row in enumerate(means)]


def weights(network, number, tensor):
    """The formula of `torch_networks.formula_weights`, not rounded to float32."""
    names = [key for key in network.state_dict() if "num_batches" not in key]
    u = torch_networks.uniform(number, tensor.numel())
    if tensor.dim() > 1:
        return u * numpy.sqrt(12 * 2 / numpy.prod(tensor.shape[1:]))
    if names[number].endswith("running_var"):
        return 1 + 0.8 * (u + 0.5)
    return (1 if names[number].endswith("weight") else 0) + 0.4 * u


def main():
    expected = json.loads((HERE / "analyses.json").read_text())["margins"]
    found = {name: margins(name, net["fc_bias"]) for name, net in expected["nets"].items()}
    largest = max(abs(a - b) for name, net in expected["nets"].items() for a, b in zip(found[name], net["margin"]))
    difference = [a - b for a, b in zip(found["wrn_16_1"], found["resnet8"])]
    largest = max([largest] + [abs(a - b) for a, b in zip(difference, expected["difference"])])
    print(f"largest difference {largest:.2e}")
    return int(largest > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
