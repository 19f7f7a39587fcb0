#!/usr/bin/env python3
"""Makes 12_mart.json: the loss of MART at given logits, and steps of training with it, in PyTorch.

    /tmp/venv/bin/python Tests/TrainingTests/Fixtures/make_mart.py

Written after the paper (Wang et al. 2020, equations 9 to 11), with autograd, in double precision. The
published program adds 1e-4 to 1 - p in the second logarithm, so that it is 9.2 at most, 1e-12 to other
probabilities and 1e-7 to the divergence's weight; `program` has the loss with those, for comparison.
Crafting is in evaluation mode, as there. Weights, images and noise are those of README.md; first images
were chosen as in make_fast_training.py, whose functions are used.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

import make_fast_training as golden

EPSILON, LENGTH, STEPS, WEIGHT, START = 0.031, 0.007, 10, 5.0, 0.01
golden.EPSILON = EPSILON


def loss_parts(clean, adversarial, y, program=False):
    """The boosted cross-entropy and the weighted divergence, means over the batch."""
    margin, tiny, more = (1e-4, 1e-12, 1e-7) if program else (0, 0, 0)
    rows = torch.arange(len(y))
    p, q = F.softmax(clean, 1), F.softmax(adversarial, 1)
    wrong = q.masked_fill(F.one_hot(y, q.shape[1]).bool(), -1).max(1).values
    boosted = -F.log_softmax(adversarial, 1)[rows, y] - torch.log(1 + margin - wrong + tiny)
    divergence = (p * (F.log_softmax(clean, 1) - torch.log(q + tiny))).sum(1)
    return boosted.mean(), (divergence * (1 + more - p[rows, y])).mean()


def at_logits():
    """Right and wrong images, sure and unsure ones, and logits with a tie among wrong classes."""
    classes = 5
    clean = 6 * torch.stack([golden.formula(100 + n, classes) for n in range(6)])
    adversarial = 8 * torch.stack([golden.formula(200 + n, classes) for n in range(6)])
    adversarial[5] = torch.tensor([1.0, 0.5, -2, 0.5, 0.25], dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 3, 4, 0])
    clean.requires_grad_()
    adversarial.requires_grad_()
    boosted, divergence = loss_parts(clean, adversarial, y)
    loss = boosted + WEIGHT * divergence
    gradients = torch.autograd.grad(loss, [clean, adversarial])
    one, other = loss_parts(clean, adversarial, y, program=True)
    number = lambda value: float(value.detach())
    return {"labels": y.tolist(), "clean": clean.tolist(), "adversarial": adversarial.tolist(),
            "bce": number(boosted), "kl": number(divergence), "loss": number(loss),
            "program": number(one + WEIGHT * other),
            "clean_gradient": gradients[0].tolist(), "adversarial_gradient": gradients[1].tolist()}


def crafted(net, x, y, start):
    net.eval()
    moved = start
    for _ in range(STEPS):
        probe = moved.clone().requires_grad_()
        gradient, = torch.autograd.grad(F.cross_entropy(net(probe), y), probe)
        moved = moved + LENGTH * gradient.sign()
        moved = torch.maximum(torch.minimum(moved, x + EPSILON), x - EPSILON).clamp(0, 1)
    net.train()
    return moved.detach(), gradient


def run(kind, first, noise_base, dtype=torch.float64, jitter=None):
    net = golden.network(dtype, jitter)
    initial = {n: t.clone() for n, t in net.state_dict().items()}
    descent = torch.optim.SGD(
        net.parameters(), lr=golden.RATE, momentum=golden.MOMENTUM, weight_decay=golden.DECAY)
    batches = [(first, first + 1), (first + 2, first + 3)]
    steps = []
    for number, (low, high) in enumerate(batches):
        x, y = golden.images(low, high)
        x = x.to(dtype)
        draw = golden.noise(noise_base + number + (50 if kind == "fixed" else 0), low, high).to(dtype)
        step = {"images": [low, high]}
        if kind == "fixed":
            signs = torch.where(draw >= 0, torch.ones_like(draw), -torch.ones_like(draw))
            x_adv = (x + EPSILON * signs).clamp(0, 1)
        else:
            x_adv, gradient = crafted(net, x, y, x + START * math.sqrt(12) * draw)
            step["crafting"] = golden.crafted(x, x_adv, gradient)
        boosted, divergence = loss_parts(net(x), net(x_adv), y)
        loss = boosted + WEIGHT * divergence
        descent.zero_grad()
        loss.backward()
        slopes = {n: p.grad.clone() for n, p in net.named_parameters()}
        descent.step()
        step |= {"loss": float(loss.detach()),
                 "loss_parts": {"bce": float(boosted.detach()), "kl": float(divergence.detach())},
                 **golden.outcome(net, slopes, initial)}
        steps.append(step)
    net.eval()
    x, y = golden.images(*batches[0])
    logits = net(x.to(dtype))
    return {
        "net": "resnet8", "published": "mart", "fc_scale": golden.SCALE, "label_mod": 10,
        "eps": EPSILON, "batch_size": 2, "noise_base": noise_base, "start": kind, "start_std": START,
        "sgd": {"lr": golden.RATE, "momentum": golden.MOMENTUM, "weight_decay": golden.DECAY,
                "nesterov": False},
        "steps": steps,
        "eval_mode_after": {"ce_on_first_batch": float(F.cross_entropy(logits, y).detach()),
                            "logits_first_image": [float(v) for v in logits[0].detach()]}}


if __name__ == "__main__":
    torch.set_num_threads(1)
    runs = {}
    for kind in ["fixed", "crafted"]:
        first = 0
        for _ in range(3):
            first, exact = golden.chosen(run, kind, first)
            print(kind, first, flush=True)
            runs[f"{kind} from image {first}"] = golden.rounded(exact)
            first += 1
    path = pathlib.Path(__file__).with_name("12_mart.json")
    path.write_text(json.dumps({"logits": golden.rounded(at_logits()), "runs": runs}))
