"""Explanations are true: every difference is one of two best plans, every "would get it if" was tried."""

from __future__ import annotations

import math

import numpy as np
import pytest
from brute import brute
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.changing import given_to, nearer, with_robot, with_task, with_twin
from fleet.allocation.explain import explain
from fleet.allocation.flips import Flip
from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.verify import verify
from fleet.allocation.weighing import Weigher, in_terms, seconds, smallest
from fleet.model.errors import NotFound


def line(*xs: float) -> np.ndarray:
    """Distances between points on a line."""
    at = np.array(xs, dtype=np.float64)
    return np.abs(at[:, None] - at[None, :])


def two_robots(**more: object) -> Instance:
    """near at 0, far at 60 and one task at 10, one at 50; all walk 1 m/s."""
    robots = (PlanRobot(robot_id="near", at=0), PlanRobot(robot_id="far", at=3))
    tasks = (
        PlanTask(task_id="left", stops=(1,), work_s=5.0, waiting_weight=1.0),
        PlanTask(task_id="right", stops=(2,), work_s=5.0, waiting_weight=1.0),
    )
    weights = PlanWeights(makespan=0.0, waiting=1.0)
    made = Instance(robots=robots, tasks=tasks, distances_m=line(0, 10, 50, 60), weights=weights)
    return made if not more else with_task(made, "left", **more)


def weigher(instance: Instance) -> Weigher:
    return Weigher(instance=instance, solution=brute(instance), solve=brute)


def changed(instance: Instance, task_id: str, flip: Flip, amount: float) -> Instance:
    """The instance with the change that a flip names, made here once more."""
    task = next(t for t in instance.tasks if t.task_id == task_id)
    robot = {r.robot_id: r for r in instance.robots}.get(flip.subject)
    if flip.kind in ("deadline_later", "deadline_sooner"):
        by = amount if flip.kind == "deadline_later" else -amount
        assert task.due_s is not None
        return with_task(instance, task_id, due_s=task.due_s + by)
    if flip.kind == "less_against_it":
        return with_task(instance, task_id, costs_s={**task.costs_s, flip.subject: task.costs_s[flip.subject] - amount})
    assert robot is not None
    if flip.kind == "way_shorter":
        return nearer(instance, flip.subject, amount)
    free = max(robot.free_at_s, instance.now_s) if flip.kind == "holder_later" else robot.free_at_s
    return with_robot(instance, flip.subject, free_at_s=free + (amount if flip.kind == "holder_later" else -amount))


def far_is_cheaper(instance: Instance, *, or_as_cheap: bool = False) -> bool:
    """Whether the best plan with far costs less than the best with near."""
    far, near = (brute(given_to(instance, "left", (r,))).cost for r in ("far", "near"))
    return far < near - 1e-9 or (or_as_cheap and far <= near + 1e-9)


def test_a_task_is_with_the_nearer_robot_and_the_other_would_cost_the_difference_of_the_two_plans() -> None:
    told = explain(weigher(two_robots()), "left")
    assert told.robots == ("near",)
    far = told.alternative("far")
    assert far is not None and far.possible
    pinned = brute(given_to(two_robots(), "left", ("far",)))
    assert far.extra_cost == pytest.approx(pinned.cost - brute(two_robots()).cost)
    assert sum(far.difference.values()) == pytest.approx(far.extra_cost)
    assert set(far.difference) == {"waiting"}
    assert told.terms == pytest.approx({"waiting": 15.0})
    assert told.sentence.startswith("near does left, beginning in 10 s and ending in 15 s")
    assert "Next best: with far the plan costs" in told.sentence


def test_what_would_change_it_is_the_least_that_does() -> None:
    instance = two_robots()
    told = explain(weigher(instance), "left", robots=["far"])
    flips = told.alternatives[0].flips
    assert [f.kind for f in flips] == ["holder_later"]
    for flip in flips:
        assert "far" in brute(changed(instance, "left", flip, flip.amount)).robots_of("left")
        assert not far_is_cheaper(changed(instance, "left", flip, flip.amount - 1))
        assert flip.text.startswith("far would get it if")


def test_a_robot_that_will_be_free_later_would_get_it_if_it_were_free_sooner() -> None:
    instance = with_robot(two_robots(), "near", free_at_s=300.0)
    told = explain(weigher(instance), "left", robots=["near"])
    sooner = next(f for f in told.alternatives[0].flips if f.kind == "robot_earlier")
    assert sooner.text == f"near would get it if it were free {seconds(sooner.amount)} earlier"
    assert "near" in brute(changed(instance, "left", sooner, sooner.amount)).robots_of("left")
    assert far_is_cheaper(changed(instance, "left", sooner, sooner.amount - 1), or_as_cheap=True)


