#!/usr/bin/env python3
"""Times TRADES steps beside PyTorch: crafting, loss, gradients and update, in turn.

    swift build -c release --package-path benchmarks
    /tmp/venv/bin/python benchmarks/compare_trades.py [--networks wrn-16-2,resnet-18-cifar]

The step of Zhang et al. (ICML 2019) as published: ten ascent steps on the divergence in evaluation
mode, three forward passes in training mode, stochastic gradient descent with momentum and weight
decay. The protocol is that of `pytorch_steps.py`, whose check of logits and gradients comes first.
"""
import pytorch_steps

RADIUS, ASCENT, STEPS, WEIGHT = 8 / 255, 2 / 255, 10, 6.0


def trades_step(network, images, labels):
    """One step, update included."""
    import torch
    import torch.nn.functional as F

    optimizer = torch.optim.SGD(
        network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def divergence(perturbed, clean, reduction):
        return F.kl_div(
            F.log_softmax(perturbed, 1), F.softmax(clean, 1), reduction=reduction)

    def craft():
        network.eval()
        x = images + 0.001 * torch.randn_like(images)
        for _ in range(STEPS):
            x.requires_grad_()
            # As published, the clean image passes in every step.
            loss = divergence(network(x), network(images), "sum")
            (gradient,) = torch.autograd.grad(loss, x)
            x = x.detach() + ASCENT * gradient.sign()
            x = torch.min(torch.max(x, images - RADIUS), images + RADIUS).clamp(0, 1)
        network.train()
        return x

    def step():
        x = craft()
        optimizer.zero_grad()
        natural = F.cross_entropy(network(images), labels)
        robust = divergence(network(x), network(images), "batchmean")
        (natural + WEIGHT * robust).backward()
        optimizer.step()

    return step


if __name__ == "__main__":
    pytorch_steps.main(__file__, __doc__, "trades", trades_step, seconds=20)
