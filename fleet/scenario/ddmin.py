"""Delta debugging: the fewest things with which something still fails (Zeller and Hildebrandt 2002, ddmin)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
FirstFailing = Callable[[Sequence[Sequence[T]]], int | None]
"""Given candidates, the index of the first one with which it still fails; None when it fails with none of them."""


def ddmin(items: Sequence[T], first_failing: FirstFailing[T]) -> list[T]:
    """A part of `items` with which it still fails, from which no single one can be left out.

    It must fail with all of `items`. Candidates of one granularity are handed over together, so that they can be
    tried at the same time; the order of the items stays.
    """
    left = list(items)
    if left and first_failing([[]]) is not None:
        return []
    parts = 2
    while len(left) >= 2:
        chunks = _chunks(left, parts)
        found = first_failing(chunks)
        if found is not None:
            left, parts = list(chunks[found]), 2
            continue
        others = [[x for j, chunk in enumerate(chunks) if j != i for x in chunk] for i in range(len(chunks))]
        found = first_failing(others) if parts > 2 else None
        if found is not None:
            left, parts = others[found], max(parts - 1, 2)
        elif parts < len(left):
            parts = min(2 * parts, len(left))
        else:
            break
    return left


def _chunks(items: Sequence[T], parts: int) -> list[Sequence[T]]:
    size, extra = divmod(len(items), parts)
    found, at = [], 0
    for i in range(parts):
        end = at + size + (i < extra)
        found.append(items[at:end])
        at = end
    return found
