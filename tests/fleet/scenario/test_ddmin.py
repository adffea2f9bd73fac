"""Delta debugging finds what matters and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from fleet.scenario.ddmin import ddmin


def first(needed: set[int]):
    def first_failing(candidates: Sequence[Sequence[int]]) -> int | None:
        return next((i for i, c in enumerate(candidates) if needed <= set(c)), None)

    return first_failing


@given(st.integers(1, 40), st.data())
def test_exactly_what_is_needed_is_left(size: int, data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.integers(0, size - 1), max_size=4))
    assert ddmin(list(range(size)), first(needed)) == sorted(needed)


def test_nothing_is_left_where_nothing_matters() -> None:
    assert ddmin([1, 2, 3], first(set())) == []
    assert ddmin([], first(set())) == []
