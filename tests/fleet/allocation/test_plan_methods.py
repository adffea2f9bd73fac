"""Every way to make a plan keeps every rule; the verifier is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.appending import append, order_of
from fleet.allocation.auction import auction
from fleet.allocation.generating import FEATURES, generated
from fleet.allocation.instance import PlanTask
from fleet.allocation.methods import METHODS, plan_by
from fleet.allocation.verify import verify
from fleet.model.errors import InvalidField

PLAIN = ("latest", "earliest", "pins", "present", "holes")


@given(seed=st.integers(0, 10_000), robots=st.integers(1, 5), tasks=st.integers(0, 12), data=st.data())
@settings(max_examples=30, deadline=None)
def test_what_an_auction_plans_is_right(seed, robots, tasks, data):
    features = data.draw(st.sets(st.sampled_from(PLAIN)))
    instance = generated(robots, tasks, seed=seed, features=sorted(features))
    assert verify(instance, auction(instance)) == []


@given(seed=st.integers(0, 10_000), robots=st.integers(1, 5), tasks=st.integers(0, 12), data=st.data())
@settings(max_examples=30, deadline=None)
def test_what_the_solver_plans_is_right(seed, robots, tasks, data):
    features = data.draw(st.sets(st.sampled_from(sorted(FEATURES))))
    instance = generated(robots, tasks, seed=seed, features=sorted(features))
    assert verify(instance, plan_by("lns", instance, iterations=20, seed=seed)) == []


def test_the_better_methods_are_better():
    instance = generated(6, 30, seed=3)
    costs = {m: plan_by(m, instance, iterations=300 if m == "lns" else None).cost for m in METHODS}
    assert costs["lns"] <= costs["regret"] < costs["auction"] < costs["append"]


def test_tasks_are_appended_behind_what_they_wait_for_and_a_circle_is_said():
    tasks = (
        PlanTask(task_id="last", after=("first",)),
        PlanTask(task_id="first", earliest_s=50.0),
        PlanTask(task_id="early"),
    )
    instance = replace(generated(1, 0), tasks=tasks)
    assert [t.task_id for t in order_of(instance)] == ["early", "first", "last"]
    ring = replace(instance, tasks=(PlanTask(task_id="a", after=("b",)), PlanTask(task_id="b", after=("a",))))
    assert all("wait for it" in reason for reason in append(ring).unplaced.values())


def test_a_hard_deadline_nobody_meets_is_said_with_by_how_much():
    (task,) = generated(1, 1, seed=1).tasks
    instance = replace(generated(1, 1, seed=1), tasks=(replace(task, latest_s=1.0),))
    assert "s after its hard deadline" in append(instance).unplaced[task.task_id]


def test_the_same_dice_give_the_same_instance_and_features_add_to_it():
    plain, again, other = generated(4, 9, seed=5), generated(4, 9, seed=5), generated(4, 9, seed=6)
    assert plain.tasks == again.tasks != other.tasks
    for name in FEATURES:
        assert generated(4, 30, seed=5, features=(name,)) is not None
    assert any(t.team == 2 for t in generated(4, 30, features=("teams",)).tasks)
    assert generated(4, 30, features=("battery",)).docks


@pytest.mark.parametrize(("robots", "tasks", "features"), [(0, 5, ()), (2, -1, ()), (2, 5, ("wings",))])
def test_what_cannot_be_made_is_refused(robots, tasks, features):
    with pytest.raises(InvalidField):
        generated(robots, tasks, features=features)


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(InvalidField, match="one of lns, regret, append, auction"):
        plan_by("magic", generated(1, 1))