def test_one_that_cannot_is_told_with_the_words_of_whoever_knows_and_whether_it_would_get_it_otherwise() -> None:
    told = explain(weigher(two_robots(able=("far",))), "left", reasons={"near": "payload 12 kg > 2 kg"})
    near = told.alternative("near")
    assert near is not None and not near.possible and math.isinf(near.extra_cost)
    assert near.because == "payload 12 kg > 2 kg; it would get the task otherwise"
    assert [f.kind for f in near.flips] == ["able"]
    assert "Cannot: near: payload 12 kg > 2 kg." in told.sentence


def test_a_task_that_nobody_has_is_explained_too() -> None:
    told = explain(weigher(two_robots(latest_s=3.0)), "left")
    assert told.robots == () and told.ends_s is None and told.terms == {}
    assert told.sentence.startswith("Nobody has left: left.")
    assert all(not a.possible for a in told.alternatives)
    assert "near would get it if the deadline were 12 s later" in [f.text for a in told.alternatives for f in a.flips]


def test_what_speaks_against_a_robot_is_weighed_and_said() -> None:
    told = explain(weigher(two_robots(costs_s={"near": 300.0})), "left", robots=["near"])
    assert told.robots == ("far",)
    near = told.alternatives[0]
    assert near.difference["extra"] == pytest.approx(300.0)
    less = next(f for f in near.flips if f.kind == "less_against_it")
    assert "what speaks against it (300 s)" in less.text


def test_names_that_are_not_there_are_refused_with_those_that_are() -> None:
    asked = weigher(two_robots())
    with pytest.raises(NotFound, match="no task named 'up'; known: left, right"):
        explain(asked, "up")
    with pytest.raises(NotFound, match="no robot named 'r9'; known: near, far"):
        explain(asked, "left", robots=["r9"])


def test_one_more_robot_of_a_kind_can_do_what_the_first_can() -> None:
    instance = with_twin(with_robot(two_robots(able=("far",)), "far", free_at_s=500.0), "far", "far+1")
    plan = brute(instance)
    assert plan.robots_of("left") == ("far+1",)
    assert verify(instance, plan) == []


def test_the_smallest_multiple_for_which_something_holds() -> None:
    assert smallest(lambda x: x >= 37.2, 100.0, 1.0) == 38.0
    assert smallest(lambda x: x > 0, 100.0, 0.5) == 0.5
    assert smallest(lambda x: x >= 99.5, 100.0, 0.5) == 99.5
    assert smallest(lambda _: False, 100.0, 1.0) is None
    assert smallest(lambda _: True, 0.4, 1.0) is None


def test_numbers_are_said_as_people_say_them() -> None:
    assert [seconds(s) for s in (0.2, 42, 150, 240, 3900, -30)] == [
        "0 s",
        "42 s",
        "2 min 30 s",
        "4 min",
        "1 h 5 min",
        "-30 s",
    ]
    assert in_terms({"travel": -3.5, "tardiness": 20.0, "wear": 0.01}) == "lateness +20.0 s, walking -3.5 s"


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    xs = [draw(st.integers(0, 40)) for _ in range(5)]
    robots = tuple(
        PlanRobot(
            robot_id=f"r{i}",
            at=i,
            speed_mps=draw(st.sampled_from([0.5, 1.0])),
            free_at_s=float(draw(st.integers(0, 30))),
        )
        for i in range(2)
    )
    tasks = tuple(
        PlanTask(
            task_id=f"t{i}",
            stops=(2 + i,),
            work_s=5.0,
            due_s=draw(st.one_of(st.none(), st.integers(10, 60).map(float))),
            waiting_weight=0.1,
        )
        for i in range(3)
    )
    return Instance(robots=robots, tasks=tasks, distances_m=line(*xs), weights=PlanWeights(waiting=1.0, tardiness=2.0))


@settings(max_examples=5, deadline=None)
@given(instances())
def test_every_explanation_holds_when_it_is_worked_out_again(instance: Instance) -> None:
    told = explain(weigher(instance), "t0")
    best = brute(instance)
    for alternative in told.alternatives:
        theirs = brute(given_to(instance, "t0", (alternative.robot_id,)))
        assert alternative.extra_cost == pytest.approx(theirs.cost - best.cost)
        assert alternative.extra_cost >= -1e-9
        for flip in alternative.flips:
            again = brute(changed(instance, "t0", flip, flip.amount))
            assert again.robots_of("t0") == (alternative.robot_id,), flip
