"""Damage that knows safetensors: a length, a JSON object of claims, then the numbers."""

import json
import struct

from mutations_of_bytes import EXTREMES

NUMBERS = EXTREMES + [-1, -(2**63), 2**31, 2**62, 2**64, 10**30, 0.5, 2.0, 1e300, 3]
OTHERS = [None, True, "", "4", "F32", [], [[]], {}, {"dtype": "F32"}]
TYPES = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL", "F8_E4M3", "f32", "", "F32\0", 3, None]
NAMES = ["", ".", "..", "__metadata__", "a" * 70_000, "\0", "weight\n", "\ud800", "\u2028", "é" * 300, "module.conv.weight", "/", "😀"]
TEXTS = ['{"a":', "[" * 5000, "{" * 100_000, '"' + "x" * 100_000, "\\ud800", "1e999999", "9" * 50_000, "NaN", "-Infinity", "\ufeff{}", "\0" * 64, ""]


class Text(str):
    """A part of the header that is written as it stands."""


def written(value):
    """JSON, in which pairs may repeat a name."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{json.dumps(name)}:{written(item)}" for name, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


class Pairs(list):
    """An object as a list of names and values."""


def parsed(data):
    length = struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8 : 8 + length], object_pairs_hook=Pairs)
    return header, data[8 + length :]


def places(value):
    """Every container with every position in it."""
    if isinstance(value, (Pairs, list)):
        for position in range(len(value)):
            yield value, position
            yield from places(value[position][1] if isinstance(value, Pairs) else value[position])


def replaced(old, random):
    if isinstance(old, (int, float)) and not isinstance(old, bool) and random.random() < 0.8:
        return random.choice(NUMBERS + [old + 1, old - 1, old * 2, -old])
    return random.choice(NUMBERS + OTHERS + [Text(random.choice(TEXTS))])


def edit_anything(header, random):
    """Another value, one value twice, one left out, or two exchanged, anywhere in an object."""
    found = list(places(header))
    if not found:
        return
    container, position = random.choice(found)
    other = random.randrange(len(container))
    action = random.choice(["value", "value", "value", "twice", "away", "exchange", "many"])
    if action == "value" and isinstance(container, Pairs):
        container[position] = (container[position][0], replaced(container[position][1], random))
    elif action == "value":
        container[position] = replaced(container[position], random)
    elif action == "twice":
        container.insert(other, container[position])
    elif action == "many":
        container[position:position] = [container[position]] * random.choice([10, 10, 1000])
    elif action == "away":
        del container[position]
    else:
        container[position], container[other] = container[other], container[position]


def tensors(header):
    return [position for position, (name, claim) in enumerate(header) if name != "__metadata__" and isinstance(claim, Pairs)]


def edit_claim(header, random):
    """One field of one tensor: type, shape, offsets or name."""
    known = tensors(header)
    if not known:
        return
    position = random.choice(known)
    name, claim = header[position]
    fields = dict(claim)
    shape, offsets = fields.get("shape"), fields.get("data_offsets")
    what = random.choice(["dtype", "shape", "shape", "zero", "offsets", "offsets", "overlap", "name", "again", "empties"])
    if what == "dtype":
        fields["dtype"] = random.choice(TYPES)
    elif what == "shape" and isinstance(shape, list):
        shape = list(shape)
        shape[random.randrange(len(shape) + 1) :] = [random.choice(NUMBERS) for _ in range(random.choice([1, 1, 2, 20, 2000]))]
        fields["shape"] = shape
    elif what == "zero":
        fields["shape"] = random.sample([0, random.choice([2**31, 2**62, 2**63 - 1]), 2**32, 1], random.choice([2, 3, 4]))
        fields["data_offsets"] = random.choice([[0, 0], offsets])
    elif what == "offsets" and isinstance(offsets, list):
        offsets = list(offsets) or [0]
        offsets[random.randrange(len(offsets))] = random.choice(NUMBERS)
        fields["data_offsets"] = random.choice([offsets, offsets[::-1], offsets[:1], offsets * 2])
    elif what == "overlap":
        fields["data_offsets"] = dict(header[random.choice(known)][1]).get("data_offsets")
    elif what == "name":
        name = random.choice(NAMES + [header[random.choice(known)][0], name + ".num_batches_tracked", "model." + name])
    elif what == "again":
        header.append((random.choice([name, name + "2"]), claim))
    else:
        start = random.choice([0, 2**40] + [end for end in (offsets if isinstance(offsets, list) else []) if isinstance(end, int)])
        for number in range(random.choice([3, 3, 30, 30, 300, 300, 3000, 20_000])):
            header.append((f"e{number}", Pairs([("dtype", "F32"), ("shape", [0, number]), ("data_offsets", [start, start])])))
    header[position] = (name, Pairs(fields.items()))


def edit_graph(header, random):
    """The network that files of robeval's own describe in their metadata."""
    for position, (name, metadata) in enumerate(header):
        if name != "__metadata__" or not isinstance(metadata, Pairs):
            continue
        fields = dict(metadata)
        try:
            nodes = json.loads(fields.get("graph", "null"), object_pairs_hook=Pairs)
        except (TypeError, ValueError, RecursionError):
            return
        for _ in range(random.choice([1, 1, 2, 4])):
            edit_anything(nodes, random)
        fields["graph"] = written(nodes)
        if random.random() < 0.2:
            fields["input_shape"] = random.choice(["1,1,1", "65536,65536,65536", "0,3,3", "-1,2,2", "3,32", "3,3,3,3", "a"])
        header[position] = (name, Pairs(fields.items()))


def edit_frame(text, data, random):
    """Header and numbers put together wrongly."""
    length = len(text)
    what = random.choice(["length", "cut", "more", "text", "bytes", "padding"])
    if what == "length":
        length = random.choice(EXTREMES + [length + 1, length - 1, length // 2, length + len(data), 1 << 23, (1 << 23) + 1]) % 2**64
    elif what == "cut":
        data = data[: random.randrange(len(data) + 1)]
    elif what == "more":
        data = data + bytes(random.choice([1, 4, 4096]))
    elif what == "text":
        start = random.randrange(len(text) + 1)
        text = text[:start] + random.choice(TEXTS).encode("utf-8", "surrogatepass") + text[start + random.choice([0, 0, 1, 50]) :]
        length = len(text)
    elif what == "bytes":
        start = random.randrange(len(text))
        text = text[:start] + random.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b'"', b"{"]) + text[start + 1 :]
    else:
        text += random.choice([b" ", b"\0", b"\n", b"{}"]) * random.choice([1, 8, 10_000])
        length = len(text)
    return struct.pack("<Q", length), text, data


def mutated(seeds, random):
    header, data = parsed(random.choice(seeds))
    for _ in range(random.choice([1, 1, 2, 3])):
        random.choice([edit_claim, edit_claim, edit_claim, edit_anything, edit_graph])(header, random)
    text = written(header).encode("utf-8", "surrogatepass")
    if random.random() < 0.2:
        return b"".join(edit_frame(text, data, random))
    return struct.pack("<Q", len(text)) + text + data
