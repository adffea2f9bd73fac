"""Strategies for every record type, and short events for tests that do not care which."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from fleet.journal.sqlite import SqliteStore
from fleet.model import events as ev

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INTS = st.integers(-(2**53), 2**53)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | INTS | FLOATS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    float: FLOATS,
    int: INTS,
    str: TEXTS,
    bool: st.booleans(),
    Any: JSON,
    type(None): st.none(),
}


@cache
def records(kind: Any) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold and JSON can carry."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([records(k) for k in inner])
    if origin is tuple:
        if inner[-1] is Ellipsis:
            return st.lists(records(inner[0]), max_size=2).map(tuple)
        return st.tuples(*[records(k) for k in inner])
    if origin is dict:
        return st.dictionaries(records(inner[0]), records(inner[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    assert dataclasses.is_dataclass(kind) or issubclass(kind, msgspec.Struct), f"no strategy for {kind}"
    hints = typing.get_type_hints(kind)
    return st.builds(kind, **{name: records(hint) for name, hint in hints.items() if name != "__match_args__"})


EVENTS = st.sampled_from(sorted(ev.EVENT_KINDS)).flatmap(lambda name: records(ev.EVENT_KINDS[name]))
TIMES = st.floats(0, 1e9)


def event(number: int = 0) -> ev.TaskProgressed:
    return ev.TaskProgressed(task_id=f"t{number}", phase="walking", fraction=0.25)


def filled(path: Path, batches: int, size: int = 3) -> SqliteStore:
    """A journal with `batches` batches of `size` records; the caller closes it."""
    store = SqliteStore(path)
    epoch = store.take_lead("s", 1e6, 0.0)
    assert epoch is not None
    for batch in range(batches):
        store.append([event(batch * size + k) for k in range(size)], float(batch), epoch)
    return store
