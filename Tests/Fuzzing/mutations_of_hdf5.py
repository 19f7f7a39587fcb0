"""Damage that knows HDF5: fields by their meaning, messages, links; checksums are made right again."""

from functools import lru_cache

import hdf5_graphs
from hdf5_structure import Structure, checksum
from mutations_of_bytes import EXTREMES

# Where a valid address of another structure does more harm than a wild number.
ADDRESSES = ("address", "child", "tree", "heap data", "dense")
TYPES = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0F, 0x10, 0x11, 0x15, 0x16]


@lru_cache(maxsize=64)
def structure(data):
    return Structure(data)


def value_for(field, data, found, random):
    old = int.from_bytes(data[field.position : field.position + field.size], "little")
    if any(word in field.kind for word in ADDRESSES) and random.random() < 0.7:
        addresses = [item if isinstance(item, int) else item[0] for item in found.addresses]
        return random.choice(addresses + [0, len(data), field.position])
    if field.kind == "message type":
        return random.choice(TYPES)
    if random.random() < 0.3:
        same = random.choice([other for other in found.fields if other.kind == field.kind])
        return int.from_bytes(data[same.position : same.position + same.size], "little")
    return random.choice(EXTREMES + [old + 1, old - 1, old * 2, old << 8, old ^ 1 << random.randrange(8 * field.size), len(data)])


def edit_field(data, found, random):
    # First a meaning, then one of its fields, so that what is rare is damaged as often.
    kind = random.choice(sorted({field.kind for field in found.fields}))
    field = random.choice([field for field in found.fields if field.kind == kind])
    value = value_for(field, data, found, random) % (1 << 8 * field.size)
    data[field.position : field.position + field.size] = value.to_bytes(field.size, "little")


def exchange_fields(data, found, random):
    first = random.choice(found.fields)
    second = random.choice([field for field in found.fields if field.size == first.size])
    one = data[first.position : first.position + first.size]
    data[first.position : first.position + first.size] = data[second.position : second.position + first.size]
    data[second.position : second.position + first.size] = one


def copy_message(data, found, random):
    """One message's contents over another's, as far as they reach."""
    if found.messages:
        (source, count), (target, room) = random.choice(found.messages), random.choice(found.messages)
        count = min(count, room)
        data[target : target + count] = data[source : source + count]


def edit_message(data, found, random):
    if found.messages:
        position, count = random.choice(found.messages)
        if count and position + count <= len(data):
            data[position + random.randrange(count)] = random.choice([0, 1, 2, 3, 4, 0x7F, 0x80, 0xFF])


def cut(data, found, random):
    if random.random() < 0.2:
        del data[random.randrange(len(data)) :]


def mutated(seeds, random):
    # Graphs are costly to scan; each is damaged only one time in two, and some are sound.
    original = hdf5_graphs.graph(random) if random.random() < 0.4 else random.choice(seeds)
    found = structure(original)
    data = bytearray(original)
    for _ in range(random.choice([0, 1, 1, 2] if original not in seeds else [1, 1, 1, 2, 3, 5])):
        mutation = random.choice([edit_field] * 8 + [exchange_fields, exchange_fields, copy_message, edit_message, cut])
        if found.fields and len(data) == len(original):
            mutation(data, found, random)
    if random.random() < 0.9:
        fix_checksums(data, found)
    return bytes(data)


def fix_checksums(data, found):
    for start, end in found.checked:
        if end - start < 1 << 16 and end + 4 <= len(data):
            data[end : end + 4] = checksum(bytes(data[start:end])).to_bytes(4, "little")
