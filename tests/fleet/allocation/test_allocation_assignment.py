"""The plan is the best there is, the same every time, and says why somebody is left."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.assignment import OptimalAssignment, solve
from fleet.allocation.costs import Weights
from fleet.allocation.feasibility import Estimate, judge
from fleet.allocation.problem import Obstacle, Plan, Problem
from fleet.model.errors import InvalidField
from fleet.model.robot import Posture
from tests.fleet.allocation.allocating import job, problem, robot

ALLOCATOR = OptimalAssignment()


def pairs(plan: Plan) -> dict[str, str]:
    return {a.task_id: a.robot_id for a in plan.assignments}


# ---- what a plan should look like ----


def test_the_sum_counts_and_not_the_first_come() -> None:
    # r1 is nearest to both; greedily it would take t1 (4 m) and leave r2 with t2 (17 m).
    plan = ALLOCATOR.plan(problem([job("t1", 4.0), job("t2", -3.0)], [robot("r1", 0.0), robot("r2", 14.0)]))
    assert pairs(plan) == {"t1": "r2", "t2": "r1"}


def test_a_plan_says_what_each_choice_costs_and_who_would_have_been_next() -> None:
    plan = ALLOCATOR.plan(
        problem([job("t1", 4.0, work_s=3.0)], [robot("r1", 0.0), robot("r2", 10.0), robot("r3", 30.0)])
    )
    (chosen,) = plan.assignments
    assert set(chosen.terms) == {"travel", "work", "lateness", "energy"}
    assert chosen.terms["travel"] == 4.0
    assert chosen.cost_s == pytest.approx(sum(chosen.terms.values()))
    assert chosen.finish_s == 107.0
    assert (chosen.robot_id, chosen.runner_up) == ("r1", "r2")
    assert chosen.runner_up_cost_s > chosen.cost_s


def test_with_no_other_robot_there_is_no_runner_up() -> None:
    plan = ALLOCATOR.plan(problem([job("t1", 4.0)], [robot("r1"), robot("r2", posture=Posture.FALLEN)]))
    assert plan.assignments[0].runner_up is None


def test_what_matters_more_goes_first_where_robots_are_few() -> None:
    jobs = [job("t1", 4.0, priority=50), job("t2", 20.0, priority=90)]
    assert pairs(ALLOCATOR.plan(problem(jobs, [robot("r1")]))) == {"t2": "r1"}


def test_what_has_waited_long_goes_first_at_last() -> None:
    jobs = [job("t1", 4.0, priority=50, waiting_since_s=100.0), job("t2", 4.0, priority=40, waiting_since_s=-5.0)]
    assert pairs(ALLOCATOR.plan(problem(jobs, [robot("r1")]))) == {"t2": "r1"}
    assert pairs(ALLOCATOR.plan(problem([replace(j, waiting_since_s=100.0) for j in jobs], [robot("r1")]))) == {
        "t1": "r1"
    }


def test_what_would_become_late_goes_before_what_has_time() -> None:
    jobs = [job("t1", 4.0, deadline_s=1000.0), job("t2", 4.0, deadline_s=110.0)]
    assert pairs(ALLOCATOR.plan(problem(jobs, [robot("r1")]))) == {"t2": "r1"}


def test_the_nearer_robot_goes_to_the_job_that_is_in_a_hurry() -> None:
    jobs = [job("t1", 10.0, deadline_s=104.0), job("t2", 10.0)]
    assert pairs(ALLOCATOR.plan(problem(jobs, [robot("r1", 8.0), robot("r2", 0.0)])))["t1"] == "r1"


def test_of_two_equally_near_the_one_with_more_battery_goes() -> None:
    robots = [robot("r1", 0.0, battery_fraction=0.25), robot("r2", 0.0, battery_fraction=0.9)]
    assert pairs(ALLOCATOR.plan(problem([job("t1", 5.0)], robots))) == {"t1": "r2"}


def test_as_many_jobs_as_possible_are_given_out_even_the_costly_ones() -> None:
    late = job("t1", 4.0, deadline_s=-1e6, pinned_to="r2")  # hopelessly late already
    plan = ALLOCATOR.plan(problem([late, job("t2", 4.0, priority=100)], [robot("r1", 0.0), robot("r2", 0.0)]))
    assert pairs(plan) == {"t1": "r2", "t2": "r1"}


def test_ties_fall_to_the_smaller_id() -> None:
    robots = [robot(name, 0.0) for name in ("r3", "r1", "r2")]
    assert pairs(ALLOCATOR.plan(problem([job("t1", 5.0)], robots))) == {"t1": "r1"}


def test_whoever_is_left_is_told_why_for_every_robot() -> None:
    robots = [robot("r1"), robot("r2", posture=Posture.FALLEN), robot("r3", capabilities=())]
    plan = ALLOCATOR.plan(problem([job("t1", 1.0, priority=90), job("t2", 1.0)], robots))
    (left,) = plan.unassigned
    assert left.task_id == "t2"
    assert {r: reason.obstacle for r, reason in left.reasons.items()} == {
        "r1": Obstacle.TAKEN,
        "r2": Obstacle.FALLEN,
        "r3": Obstacle.NO_SKILL,
    }
    assert left.summary == "r1: does t1 first; r2: fallen; r3: no skill walk_to"
    assert not left.hopeless


def test_a_job_that_nobody_will_ever_be_able_to_do_is_hopeless() -> None:
    heavy = job("t1", 1.0, skill="carry", payload_kg=12.0)
    plan = ALLOCATOR.plan(problem([heavy], [robot("r1"), robot("r2", capabilities=())]))
    assert plan.unassigned[0].hopeless
    assert ALLOCATOR.plan(problem([heavy], [])).unassigned[0].summary == "there are no robots"


def test_nothing_to_do_is_a_plan_too() -> None:
    assert ALLOCATOR.plan(problem([], [robot("r1")])) == Plan()
    assert ALLOCATOR.plan(problem([], [])) == Plan()


# ---- what holds for every problem ----

COORDINATES = st.integers(-40, 40).map(float)
JOBS = st.builds(
    lambda x, y, priority, deadline, since, skill: {
        "stops": (x, y), "priority": priority, "deadline_s": deadline, "waiting_since_s": since, "skill": skill,
    },
    COORDINATES, COORDINATES, st.integers(0, 100), st.none() | st.floats(0, 500), st.floats(0, 100),
    st.sampled_from(["walk_to", "carry", "pick", "fly"]),
)  # fmt: skip
ROBOTS = st.builds(
    lambda x, battery, posture, task: {"x": x, "battery_fraction": battery, "posture": posture, "task_id": task},
    COORDINATES, st.floats(0, 1), st.sampled_from([Posture.STANDING] * 4 + [Posture.FALLEN]),
    st.sampled_from([None, None, None, "busy"]),
)  # fmt: skip


@st.composite
def problems(draw: Any) -> Problem:
    jobs = [
        job(f"t{i}", *j.pop("stops"), **j) for i, j in enumerate(draw(st.lists(JOBS, max_size=6)))
    ]  # fmt: skip
    robots = [robot(f"r{i}", **r) for i, r in enumerate(draw(st.lists(ROBOTS, max_size=6)))]
    return problem(jobs, robots)


@settings(max_examples=80, deadline=None)
@given(problems())
def test_nobody_and_nothing_twice_and_never_what_cannot_be(given_problem: Problem) -> None:
    plan = ALLOCATOR.plan(given_problem)
    robots = [a.robot_id for a in plan.assignments]
    tasks = [a.task_id for a in plan.assignments] + [u.task_id for u in plan.unassigned]
    assert len(set(robots)) == len(robots)
    assert sorted(tasks) == sorted(j.task_id for j in given_problem.jobs)
    by_id = {r.description.robot_id: r for r in given_problem.robots}
    jobs = {j.task_id: j for j in given_problem.jobs}
    for assignment in plan.assignments:
        assert isinstance(judge(jobs[assignment.task_id], by_id[assignment.robot_id], given_problem), Estimate)
        assert min(assignment.terms.values()) >= 0
    for left in plan.unassigned:
        assert set(left.reasons) == set(by_id)


@settings(max_examples=40, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_changes_nothing(given_problem: Problem, dice: random.Random) -> None:
    jobs, robots = list(given_problem.jobs), list(given_problem.robots)
    dice.shuffle(jobs)
    dice.shuffle(robots)
    shuffled = replace(given_problem, jobs=tuple(jobs), robots=tuple(robots))
    assert ALLOCATOR.plan(shuffled) == ALLOCATOR.plan(given_problem)


COSTS = st.one_of(st.just(math.inf), st.integers(0, 50).map(float), st.floats(0, 1e4))


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(0, 5), st.integers(0, 5))
def test_no_other_choice_is_better_by_trying_all_of_them(data: st.DataObject, rows: int, columns: int) -> None:
    flat = data.draw(st.lists(COSTS, min_size=rows * columns, max_size=rows * columns))
    urgencies = np.array(data.draw(st.lists(st.floats(0, 1000), min_size=rows, max_size=rows)))
    costs = np.array(flat).reshape(rows, columns)

    def value(choice: list[int | None]) -> tuple[int, float]:
        """Jobs left, then the sum of what was chosen and of what was left."""
        total = sum(float(urgencies[i]) if j is None else float(costs[i, j]) for i, j in enumerate(choice))
        return choice.count(None), total

    everything = [
        list(choice)
        for choice in itertools.product([None, *range(columns)], repeat=rows)
        if len({j for j in choice if j is not None}) == sum(j is not None for j in choice)
        and all(j is None or math.isfinite(costs[i, j]) for i, j in enumerate(choice))
    ]
    chosen = solve(costs, urgencies)
    assert chosen in everything
    best = min(map(value, everything))
    left, total = value(chosen)
    assert left == best[0]
    assert total == pytest.approx(best[1], abs=1e-6)


# ---- what is refused ----


@pytest.mark.parametrize("bad", [float("nan"), -1.0, -math.inf])
def test_a_cost_that_is_no_cost_is_refused_with_its_place(bad: float) -> None:
    costs = np.array([[1.0, 2.0], [3.0, bad]])
    with pytest.raises(InvalidField, match=r"costs\[1\]\[1\]"):
        solve(costs, np.zeros(2))
    with pytest.raises(InvalidField, match="urgencies"):
        solve(np.ones((2, 2)), np.array([1.0, bad]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"now_s": float("nan")}, "now_s"),
        ({"battery_reserve": 1.5}, "battery_reserve"),
        ({"jobs": (job("t"), job("t"))}, "jobs"),
        ({"robots": (robot("r"), robot("r"))}, "robots"),
        ({"jobs": (job("t", work_s=-1.0),)}, r"jobs\.t\.work_s"),
        ({"jobs": (job("t", payload_kg=float("nan")),)}, r"jobs\.t\.payload_kg"),
        ({"jobs": (job("t", deadline_s=float("inf")),)}, r"jobs\.t\.deadline_s"),
        ({"jobs": (job("t", priority=-1),)}, r"jobs\.t\.priority"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        ALLOCATOR.plan(replace(problem([], []), **changes))


def test_weights_are_finite_and_not_negative() -> None:
    with pytest.raises(InvalidField, match=r"weights\.aging"):
        Weights(aging=-1.0)
