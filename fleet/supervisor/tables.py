"""Dictionaries of records that know which of them are still open: what has ended piles up and is seldom looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

V = TypeVar("V")


class Table(dict[str, V]):
    """Records by id, and those that are `open` among them, in the same order. Never changed in place.

    In a journal's snapshot, in a digest and in comparisons it is the dictionary of all records and nothing else.
    """

    __slots__ = ("open",)
    open: dict[str, V]


def changed(records: Mapping[str, V], changes: Mapping[str, V], is_open: Callable[[V], bool]) -> Table[V]:
    """The records with these in place of, or after, the others."""
    table = Table(records)
    table.update(changes)
    still_open = dict(records.open) if isinstance(records, Table) else None
    for key, record in changes.items():
        if still_open is None:
            break
        if not is_open(record):
            still_open.pop(key, None)
        elif key in still_open or key not in records:
            still_open[key] = record
        else:  # one that had ended: its place is somewhere among the others
            still_open = None
    if still_open is None:
        still_open = {key: record for key, record in table.items() if is_open(record)}
    table.open = still_open
    return table


def still_open(records: Mapping[str, V], is_open: Callable[[V], bool]) -> Mapping[str, V]:
    """Those that are open, in their order. From a plain dictionary (just read from a snapshot) they are looked out."""
    if isinstance(records, Table):
        return records.open
    return {key: record for key, record in records.items() if is_open(record)}
