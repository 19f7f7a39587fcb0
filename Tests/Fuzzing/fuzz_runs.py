"""Feeds runs with mutated JSON to robeval and looks for crashes, hangs, memory and unclear messages.

    python Tests/Fuzzing/fuzz_runs.py --robeval .build/debug/robeval --count 20000

A small run is made of a linear network on MNIST's sample. Every mutant is a copy of its folder in
which one of ledger.jsonl, run.json, probe.json, result.json and sources.json is changed in its
structure: extreme numbers, other kinds of values, names twice, fields removed, added or exchanged,
lines of the ledger repeated or lost, deep nesting. `robeval fuzz-runs` verifies, merges, tabulates,
compares and resumes each, and prints one line a mutant with the slowest step and the memory; what
takes more than 2 s or 1 GiB, says more than one sentence, or ends the process is kept.

Every mutation follows from --seed, so that a run can be repeated.
"""

import argparse
import array
import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import types

from fuzz_checkpoints import read_lines

FILES = ["ledger.jsonl", "ledger.jsonl", "ledger.jsonl", "run.json", "probe.json", "result.json", "sources.json"]
NUMBERS = [
    "0", "-0", "1", "-1", "255", "1.5", "-0.5", "1e-400", "1e308", "1e999", "-1e999", "4503599627370496",
    "9007199254740992", "9007199254740993", "4611686018427387904", "9223372036854775807", "9223372036854775808",
    "-9223372036854775807", "-9223372036854775808", "18446744073709551615", "18446744073709551616", "68719476736",
    "1" + "0" * 400, "0." + "0" * 400 + "1", "NaN", "Infinity", "01", "0x10", "1.", ".5", "1e", "+1"]
TEXTS = ["", "8/255", "0/3", "9223372036854775807/9223372036854775807", "x" * 100_000, "\\u0000", "\\ud800", "\\", "\u2028",
         "clean", "apgd-ce", "square", "fooled", "../..", "nan", "1/0", "1000000000000"]


class Node:
    """A JSON value whose numbers keep their text and whose objects may have a name twice."""

    def __init__(self, kind, value):
        self.kind, self.value = kind, value

    @staticmethod
    def of(value):
        if isinstance(value, list):
            return Node("list", [Node.of(element) for element in value])
        if isinstance(value, dict):
            return Node("object", [[name, Node.of(member)] for name, member in value.items()])
        if isinstance(value, types.SimpleNamespace):
            return Node("raw", value.text)
        return Node("raw", json.dumps(value, ensure_ascii=False))

    @staticmethod
    def parse(text):
        number = lambda text: types.SimpleNamespace(text=text)
        return Node.of(json.loads(text, parse_int=number, parse_float=number))

    def text(self):
        if self.kind == "raw":
            return self.value
        if self.kind == "list":
            return "[" + ",".join(element.text() for element in self.value) + "]"
        return "{" + ",".join(f"{json.dumps(name)}:{member.text()}" for name, member in self.value) + "}"

    def places(self):
        """All pairs of a container and a position in it."""
        found = []
        if self.kind != "raw":
            for position, entry in enumerate(self.value):
                found.append((self, position))
                found += (entry if self.kind == "list" else entry[1]).places()
        return found

    def child(self, position):
        return self.value[position] if self.kind == "list" else self.value[position][1]

    def put(self, position, child):
        if self.kind == "list":
            self.value[position] = child
        else:
            self.value[position][1] = child


def other_value(random):
    return Node("raw", random.choice(
        [random.choice(NUMBERS), f'"{random.choice(TEXTS)}"', "null", "true", "[]", "{}", '{"a":1}', "[1,2]"]))


def nested(random):
    depth = random.choice([8, 31, 32, 33, 600, 100_000])
    left, right = random.choice([("[", "]"), ('{"a":', "}")])
    return Node("raw", left * depth + "1" + right * depth)


def mutate_tree(root, random):
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        places = root.places()
        if not places:
            return
        parent, position = random.choice(places)
        child = parent.child(position)
        numeric = child.kind == "raw" and (child.value[0].isdigit() or child.value[0] == "-")
        choice = random.randrange(9)
        if numeric and choice < 6:
            parent.put(position, Node("raw", random.choice(NUMBERS)))
        elif choice < 2:
            parent.put(position, other_value(random))
        elif choice == 2:
            del parent.value[position]
        elif choice == 3:
            parent.value.insert(random.randrange(len(parent.value) + 1), parent.value[position])
        elif choice == 4:
            random.shuffle(parent.value)
        elif choice == 5 and parent.kind == "object":
            parent.value.append([random.choice(["", "seed", "x" * 5000, "passes"]), other_value(random)])
        elif choice == 6:
            parent.put(position, nested(random))
        elif choice == 7 and parent.kind == "object":
            parent.value[position][0] = random.choice([entry[0] for entry in parent.value] + ["é", ""])
        else:
            elsewhere, there = random.choice(places)
            if elsewhere.value and there < len(elsewhere.value):
                parent.put(position, Node("raw", elsewhere.child(there).text()))


