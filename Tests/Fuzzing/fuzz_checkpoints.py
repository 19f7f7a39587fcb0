"""Feeds damaged checkpoints to robeval and looks for crashes and excessive memory.

    python Tests/Fuzzing/fuzz_checkpoints.py --driver '.build/debug/robeval fuzz-batch' \
        --seeds Tests/CheckpointsTests/Fixtures Tests/FilesTests/Fixtures --count 20000

The driver gets the path of a list of files, one a line, and must print and flush one line a file:
its path, a tab, and what CheckpointProbe.inspect says of it. A batch that ends early names its first missing file: that file crashed the
driver, is kept, and the batch goes on behind it. The driver runs under a limit on its address
space, so that an allocation far beyond four times the file and 64 MiB ends it too.

Every mutation follows from --seed, so that a run can be repeated.
"""

import argparse
import pathlib
import random
import resource
import shlex
import struct
import subprocess
import sys
import tempfile
import time
import zlib

EXTREMES = [0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1]


def flip_bits(data, other, random):
    for _ in range(random.choice([1, 1, 2, 4, 16])):
        position = random.randrange(len(data))
        data[position] ^= 1 << random.randrange(8)


def set_bytes(data, other, random):
    for _ in range(random.choice([1, 1, 2, 8])):
        data[random.randrange(len(data))] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])


def truncate(data, other, random):
    del data[random.randrange(len(data)) :]


def edit_length(data, other, random):
    """Overwrites an aligned or unaligned field with an extreme or slightly changed number."""
    size = random.choice([1, 2, 4, 8])
    if len(data) < size:
        return
    position = random.randrange(len(data) - size + 1)
    old = int.from_bytes(data[position : position + size], "little")
    new = random.choice(EXTREMES + [old + 1, old - 1, old * 2, old << 8, len(data)])
    data[position : position + size] = (new % (1 << (8 * size))).to_bytes(size, random.choice(["little", "little", "big"]))


def splice(data, other, random):
    start, end = sorted(random.randrange(len(other) + 1) for _ in range(2))
    end = min(end, start + random.choice([8, 64, 512, 4096]))
    position = random.randrange(len(data) + 1)
    if random.random() < 0.5:
        data[position : position + end - start] = other[start:end]
    else:
        data[position:position] = other[start:end]


def duplicate(data, other, random):
    start = random.randrange(len(data))
    chunk = data[start : start + random.choice([1, 8, 64, 1024])] * random.choice([1, 2, 16])
    position = random.randrange(len(data) + 1)
    data[position:position] = chunk


def delete(data, other, random):
    start = random.randrange(len(data))
    del data[start : start + random.choice([1, 2, 8, 64, 512])]


def move_within(data, other, random):
    """Copies one part of the file over another, as a wrong address would."""
    size = random.choice([1, 2, 4, 8, 32, 256])
    source, target = random.randrange(len(data)), random.randrange(len(data))
    data[target : target + size] = data[source : source + size]


MUTATIONS = [flip_bits, flip_bits, set_bytes, truncate, edit_length, edit_length, edit_length, splice, duplicate, delete, move_within]


def head_first(data, random):
    """Half of all mutations go to the first kilobytes, where files keep their structure."""
    return random.random() < 0.5 and len(data) > 8192


def mutate(seeds, random):
    data = bytearray(random.choice(seeds))
    other = random.choice(seeds)
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        if not data:
            break
        mutation = random.choice(MUTATIONS)
        if head_first(data, random) and mutation not in (truncate, splice):
            head = data[:4096]
            mutation(head, other, random)
            data[:4096] = head
        else:
            mutation(data, other, random)
    fix_checksums(data)
    return bytes(data)


def fix_checksums(data):
    """Repairs the CRC-32 of zip records one time in two, so that damage reaches the reader."""
    if data[:2] != b"PK" or len(data) % 2:
        return
    position = data.find(b"PK\x01\x02")
    while 0 <= position <= len(data) - 46:
        size, stored = struct.unpack_from("<I", data, position + 24)[0], struct.unpack_from("<I", data, position + 20)[0]
        start = struct.unpack_from("<I", data, position + 42)[0]
        if size == stored and start + 30 <= len(data):
            name, extra = struct.unpack_from("<HH", data, start + 26)
            begin = start + 30 + name + extra
            struct.pack_into("<I", data, position + 16, zlib.crc32(data[begin : begin + size]))
        position = data.find(b"PK\x01\x02", position + 4)


def run_batch(driver, files, folder, limits):
    """The output line of every file; None for those that ended the driver."""
    lines = {}
    rest = list(files)
    while rest:
        listing = folder / "list"
        listing.write_text("".join(f"{path}\n" for path in rest))

        def bound():
            resource.setrlimit(resource.RLIMIT_AS, (limits.memory << 20, limits.memory << 20))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

        try:
            result = subprocess.run(driver + [str(listing)], capture_output=True, timeout=limits.timeout, preexec_fn=bound)
            output, status = result.stdout, result.returncode
        except subprocess.TimeoutExpired as expired:
            output, status = expired.stdout or b"", "timeout"
        for line in output.decode("utf-8", "replace").splitlines():
            path, tab, text = line.partition("\t")
            if tab and path in files:
                lines[path] = text
        unfinished = [path for path in rest if path not in lines]
        if not unfinished:
            break
        lines[unfinished[0]] = None
        print(f"CRASH {status} {unfinished[0]}", flush=True)
        rest = unfinished[1:]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", required=True, type=shlex.split)
    parser.add_argument("--seeds", required=True, nargs="+", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--memory", type=int, default=2048, help="address space of the driver in MiB; its own need and 64 MiB for small seeds")
    parser.add_argument("--timeout", type=int, default=300, help="seconds a batch")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz-crashes"))
    limits = parser.parse_args()

    paths = [path for root in limits.seeds for path in ([root] if root.is_file() else sorted(root.rglob("*")))]
    seeds = [path.read_bytes() for path in paths if path.suffix in {".h5", ".pt", ".pth", ".th", ".model", ".onnx"}]
    if not seeds:
        sys.exit("no seed files (.h5 .pt .pth .th .model .onnx)")
    source = random.Random(limits.seed)
    crashes, accepted, done, started = 0, 0, 0, time.monotonic()
    while done < limits.count:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            files = []
            for number in range(min(limits.batch, limits.count - done)):
                path = folder / f"{done + number}"
                path.write_bytes(mutate(seeds, source))
                files.append(str(path))
            for path, line in run_batch(limits.driver, files, folder, limits).items():
                accepted += line is not None and line.startswith("ok")
                if line is None:
                    crashes += 1
                    limits.keep.mkdir(exist_ok=True)
                    (limits.keep / f"{limits.seed}-{pathlib.Path(path).name}").write_bytes(pathlib.Path(path).read_bytes())
            done += len(files)
        print(f"{done} files, {accepted} accepted, {crashes} crashes, {time.monotonic() - started:.0f} s", flush=True)
    sys.exit(1 if crashes else 0)


if __name__ == "__main__":
    main()
