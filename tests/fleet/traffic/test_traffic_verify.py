"""The verifier of traffic finds what is wrong, each kind of it."""

from __future__ import annotations

import pytest

from fleet.traffic.verify import Cell, verify

FREE = [[True, True, True], [True, False, True]]
STARTS: list[Cell] = [(0, 0), (0, 2)]
GOALS: list[Cell] = [(0, 1), (1, 2)]
GOOD: list[list[Cell]] = [[(0, 0), (0, 1), (0, 1)], [(0, 2), (0, 2), (1, 2)]]


def test_a_right_plan_has_no_faults() -> None:
    assert verify(FREE, STARTS, GOALS, GOOD) == []


@pytest.mark.parametrize(
    ("robot", "path", "kind", "step", "text"),
    [
        (0, [(1, 0), (0, 0), (0, 1)], "start", 0, r"0 begins at (1, 0), not at (0, 0)"),
        (0, [(0, 0), (0, 0), (0, 0)], "goal", 2, "0 ends at (0, 0), not at (0, 1)"),
        (0, [(0, 0), (1, 1), (0, 1)], "wall", 1, "0 is at (1, 1), where no robot can be"),
        (0, [(0, 0), (-1, 0), (0, 1)], "wall", 1, "0 is at (-1, 0), where no robot can be"),
        (1, [(0, 2), (0, 0), (1, 2)], "jump", 1, "1 jumps from (0, 2) to (0, 0)"),
        (1, [(0, 2), (0, 1), (1, 2)], "meet", 1, "0 and 1 are both at (0, 1)"),
    ],
)
def test_every_kind_of_fault_is_found(robot: int, path: list[Cell], kind: str, step: int, text: str) -> None:
    paths = [list(p) for p in GOOD]
    paths[robot] = path
    assert (kind, step, text) in [(f.kind, f.step, f.text) for f in verify(FREE, STARTS, GOALS, paths)]


def test_two_that_pass_through_each_other_are_found() -> None:
    paths: list[list[Cell]] = [[(0, 0), (0, 1)], [(0, 1), (0, 0)]]
    (fault,) = verify([[True, True]], [(0, 0), (0, 1)], [(0, 1), (0, 0)], paths, ["a", "b"])
    assert (fault.kind, fault.robots, str(fault)[:6]) == ("pass", ("a", "b"), "step 1")


def test_paths_of_different_length_are_no_plan() -> None:
    (fault,) = verify(FREE, STARTS, GOALS, [GOOD[0], GOOD[1][:2]])
    assert fault.kind == "count"


def test_without_goals_nobody_has_to_end_anywhere() -> None:
    assert verify(FREE, STARTS, None, [[(0, 0)], [(0, 2)]]) == []
