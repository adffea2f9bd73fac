"""Tiles of the tree: the same hashes as the tree itself, and one spelling of a path."""

from __future__ import annotations

import hashlib

import pytest

from fleet.audit import merkle, tiles


def grown(size: int, steps: tuple[int, ...]) -> dict[tuple[int, int], bytes]:
    """The tiles of a log that grew to `size` in such steps."""
    leaves = [hashlib.sha256(str(i).encode()).digest() for i in range(size)]
    kept: dict[tuple[int, int], bytes] = {}
    at = 0
    while at < size:
        for step in steps:
            part = leaves[at : at + step]
            kept.update({(lv, n): blob for lv, n, blob in tiles.grow(lambda lv, n: kept.get((lv, n), b""), at, part)})
            at += len(part)
    return kept


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000])
def test_however_a_log_grew_its_tiles_are_the_same_and_lead_to_the_root(size: int) -> None:
    one, many = grown(size, (size,)), grown(size, (1, 7, 300))
    assert one == many
    assert {(lv, n): len(blob) // 32 for (lv, n), blob in one.items()} == {
        (lv, n): width for lv, n, width in tiles.widths(size)
    }
    leaves = [hashlib.sha256(str(i).encode()).digest() for i in range(size)]

    def node(height: int, index: int) -> bytes:
        return tiles.node(lambda lv, n: one.get((lv, n), b""), height, index)

    assert merkle.root(size, node) == merkle.root_of(leaves)


def test_a_tile_that_is_cut_is_missed() -> None:
    kept = grown(300, (300,))
    kept[0, 1] = kept[0, 1][:-32]
    with pytest.raises(tiles.HashMissing):
        tiles.node(lambda lv, n: kept.get((lv, n), b""), 0, 299)
    with pytest.raises(tiles.HashMissing):
        list(tiles.grow(lambda lv, n: kept.get((lv, n), b""), 300, [b"x" * 32]))


@pytest.mark.parametrize(
    ("path", "tile"),
    [("0/000", (0, 0, 256)), ("3/x001/x234/067", (3, 1234067, 256)), ("1/x001/000.p/17", (1, 1000, 17))],
)
def test_paths_are_those_of_the_format(path: str, tile: tuple[int, int, int]) -> None:
    assert tiles.parse_path(path) == tile
    assert tiles.tile_path(*tile) == path


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/0", "0/x000/001", "0/001/002", "x/000", "0/000.p/0", "0/000.p/256", "0/000.p/x", "-1/000"],
)
def test_other_spellings_are_none(path: str) -> None:
    with pytest.raises(ValueError, match="^"):
        tiles.parse_path(path)
