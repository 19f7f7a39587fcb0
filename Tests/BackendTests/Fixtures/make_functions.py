"""Writes functions.json: functions of one value and products, with gradients, in double precision.

    python make_functions.py                # needs torch; made with torch 2.11

Nothing but formulas and torch.autograd; x and the upstream gradients are written as they are used,
rounded to float32. Where autograd and PyTorch's own operators differ at kinks, the operators count.
"""

import json
import math
import pathlib

import torch

torch.set_default_dtype(torch.float64)
SIXTH = 1 / 6
FUNCTIONS = [
    ({"sigmoid": {}}, torch.sigmoid),
    ({"tanh": {}}, torch.tanh),
    ({"gelu": {}}, torch.nn.functional.gelu),
    ({"tanhGELU": {}}, lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
    ({"quickGELU": {}}, lambda x: x * torch.sigmoid(1.702 * x)),
    ({"softplus": {}}, lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    ({"hardSwish": {}}, torch.nn.functional.hardswish),
    ({"leakyReLU": {"slope": 0.01}}, lambda x: torch.nn.functional.leaky_relu(x, 0.01)),
    ({"elu": {"scale": 1}}, torch.nn.functional.elu),
    ({"elu": {"scale": 0.5}}, lambda x: torch.nn.functional.elu(x, 0.5)),
    ({"hardSigmoid": {"slope": SIXTH, "offset": 0.5}}, torch.nn.functional.hardsigmoid),
    ({"hardSigmoid": {"slope": 0.25, "offset": 0.5}},
     lambda x: torch.nn.functional.hardtanh(0.25 * x + 0.5, 0, 1)),
    ({"clamp": {"lower": 0, "upper": 6}}, torch.nn.functional.relu6),
    ({"clamp": {"lower": -1, "upper": 2.5}}, lambda x: torch.nn.functional.hardtanh(x, -1, 2.5)),
]
POINTS = [-1000, -88, -20, -6, -4, -3, -2.5, -1, -0.5, -1e-6, 0, 1e-6, 0.5, 1, 2.5, 3, 4, 6, 20, 88,
          1000]


def rounded(values):
    return torch.tensor(values).float().double()


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.flatten().tolist()]


def case(inputs, output, upstream):
    gradients = torch.autograd.grad((output * upstream).sum(), inputs)
    return {"inputs": [numbers(x.detach()) for x in inputs], "upstream": numbers(upstream),
            "output": numbers(output.detach()), "gradients": [numbers(g) for g in gradients]}


def main():
    x = rounded(POINTS).requires_grad_()
    upstream = rounded([math.sin(3 * i + 1) + 0.25 for i in range(len(POINTS))])
    functions = [{"function": name} | case([x], f(x), upstream) for name, f in FUNCTIONS]
    wave = rounded([2 * math.sin(1.7 * i) for i in range(24)]).reshape(4, 3, 2).requires_grad_()
    other = rounded([math.cos(0.9 * i) for i in range(24)]).reshape(4, 3, 2).requires_grad_()
    gate = rounded([0.3, -0.8, 1.5, 0.1]).reshape(4, 1, 1).requires_grad_()
    upstream = rounded([math.cos(2.3 * i) for i in range(24)]).reshape(4, 3, 2)
    products = [case([wave, y], wave * y, upstream) for y in (other, gate)]
    text = json.dumps({"functions": functions, "products": products}, indent=1)
    pathlib.Path(__file__).with_name("functions.json").write_text(text + "\n")


main()
