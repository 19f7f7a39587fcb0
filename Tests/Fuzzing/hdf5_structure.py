"""Where an HDF5 file keeps its numbers: what a field means, where it lies, how long it is.

After *HDF5 File Format Specification* 3.0. Structures are found by their signatures and by the addresses
of objects, so that no damage can lead this reader astray.
"""

import struct
from typing import NamedTuple


class Field(NamedTuple):
    kind: str
    position: int
    size: int


class Structure:
    """The fields of one file, its addresses, and the parts that end in a checksum."""

    def __init__(self, data):
        self.data = bytes(data)
        self.fields = []
        self.addresses = []
        self.checked = []
        self.messages = []
        try:
            self.superblock()
        except (struct.error, IndexError):
            pass
        for signature, reader in [
            (b"OHDR", self.header2), (b"TREE", self.tree), (b"SNOD", self.symbols), (b"HEAP", self.heap), (b"GCOL", self.texts),
        ]:
            position = self.data.find(signature)
            while position >= 0:
                self.guarded(reader, position)
                position = self.data.find(signature, position + 4)

    def guarded(self, reader, position, *rest):
        try:
            reader(position, *rest)
        except (struct.error, IndexError):
            pass

    def number(self, position, size):
        if position + size > len(self.data):
            raise IndexError
        return int.from_bytes(self.data[position : position + size], "little")

    def field(self, kind, position, size):
        """Notes a field and gives its value."""
        value = self.number(position, size)
        self.fields.append(Field(kind, position, size))
        return value

    def run(self, position, *parts):
        """Notes fields that follow each other; gives the position behind them."""
        for kind, size in parts:
            self.field(kind, position, size)
            position += size
        return position

    def superblock(self):
        version = self.field("superblock version", 8, 1)
        if version < 2:
            position = self.run(9, *[("superblock sizes", 1)] * 7, ("superblock k", 2), ("superblock k", 2), ("superblock flags", 4))
            position += 4 if version == 1 else 0
            position = self.run(position, *[("superblock address", 8)] * 4, ("root name", 8))
            self.field("root address", position, 8)
            self.run(position + 8, ("root cache", 4), ("root cache", 4), ("root scratch", 8), ("root scratch", 8))
            self.guarded(self.header1, self.number(position, 8))
        else:
            self.run(9, *[("superblock sizes", 1)] * 3, *[("superblock address", 8)] * 3, ("root address", 8), ("checksum", 4))
            self.checked.append((0, 44))

    def header1(self, address):
        if address in self.addresses or self.number(address, 1) != 1:
            return
        self.addresses.append(address)
        self.run(address, ("header version", 1), ("header count", 1), ("header count", 2), ("header references", 4))
        size = self.field("header size", address + 8, 4)
        self.messages1(address + 16, size)

    def messages1(self, position, size):
        end = min(position + size, len(self.data))
        while position + 8 <= end:
            kind = self.field("message type", position, 2)
            length = self.field("message length", position + 2, 2)
            self.field("message flags", position + 4, 1)
            self.message(kind, position + 8, length, self.messages1)
            position += 8 + length

    def header2(self, address):
        self.addresses.append(address)
        self.run(address + 4, ("header version", 1))
        flags = self.field("header flags", address + 5, 1)
        position = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = self.field("header size", position, width)
        start = position + width
        self.checked.append((address, start + size))
        self.messages2(start, size, flags)

    def messages2(self, position, size, flags):
        end = min(position + size, len(self.data))

        def block(address, length):
            if self.data[address : address + 4] == b"OCHK":
                self.checked.append((address, address + length - 4))
                self.messages2(address + 4, length - 8, flags)

        while position + 4 <= end:
            kind = self.field("message type", position, 1)
            length = self.field("message length", position + 1, 2)
            self.field("message flags", position + 3, 1)
            start = position + (6 if flags & 4 else 4)
            self.message(kind, start, length, block)
            position = start + length

    def message(self, kind, position, length, block):
        self.messages.append((position, length))
        reader = {
            0x01: self.dataspace, 0x02: self.link_information, 0x03: self.datatype, 0x06: self.link, 0x08: self.layout,
            0x0B: self.filters, 0x0C: self.attribute, 0x11: self.symbol_table, 0x15: self.link_information,
        }.get(kind)
        if reader:
            self.guarded(reader, position)
        if kind == 0x10:
            address = self.field("continuation address", position, 8)
            size = self.field("continuation length", position + 8, 8)
            if (address, size) not in self.addresses:
                self.addresses.append((address, size))
                self.guarded(block, address, size)

    def dataspace(self, position):
        version = self.field("dataspace version", position, 1)
        rank = self.field("dataspace rank", position + 1, 1)
        flags = self.field("dataspace flags", position + 2, 1)
        self.field("dataspace kind", position + 3, 1)
        start = position + (8 if version == 1 else 4)
        self.run(start, *[("extent", 8)] * min(rank * (2 if flags & 1 else 1), 64))

    def datatype(self, position):
        kind = self.field("type class", position, 1) & 15
        self.run(position + 1, *[("type bits", 1)] * 3, ("type size", 4))
        if kind == 0:
            self.run(position + 8, ("type property", 2), ("type property", 2))
        elif kind == 1:
            self.run(position + 8, ("type property", 2), ("type property", 2), *[("type property", 1)] * 4, ("type property", 4))

    def layout(self, position):
        self.field("layout version", position, 1)
        kind = self.field("layout class", position + 1, 1)
        if kind == 0:
            self.field("compact size", position + 2, 2)
        elif kind == 1:
            self.run(position + 2, ("data address", 8), ("data size", 8))
        elif kind == 2:
            rank = self.field("block rank", position + 2, 1)
            self.run(position + 3, ("block tree", 8), *[("block extent", 4)] * min(rank, 33))

    def filters(self, position):
        version = self.field("filter version", position, 1)
        count = self.field("filter count", position + 1, 1)
        position += 8 if version == 1 else 2
        for _ in range(min(count, 8)):
            self.run(position, ("filter id", 2), ("filter name length", 2), ("filter flags", 2))
            values = self.field("filter values", position + 6, 2)
            position += 8 + (self.number(position + 2, 2) + 7) // 8 * 8 + 4 * (values + values % 2)

    def attribute(self, position):
        version = self.field("attribute version", position, 1)
        self.field("attribute flags", position + 1, 1)
        sizes = [self.field("attribute size", position + 2 + 2 * part, 2) for part in range(3)]
        position += 9 if version == 3 else 8
        padded = [(size + 7) // 8 * 8 if version == 1 else size for size in sizes]
        self.run(position, *[("attribute name", 1)] * min(sizes[0], 4))
        self.guarded(self.datatype, position + padded[0])
        self.guarded(self.dataspace, position + padded[0] + padded[1])
        start = position + sum(padded)
        self.run(start, ("text length", 4), ("text address", 8), ("text index", 4))

    def link(self, position):
        self.field("link version", position, 1)
        flags = self.field("link flags", position + 1, 1)
        at = position + 2
        for bit, kind, size in [(8, "link type", 1), (4, "link order", 8), (16, "link character set", 1)]:
            at = self.run(at, (kind, size)) if flags & bit else at
        width = 1 << (flags & 3)
        length = self.field("link name length", at, width)
        self.run(at + width, *[("link name", 1)] * min(length, 8))
        self.field("link address", at + width + length, 8)

    def link_information(self, position):
        self.run(position, ("dense version", 1), ("dense flags", 1), ("dense address", 8), ("dense address", 8))

    def symbol_table(self, position):
        self.run(position, ("tree address", 8), ("heap address", 8))

    def tree(self, position):
        self.addresses.append(position)
        kind = self.field("tree type", position + 4, 1)
        self.field("tree level", position + 5, 1)
        count = self.field("tree count", position + 6, 2)
        at = self.run(position + 8, ("tree sibling", 8), ("tree sibling", 8))
        for _ in range(min(count, 64)):
            if kind == 0:
                at = self.run(at, ("tree key", 8), ("tree child", 8))
            else:
                at = self.run(at, ("block stored", 4), ("block mask", 4))
                # The rank stands elsewhere: a row of offsets ends with that of the element, which is zero.
                while self.number(at, 8) != 0 or self.number(at + 8, 8) == 0:
                    at = self.run(at, ("block offset", 8))
                at = self.run(at, ("block offset", 8), ("block address", 8))

    def symbols(self, position):
        self.addresses.append(position)
        self.field("symbols version", position + 4, 1)
        count = self.field("symbols count", position + 6, 2)
        for number in range(min(count, 64)):
            entry = position + 8 + 40 * number
            self.run(entry, ("symbol name", 8), ("symbol address", 8), ("symbol cache", 4), ("symbol scratch", 4), ("symbol scratch", 8))
            self.guarded(self.header1, self.number(entry + 8, 8))

    def heap(self, position):
        self.addresses.append(position)
        self.field("heap version", position + 4, 1)
        size = self.field("heap size", position + 8, 8)
        self.field("heap free", position + 16, 8)
        start = self.field("heap data", position + 24, 8)
        self.run(start, *[("heap text", 1)] * min(size, 64))

    def texts(self, position):
        self.addresses.append(position)
        self.field("texts version", position + 4, 1)
        size = self.field("texts size", position + 8, 8)
        at, end = position + 16, min(position + size, len(self.data))
        while at + 16 <= end:
            index = self.field("texts index", at, 2)
            self.field("texts references", at + 2, 2)
            length = self.field("texts length", at + 8, 8)
            if index == 0:
                return
            at += 16 + (length + 7) // 8 * 8


def checksum(data):
    """Jenkins's lookup3, little-endian, as HDF5 uses it. Source: burtleburtle.net/bob/c/lookup3.c, public domain."""
    a = b = c = (0xDEADBEEF + len(data)) & 0xFFFFFFFF
    mask = 0xFFFFFFFF

    def turn(value, count):
        return ((value << count) | (value >> (32 - count))) & mask

    blocks = max(0, (len(data) - 1) // 12)
    for start in range(0, 12 * blocks, 12):
        x, y, z = struct.unpack_from("<III", data, start)
        a, b, c = (a + x) & mask, (b + y) & mask, (c + z) & mask
        a = ((a - c) & mask) ^ turn(c, 4); c = (c + b) & mask
        b = ((b - a) & mask) ^ turn(a, 6); a = (a + c) & mask
        c = ((c - b) & mask) ^ turn(b, 8); b = (b + a) & mask
        a = ((a - c) & mask) ^ turn(c, 16); c = (c + b) & mask
        b = ((b - a) & mask) ^ turn(a, 19); a = (a + c) & mask
        c = ((c - b) & mask) ^ turn(b, 4); b = (b + a) & mask
    rest = bytes(data[12 * blocks :])
    if not rest:
        return c
    x, y, z = struct.unpack("<III", rest + bytes(12 - len(rest)))
    a, b, c = (a + x) & mask, (b + y) & mask, (c + z) & mask
    for first, second, count in [("c", "b", 14), ("a", "c", 11), ("b", "a", 25), ("c", "b", 16), ("a", "c", 4), ("b", "a", 14), ("c", "b", 24)]:
        values = {"a": a, "b": b, "c": c}
        values[first] = ((values[first] ^ values[second]) - turn(values[second], count)) & mask
        a, b, c = values["a"], values["b"], values["c"]
    return c