def mutate_lines(lines, random):
    choice = random.randrange(6)
    position = random.randrange(len(lines))
    if choice == 0:
        lines.insert(random.randrange(len(lines) + 1), lines[position])
    elif choice == 1:
        del lines[position]
    elif choice == 2:
        other = random.randrange(len(lines))
        lines[position], lines[other] = lines[other], lines[position]
    elif choice == 3:
        lines[position] = random.choice(["", " ", "\0" * 64, "null", lines[position][: len(lines[position]) // 2]])
    else:
        for _ in range(random.choice([1, 1, 2, 8])):
            place = random.randrange(len(lines))
            try:
                root = Node.parse(lines[place])
            except (ValueError, RecursionError):
                continue
            mutate_tree(root, random)
            lines[place] = root.text()


def seal(lines, random):
    """Most forgers give their lines the checksums that belong to them, and many number them."""
    if random.random() < 0.3:
        return
    renumbers = random.random() < 0.5
    for place, line in enumerate(lines):
        body = re.sub(r',"sum":"[^"]*"}$', "}", line)
        if body == line:
            continue
        if renumbers:
            body = re.sub(r'"line":[^,}]*}$', f'"line":{place}}}', body)
        digits = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        lines[place] = f'{body[:-1]},"sum":"{digits}"}}'


def mutate(folder, random):
    name = random.choice(FILES)
    path = folder / name
    text = path.read_text()
    if name == "ledger.jsonl":
        lines = text.splitlines()
        mutate_lines(lines, random)
        seal(lines, random)
        text = "".join(line + "\n" for line in lines)
    else:
        root = Node.parse(text)
        mutate_tree(root, random)
        text = root.text() + "\n"
    path.unlink()
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def varint(number):
    data = b""
    while number > 127:
        data, number = data + bytes([number & 127 | 128]), number >> 7
    return data + bytes([number])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def linear_network(random):
    """An ONNX file of Flatten and Gemm with random weights, for images of 1×28×28."""
    def tensor(name, shape):
        count = 1
        for extent in shape:
            count *= extent
        data = array.array("f", (random.gauss(0, 0.1) for _ in range(count))).tobytes()
        return b"".join(field(1, extent) for extent in shape) + field(2, 1) + field(8, name) + field(9, data)

    def value(name, shape):
        extents = b"".join(field(1, field(1, extent)) for extent in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, extents)))

    flatten = field(1, "x") + field(2, "flat") + field(3, "flatten") + field(4, "Flatten")
    transposed = field(1, "transB") + field(3, 1) + field(20, 2)
    gemm = (field(1, "flat") + field(1, "weight") + field(1, "bias") + field(2, "logits") + field(3, "gemm")
            + field(4, "Gemm") + field(5, transposed))
    graph = (field(1, flatten) + field(1, gemm) + field(2, "linear") + field(5, tensor("weight", [10, 784]))
             + field(5, tensor("bias", [10])) + field(11, value("x", [1, 1, 28, 28])) + field(12, value("logits", [1, 10])))
    return field(1, 8) + field(8, field(2, 13)) + field(7, graph)


def base_run(robeval, folder):
    """A finished run with wrong, fooled and robust images, within two radii."""
    network = folder / "linear.onnx"
    network.write_bytes(linear_network(random.Random(3)))
    base = folder / "base"
    subprocess.run(
        [robeval, "--model", network, "--dataset", "mnist", "--eps", "0.002,0.02", "--examples", "60", "--attacks",
         "pgd(steps=2),fab-t(steps=2,targets=2),square(queries=4)", "--backend", "openblas", "--out", base, "--progress", "none"],
        check=True, stdout=subprocess.DEVNULL)
    return base


def copy(base, folder):
    folder.mkdir()
    for path in base.iterdir():
        shutil.copyfile(path, folder / path.name)


def run_batch(driver, paths, folder, limits):
    """What the driver says of every run; None of one that ended it."""
    said, rest = {}, list(paths)
    while rest:
        lines = read_lines(driver, rest, folder, limits)[0]
        said.update(lines)
        rest = [path for path in rest if path not in lines]
        if rest:
            said[rest.pop(0)] = None
    return said


def fault(line):
    """What is wrong with a mutant's end; nothing for most."""
    if line is None:
        return "crashed"
    seconds, memory, text = line.split(" ", 2)
    if float(seconds) > 2:
        return f"took {seconds} s"
    if int(memory) > 1024:
        return f"took {memory} MiB"
    return "says more than one sentence" if "UNCLEAR" in text else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--robeval", required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=200)
    parser.add_argument("--memory", type=int, default=3072, help="address space of the driver in MiB")
    parser.add_argument("--timeout", type=int, default=300, help="seconds a batch")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz-crashes"))
    limits = parser.parse_args()

    source = random.Random(limits.seed)
    faults, done, started, slowest, largest, ends = 0, 0, time.monotonic(), 0.0, 0, {}
    with tempfile.TemporaryDirectory() as name:
        base = base_run(limits.robeval, pathlib.Path(name))
        driver = [limits.robeval, "fuzz-runs", str(base)]
        while done < limits.count:
            folder = pathlib.Path(name) / "mutants"
            folder.mkdir()
            paths = []
            for number in range(min(limits.batch, limits.count - done)):
                path = folder / f"{done + number}"
                copy(base, path)
                mutate(path, source)
                paths.append(str(path))
            pristine = {path: {file.name: file.read_bytes() for file in pathlib.Path(path).iterdir()} for path in paths}
            for path, line in run_batch(driver, paths, folder, limits).items():
                problem = fault(line)
                if line is not None:
                    seconds, memory, text = line.split(" ", 2)
                    slowest, largest = max(slowest, float(seconds)), max(largest, int(memory))
                    for end in text.split():
                        ends[end] = ends.get(end, 0) + 1
                if problem:
                    faults += 1
                    print(f"{path}: {problem}: {line}", flush=True)
                    kept = limits.keep / f"run-{limits.seed}-{pathlib.Path(path).name}"
                    kept.mkdir(parents=True, exist_ok=True)
                    for file, data in pristine[path].items():
                        (kept / file).write_bytes(data)
            shutil.rmtree(folder)
            done += len(paths)
            print(f"{done} runs, {faults} faults, slowest {slowest:.3f} s, {largest} MiB, {time.monotonic() - started:.0f} s", flush=True)
    print(" ".join(f"{end} {count}" for end, count in sorted(ends.items())))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
