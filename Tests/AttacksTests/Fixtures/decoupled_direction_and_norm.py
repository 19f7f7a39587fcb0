"""DDN's algorithm 1 on TinyNetwork, in double precision, with gradients by finite differences.

    python3 decoupled_direction_and_norm.py

prints what DecoupledDirectionAndNormTests expects. Nothing of the tested code or of the authors' enters.
"""
import numpy as np

W1 = np.array([[np.sin(1 + 1.3 * i + 0.7 * j + 0.11 * i * j) for j in range(6)] for i in range(5)])
W2 = np.array([[np.cos(0.5 + 0.9 * i - 1.1 * j) for j in range(5)] for i in range(5)])
EXAMPLES = [np.array([0.2, 0.7, 0.5, 0.9, 0.1, 0.4]), np.array([0.6, 0.3, 0.8, 0.05, 0.95, 0.5])]


def logits(x):
    return 2 * W2 @ np.tanh(W1 @ (x - 0.5))


def loss(x, label):
    z = logits(x)
    z = z - z.max()
    return np.log(np.exp(z).sum()) - z[label]


def gradient(x, label, h=1e-6):
    return np.array([(loss(x + h * e, label) - loss(x - h * e, label)) / (2 * h) for e in np.eye(6)])


def attack(clean, label, steps, start=1.0, factor=0.05):
    offset, radius, nearest = np.zeros(6), start, None
    farthest = np.linalg.norm(np.maximum(clean, 1 - clean))
    for step in range(steps):
        image = clean + offset
        fooled = logits(image).argmax() != label
        length = np.linalg.norm(offset)
        if fooled and (nearest is None or length < nearest[0]):
            nearest = (length, image, step)
        slope = gradient(image, label)
        rate = 0.01 + 0.99 / 2 * (1 + np.cos(np.pi * step / steps))
        offset = offset + rate * slope / np.linalg.norm(slope)
        radius = min(radius * (1 - factor if fooled else 1 + factor), farthest)
        offset = np.clip(clean + radius * offset / np.linalg.norm(offset), 0, 1) - clean
    return nearest


for number, clean in enumerate(EXAMPLES):
    label = logits(clean).argmax()
    for steps, start in [(10, 1.0), (40, 1.0), (100, 1.0), (30, 0.1)]:
        found = attack(clean, label, steps, start)
        if found is None:
            print(number, label, steps, start, "none")
        else:
            print(number, label, steps, start, f"{found[0]:.7f}", found[2], np.array2string(found[1], precision=7, separator=", "))
