"""Damage that knows nothing of a format but the checksums of zip archives."""

import struct
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


def mutated(seeds, random):
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
