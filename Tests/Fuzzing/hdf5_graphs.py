"""Whole HDF5 files whose groups reach each other in every way, in both of the format's styles."""

import struct
import zlib

from hdf5_structure import checksum

UNDEFINED = 2**64 - 1
FLOAT = bytes([0x11, 0x20, 31, 0]) + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)


class Builder:
    """Appends structures to a file; the root's address is filled in at the end."""

    def __init__(self, newer):
        self.newer = newer
        self.data = bytearray(48 if newer else 96)

    def append(self, content):
        self.data += bytes(-len(self.data) % 8)
        address = len(self.data)
        self.data += content
        return address

    def header(self, messages):
        """The bytes of an object's header; messages are pairs of type and contents."""
        if not self.newer:
            body = b""
            for kind, content in messages:
                content += bytes(-len(content) % 8)
                body += struct.pack("<HHB3x", kind, len(content), 0) + content
            return struct.pack("<BxHII4x", 1, len(messages), 1, len(body)) + body
        body = b"".join(struct.pack("<BHB", kind, len(content), 0) + content for kind, content in messages)
        start = b"OHDR" + struct.pack("<BBI", 2, 2, len(body)) + body
        return start + struct.pack("<I", checksum(start))

    def dataset(self, values, storage, extents=None):
        """A dataset of float32: compact, contiguous, or in blocks, packed or not."""
        content = struct.pack(f"<{len(values)}f", *values)
        shape = extents or [len(values)]
        space = struct.pack("<BBBB", 2, len(shape), 0, 1) + struct.pack(f"<{len(shape)}Q", *shape)
        messages = [(1, space), (3, FLOAT)]
        if storage == "compact":
            messages.append((8, struct.pack("<BBH", 3, 0, len(content)) + content))
        elif storage == "contiguous":
            messages.append((8, struct.pack("<BBQQ", 3, 1, self.append(content), len(content))))
        else:
            if storage == "packed":
                content = zlib.compress(content)
                messages.append((11, struct.pack("<BB", 2, 1) + struct.pack("<HHHI", 1, 0, 1, 4)))
            block = self.append(content)
            key, end = struct.pack("<IIQQ", len(content), 0, 0, 0), struct.pack("<IIQQ", 0, 0, len(values), 0)
            tree = self.append(b"TREE" + struct.pack("<BBHQQ", 1, 0, 1, UNDEFINED, UNDEFINED) + key + struct.pack("<Q", block) + end)
            messages.append((8, struct.pack("<BBBQII", 3, 2, 2, tree, len(values), 4)))
        return self.append(self.header(messages))

    def room_for_group(self, names):
        return self.append(bytes(len(self.group(names, [0] * len(names), None))))

    def group(self, names, addresses, at):
        """The bytes of a group that were appended by `room_for_group`."""
        names = [name.encode() for name in names]
        if self.newer:
            information = (2, struct.pack("<BBQQ", 0, 0, UNDEFINED, UNDEFINED))
            links = [(6, struct.pack("<BBH", 1, 1, len(n)) + n + struct.pack("<Q", a)) for n, a in zip(names, addresses)]
            return self.header([information] + links)
        return self.older_group(names, addresses, at or 0)

    def older_group(self, names, addresses, at):
        """A header, a tree of names, a heap of their text, and the symbols, each as long as when it is full."""
        pairs = sorted(zip(names, addresses))
        nodes = [pairs[start : start + 64] for start in range(0, len(pairs), 64)]
        heap = at + 40 + 544
        text, symbols, keys = bytearray(8), b"", []
        for node in nodes:
            entries = b""
            for name, address in node:
                entries += struct.pack("<QQII16x", len(text), address, 0, 0)
                keys.append(len(text))
                text += name + b"\0" + bytes(-(len(name) + 1) % 8)
            symbols += (b"SNOD" + struct.pack("<BxH", 1, len(node)) + entries).ljust(8 + 64 * 40, b"\0")
        first = heap + 32 + len(text)
        tree = b"TREE" + struct.pack("<BBHQQQ", 0, 0, len(nodes), UNDEFINED, UNDEFINED, 0)
        for number, node in enumerate(nodes):
            tree += struct.pack("<QQ", first + number * (8 + 64 * 40), keys[min(64 * number + 63, len(keys) - 1)])
        table = self.header([(0x11, struct.pack("<QQ", at + 40, heap))])
        heap_start = b"HEAP" + struct.pack("<B3xQQQ", 0, len(text), 1, heap + 32)
        return table + tree.ljust(544, b"\0") + heap_start + bytes(text) + symbols

    def finish(self, root):
        if self.newer:
            start = b"\x89HDF\r\n\x1a\n" + struct.pack("<BBBBQQQQ", 2, 8, 8, 0, 0, UNDEFINED, len(self.data), root)
            self.data[:48] = start + struct.pack("<I", checksum(start))
        else:
            self.data[:96] = (
                b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", 32, 16, 0)
                + struct.pack("<QQQQ", 0, UNDEFINED, len(self.data), UNDEFINED) + struct.pack("<QQII16x", 0, root, 0, 0))
        return bytes(self.data)


def file(groups, datasets, newer):
    """A file of groups, each a list of pairs of a name and a target; targets count datasets first."""
    builder = Builder(newer)
    addresses = [builder.dataset(*dataset) for dataset in datasets]
    addresses += [builder.room_for_group([name for name, _ in links]) for links in groups]
    for position, links in enumerate(groups):
        at = addresses[len(datasets) + position]
        content = builder.group([name for name, _ in links], [addresses[target] for _, target in links], at)
        builder.data[at : at + len(content)] = content
    return builder.finish(addresses[len(datasets)])


def links_of(shape, size, random):
    """Groups over one dataset (target 0); group k is target k + 1."""
    if shape == "ladder":
        return [[("a", k + 2), ("b", k + 2)] for k in range(size)] + [[("x", 0)]]
    if shape == "chain":
        return [[("a", k + 2)] for k in range(size)] + [[("x", 0)]]
    if shape == "ring":
        return [[("a", (k + 1) % size + 1), ("x", 0)] for k in range(size)]
    if shape == "star":
        return [[(f"g{k}", k + 2) for k in range(12)]] + [[(f"n{k}", 0) for k in range(size)] for _ in range(12)]
    if shape == "shared":
        return [[(f"g{k}", 2) for k in range(size)], [(f"n{k}", 0) for k in range(size)]]
    return [
        [(random.choice(["", "n", "parameters", "é", "."]) + str(k), random.choice([0, random.randrange(size + 1)])) for k in range(random.randrange(6))]
        for _ in range(size)
    ]


def graph(random):
    """A file of a random form and size."""
    shape = random.choice(["ladder", "chain", "ring", "star", "shared", "any", "any", "any"])
    size = random.choice([1, 2, 5, 20, 60, 70]) if shape != "star" else random.choice([1, 60, 400])
    groups = links_of(shape, size, random)
    if random.random() < 0.3:
        groups = [[("parameters", 2)]] + [[(name, target + (target > 0)) for name, target in links] for links in groups]
    values = [float(k) for k in range(random.choice([1, 4, 300]))]
    storage = random.choice(["compact", "contiguous", "blocks", "packed"])
    return file(groups, [(values, storage)], newer=random.random() < 0.5)
