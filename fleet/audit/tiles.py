"""The tree's hashes in tiles of 256, as C2SP tlog-tiles has them: what one looks up is one small blob, not one hash.

Tile `number` of tile level `level` holds the hashes of the complete subtrees of height 8 * level, from the one with
index 256 * number on. Heights in between are worked out from these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

WIDTH = 256
HEIGHT = 8
HASH_BYTES = 32
TileAt = Callable[[int, int], bytes]
"""The bytes of a tile: level, number. Empty where there is none."""


class HashMissing(LookupError):
    """The tiles do not hold a hash that they should."""


def fold_up(row: bytes) -> bytes:
    """The root over a power of two of hashes, given as one blob; `node_hash` of each two, level by level."""
    while len(row) > HASH_BYTES:
        row = b"".join([sha256(b"\x01" + row[i : i + 64]).digest() for i in range(0, len(row), 2 * HASH_BYTES)])
    return row


def split(blob: bytes) -> list[bytes]:
    """The hashes of a tile."""
    return [blob[i : i + HASH_BYTES] for i in range(0, len(blob), HASH_BYTES)]


def node(tile: TileAt, height: int, index: int) -> bytes:
    """The hash of the complete subtree number `index` of that height. Raises `HashMissing`."""
    level, above = divmod(height, HEIGHT)
    first, count = index << above, 1 << above
    number, start = divmod(first, WIDTH)
    blob = tile(level, number)
    if len(blob) < (start + count) * HASH_BYTES:
        raise HashMissing(f"no hash {index} at height {height}: tile {number} of level {level} is cut or missing")
    return fold_up(blob[start * HASH_BYTES : (start + count) * HASH_BYTES])


def grow(tile: TileAt, size: int, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The tiles (level, number, bytes) that are new or longer once `leaves` follow the first `size` leaves.

    Raises:
        HashMissing: the last tile is shorter than the size says.
    """
    level, new = 0, list(leaves)
    while new:
        number, start = divmod(size, WIDTH)
        there = tile(level, number) if start else b""
        if len(there) != start * HASH_BYTES:
            raise HashMissing(f"tile {number} of level {level} has {len(there) // HASH_BYTES} hashes, not {start}")
        blob = there + b"".join(new)
        roots = []
        for at in range(0, len(blob), WIDTH * HASH_BYTES):
            part = blob[at : at + WIDTH * HASH_BYTES]
            yield level, number, part
            if len(part) == WIDTH * HASH_BYTES:
                roots.append(fold_up(part))
            number += 1
        level, size, new = level + 1, size // WIDTH, roots


def parse_path(path: str) -> tuple[int, int, int]:
    """Level, number and width of a tile's path `L/N[.p/W]`, where N is `x001/x234/067` for 1234067. Raises
    `ValueError` for anything but the one spelling that the format has."""
    head, _, width_text = path.partition(".p/")
    level_text, *parts = head.split("/")
    digits = [p.removeprefix("x") for p in parts]
    proper = all(len(d) == 3 and d.isascii() and d.isdecimal() for d in digits)
    if not parts or not proper or not level_text.isdecimal() or (width_text and not width_text.isdecimal()):
        raise ValueError(path)
    level, number, width = int(level_text), int("".join(digits)), int(width_text) if width_text else WIDTH
    if path != tile_path(level, number, width) or not 1 <= width <= WIDTH:
        raise ValueError(path)
    return level, number, width


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """The path of a tile, as C2SP tlog-tiles spells it."""
    text = f"{number:03d}"
    text = text.rjust(-(-len(text) // 3) * 3, "0")
    groups = [text[i : i + 3] for i in range(0, len(text), 3)]
    path = "/".join([*(f"x{g}" for g in groups[:-1]), groups[-1]])
    return f"{level}/{path}" + (f".p/{width}" if width < WIDTH else "")


def widths(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, number, width) of every tile of a log of that size: what a complete file must have."""
    level = 0
    while size:
        full, rest = divmod(size, WIDTH)
        yield from ((level, number, WIDTH) for number in range(full))
        if rest:
            yield level, full, rest
        level, size = level + 1, full
