"""Three steps of SVGD-TALD's algorithm 1 on TinyNetwork, in double precision, by finite differences.

    python3 stein_particles.py

prints the particles that SteinParticlesTests expects. Gradients are central differences, so that
nothing of the tested derivation enters.
"""
import numpy as np

W1 = np.array([[np.sin(1 + 1.3 * i + 0.7 * j + 0.11 * i * j) for j in range(6)] for i in range(5)])
W2 = np.array([[np.cos(0.5 + 0.9 * i - 1.1 * j) for j in range(5)] for i in range(5)])
CLEAN = np.array([0.2, 0.7, 0.5, 0.9, 0.1, 0.4])
OFFSETS = np.array([
    [0.05, -0.02, 0.01, 0.03, -0.04, 0.02],
    [-0.03, 0.04, 0.02, -0.01, 0.05, -0.05],
    [0.01, 0.01, -0.05, 0.04, 0.02, 0.03],
])


def log_probabilities(x):
    z = 2 * W2 @ np.tanh(W1 @ (x - 0.5))
    z = z - z.max()
    return z - np.log(np.exp(z).sum())


def divergence(x):
    own = log_probabilities(x)
    return (np.exp(own) * (own - log_probabilities(CLEAN))).sum()


def gradient(x, h=1e-6):
    return np.array([(divergence(x + h * e) - divergence(x - h * e)) / (2 * h) for e in np.eye(6)])


def project(x, norm, radius):
    offset = x - CLEAN
    if norm == "linf":
        offset = np.clip(offset, -radius, radius)
    else:
        length = np.sqrt((offset ** 2).sum())
        offset = offset * min(1, radius / length)
    return np.clip(CLEAN + offset, 0, 1)


def ascend(sigma, norm, radius, step, steps=3):
    cloud = CLEAN + OFFSETS
    count = len(cloud)
    for _ in range(steps):
        scores = [gradient(x) for x in cloud]
        squares = sorted(((cloud[i] - cloud[j]) ** 2).sum() for i in range(count) for j in range(i))
        variance = sigma ** 2 if sigma else np.median(squares) / (2 * np.log(count + 1))
        moved = []
        for own in cloud:
            direction = np.zeros(6)
            for other, score in zip(cloud, scores):
                kernel = np.exp(-((own - other) ** 2).sum() / (2 * variance))
                direction += kernel * score + kernel * (own - other) / variance
            direction /= count
            moved.append(project(own + step * direction / np.sqrt((direction ** 2).sum()), norm, radius))
        cloud = np.array(moved)
    return cloud


for name, arguments in {
    "σ 0.001, L2 0.3, η 0.1": (1e-3, "l2", 0.3, 0.1),
    "σ 0.05, L2 0.3, η 0.1": (0.05, "l2", 0.3, 0.1),
    "σ median, L2 0.15, η 0.1": (None, "l2", 0.15, 0.1),
    "σ 0.05, Linf 0.1, η 0.1": (0.05, "linf", 0.1, 0.1),
}.items():
    print(name)
    for particle in ascend(*arguments):
        print("  [" + ", ".join(f"{v:.6f}" for v in particle) + "],")
