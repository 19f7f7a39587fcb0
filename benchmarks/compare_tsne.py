"""Times robeval's exact t-SNE beside scikit-learn's exact one and openTSNE's two, and compares the maps.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn openTSNE h5py
    swift build -c release --package-path benchmarks --product maps
    robeval predict --model M.h5 --examples 4000 --features penultimate --out features.h5
    /tmp/venv/bin/python benchmarks/compare_tsne.py features.h5            # or digits: scikit-learn's own

Every map is made in a process of its own, 250 steps with exaggeration 12 and 750 without, perplexity 30, from principal
components. The divergence is computed here, of every map in the same way and exactly; neighbours are those of the same class
among the five nearest.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy

import side_by_side

METHODS = ("robeval, exact", "scikit-learn, exact", "openTSNE, Barnes-Hut", "openTSNE, FFT")


def read(source):
    """Points and classes."""
    if source == "digits":
        from sklearn.datasets import load_digits
        return load_digits(return_X_y=True)
    import h5py
    with h5py.File(source) as file:
        points, labels = file["features/penultimate"][:], file["label"][:]
    return points.reshape(len(points), -1).astype(numpy.float64), labels


def mapped(method, points, threads):
    """The map that a Python library makes."""
    if method.startswith("scikit-learn"):
        from sklearn.manifold import TSNE
        return TSNE(method="exact", init="pca", perplexity=30, random_state=0).fit_transform(points)
    import openTSNE
    kind = "bh" if "Barnes" in method else "fft"
    return numpy.asarray(openTSNE.TSNE(
        perplexity=30, initialization="pca", negative_gradient_method=kind, early_exaggeration_iter=250, n_iter=750,
        random_state=0, n_jobs=threads).fit(points))


def joint(points, perplexity=30):
    """P, with every row's perplexity by bisection to the last bit."""
    squares = (points**2).sum(1)
    distances = numpy.maximum(squares[:, None] + squares - 2 * points @ points.T, 0)
    result = numpy.zeros_like(distances)
    for row in range(len(points)):
        d = numpy.delete(distances[row], row)
        d = d - d.min()
        low, high, beta = 0.0, numpy.inf, 1.0
        for _ in range(200):
            weights = numpy.exp(-beta * d)
            entropy = numpy.log(weights.sum()) + beta * (weights @ d) / weights.sum()
            if entropy > numpy.log(perplexity):
                low, beta = beta, beta * 2 if high == numpy.inf else (beta + high) / 2
            else:
                high, beta = beta, (low + beta) / 2
        result[row] = numpy.insert(weights / weights.sum(), row, 0)
    return (result + result.T) / (2 * len(points))


def divergence(p, y):
    squares = (y**2).sum(1)
    q = 1 / (1 + numpy.maximum(squares[:, None] + squares - 2 * y @ y.T, 0))
    numpy.fill_diagonal(q, 0)
    q /= q.sum()
    some = p > 0
    return float((p[some] * numpy.log(p[some] / q[some])).sum())


def quality(points, labels, p, y):
    from sklearn.manifold import trustworthiness
    from sklearn.neighbors import NearestNeighbors
    nearest = NearestNeighbors(n_neighbors=6).fit(y).kneighbors(y, return_distance=False)[:, 1:]
    return divergence(p, y), trustworthiness(points, y, n_neighbors=5), float((labels[nearest] == labels[:, None]).mean())


def work(method, source, out, threads):
    """One method in this process; the last line is JSON."""
    points, _ = read(source)
    start, before = time.perf_counter(), os.times()
    y = mapped(method, points, threads)
    seconds, after = time.perf_counter() - start, os.times()
    y.astype(numpy.float64).tofile(out)
    print(json.dumps({"seconds": seconds, "processor": after.user + after.system - before.user - before.system}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--methods", default=",".join(map(str, range(len(METHODS)))), help="numbers from 0")
    parser.add_argument("--maps", help="the program, by default that of the nested package")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options.work[0], options.source, options.work[1], options.threads)
    points, labels = read(options.source)
    p = joint(points)
    print(f"{len(points)} points of {points.shape[1]} dimensions, {options.threads} threads\n")
    side_by_side.header("map", "seconds", "of the processor", "KL", "trustworthiness, 5", "neighbours of the class, 5")
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "map.f64")
        raw = os.path.join(folder, "points.f64")
        numpy.ascontiguousarray(points).tofile(raw)
        for method in (METHODS[int(number)] for number in options.methods.split(",")):
            if method.startswith("robeval"):
                command = [options.maps or side_by_side.built("maps"), raw, str(points.shape[1]), out, str(options.threads)]
            else:
                command = [sys.executable, os.path.abspath(__file__), options.source, "--threads", str(options.threads),
                           "--work", method, out]
            environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads), OPENBLAS_NUM_THREADS=str(options.threads))
            done = subprocess.run(command, capture_output=True, text=True, env=environment)
            if done.returncode:
                sys.exit(f"{method}: {done.stderr.strip()[-2000:]}")
            times = json.loads(done.stdout.strip().splitlines()[-1])
            found = quality(points, labels, p, numpy.fromfile(out).reshape(-1, 2))
            side_by_side.row(method, f"{times['seconds']:.1f}", f"{times['processor']:.1f}", *(f"{v:.4f}" for v in found))


if __name__ == "__main__":
    main()
