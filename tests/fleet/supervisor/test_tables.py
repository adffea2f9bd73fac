"""Tables of records know what is open among them, in the order of all."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from fleet.model.wire import canonical
from fleet.supervisor.tables import Table, changed, still_open


def is_open(record: int) -> bool:
    return record >= 0


@given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(-2, 2), max_size=3), max_size=8))
def test_what_is_open_is_what_looking_at_all_would_find(steps: list[dict[str, int]]) -> None:
    table: dict[str, int] = {}
    for changes in steps:
        before = dict(table)
        new = changed(table, changes, is_open)
        assert dict(table) == before, "a table is never changed in place"
        table = new
        plain = {**before, **changes}
        assert list(table.items()) == list(plain.items())
        assert list(still_open(table, is_open).items()) == [(k, v) for k, v in plain.items() if is_open(v)]


def test_a_plain_dictionary_is_looked_through() -> None:
    assert still_open({"a": 1, "b": -1, "c": 0}, is_open) == {"a": 1, "c": 0}


def test_it_is_written_as_a_plain_dictionary_and_survives_a_process() -> None:
    table = changed({"b": -1}, {"a": 1}, is_open)
    assert table == {"b": -1, "a": 1}
    assert canonical(table) == canonical({"a": 1, "b": -1})
    again = pickle.loads(pickle.dumps(table))
    assert isinstance(again, Table)
    assert still_open(again, is_open) == {"a": 1}
