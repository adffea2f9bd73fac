"""Looking through the log's whole file: every entry is hashed again, tree and checkpoints are held against that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from fleet.audit import merkle, tiles
from fleet.audit.notes import Note, NoteInvalid
from fleet.model.errors import FleetError


class LogDamaged(FleetError):
    """The log's file does not hold what it held; says where."""


class LogFile(Protocol):
    """What is looked through."""

    path: Path

    def entries(self, first: int = 0) -> Iterator[tuple[int, int | None, bytes]]:
        """(number, source, body) in order."""

    def checkpoints(self) -> list[tuple[int, str]]:
        """(size, note), oldest first."""

    def tile(self, level: int, number: int) -> bytes:
        """A tile's hashes."""


def check_file(log: LogFile) -> int:
    """Returns the size. Raises `LogDamaged` for the first thing that is not as it was."""
    signed = _roots(log)
    tree, expected = _Growing(log), 0
    for number, _, body in log.entries():
        if number != expected:
            raise LogDamaged(f"{log.path}: entry {expected} is missing")
        tree.add(merkle.leaf_hash(body), expected)
        expected += 1
        if expected in signed and signed[expected] != tree.root():
            raise LogDamaged(f"{log.path}: the first {expected} entries are not those of the checkpoint")
    if any(size > expected for size in signed):
        raise LogDamaged(f"{log.path}: it was cut: {expected} entries, a checkpoint has {max(signed)}")
    tree.close(expected)
    return expected


def _roots(log: LogFile) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for size, note in log.checkpoints():
        try:
            point = Note.parse(note).checkpoint()
        except NoteInvalid as error:
            raise LogDamaged(f"{log.path}: the checkpoint of size {size}: {error}") from None
        if point.size != size or found.setdefault(size, point.root) != point.root:
            raise LogDamaged(f"{log.path}: the checkpoints of size {size} do not agree")
    return found


class _Growing:
    """The tree while leaves are added one by one, held against the tiles; memory for one tile a level."""

    def __init__(self, log: LogFile) -> None:
        self._log = log
        self._rows: list[list[bytes]] = []  # of each tile level the hashes of its last tile
        self._peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes, number: int) -> None:
        """The next leaf."""
        self._same_leaf(leaf, number)
        self._add_peak(leaf)
        level, hash_ = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(hash_)
            if len(row) < tiles.WIDTH:
                return
            at = number >> (tiles.HEIGHT * (level + 1))
            self._same(level, at, row, number)
            hash_ = tiles.fold_up(b"".join(row))
            row.clear()
            level += 1

    def close(self, size: int) -> None:
        """After the last leaf: the tiles that are not full."""
        for level, row in enumerate(self._rows):
            at = size >> (tiles.HEIGHT * (level + 1))
            if row or self._log.tile(level, at):
                self._same(level, at, row, size - 1)

    def _same_leaf(self, leaf: bytes, number: int) -> None:
        tile, place = divmod(number, tiles.WIDTH)
        there = self._log.tile(0, tile)[place * tiles.HASH_BYTES : (place + 1) * tiles.HASH_BYTES]
        if there != leaf:
            raise LogDamaged(f"{self._log.path}: entry {number} is not what was logged")

    def _same(self, level: int, at: int, row: list[bytes], last: int) -> None:
        there = tiles.split(self._log.tile(level, at))
        if there == row:
            return
        wrong = next((i for i, (a, b) in enumerate(zip(there, row, strict=False)) if a != b), min(len(there), len(row)))
        first = at * tiles.WIDTH + wrong
        what = f"entry {first}" if level == 0 else f"the tree's tile {at} of level {level}"
        raise LogDamaged(f"{self._log.path}: {what} is not what was logged (found when entry {last} was reached)")

    def _add_peak(self, hash_: bytes) -> None:
        height = 0
        while self._peaks and self._peaks[-1][0] == height:
            hash_ = merkle.node_hash(self._peaks.pop()[1], hash_)
            height += 1
        self._peaks.append((height, hash_))

    def root(self) -> bytes:
        """The root over what was added."""
        if not self._peaks:
            return merkle.EMPTY_ROOT
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = merkle.node_hash(peak, found)
        return found
