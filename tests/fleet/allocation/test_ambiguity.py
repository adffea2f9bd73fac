"""Plans that cost the same and are not the same to people are a question; plans that differ in nothing are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from brute import brute
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.ambiguity import Ambiguity, Concerns, Margin, ambiguity, favoured, priced
from fleet.allocation.differing import Stake
from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.weighing import Weigher, ends_s

ANA = Stake(what="linen to bed 1", who="Ana Ruiz", directive="D1")
JO = Stake(what="linen to bed 2", who="Jo Petrov", directive="D2")


def fork(due_s: float | None = 40.0, **more: object) -> Instance:
    """One robot in the middle, a task 30 m to the left and one 30 m to the right."""
    tasks = (
        PlanTask(task_id="a", stops=(1,), due_s=due_s, waiting_weight=0.1),
        PlanTask(task_id="b", stops=(2,), due_s=due_s, waiting_weight=0.1),
    )
    at = np.array([0.0, -30.0, 30.0])
    made = Instance(
        robots=(PlanRobot(robot_id="iron", at=0),),
        tasks=tasks,
        distances_m=np.abs(at[:, None] - at[None, :]),
        weights=PlanWeights(waiting=1.0),
    )
    return replace(made, **more)


def asked(instance: Instance, stakes: dict[str, Stake] | None = None, **margin: float) -> Ambiguity | None:
    concerns = Concerns(stakes=stakes if stakes is not None else {"a": ANA, "b": JO})
    return ambiguity(Weigher(instance=instance, solution=brute(instance), solve=brute), concerns, Margin(**margin))


def with_priority(instance: Instance, task_id: str, due_weight: float) -> Instance:
    tasks = tuple(replace(t, due_weight=due_weight) if t.task_id == task_id else t for t in instance.tasks)
    return replace(instance, tasks=tasks)


def test_whose_deadline_is_missed_is_a_question_where_both_plans_cost_the_same() -> None:
    found = asked(fork())
    assert found is not None
    (other,) = found.others
    assert found.tasks == {"a", "b"}
    assert other.extra_cost == pytest.approx(0.0)
    (gains,), (loses,) = other.better, other.worse
    assert (gains.kind, loses.kind) == ("late", "late")
    assert {gains.who, loses.who} == {"Ana Ruiz", "Jo Petrov"}
    assert gains.first == "is done in 90 s, 50 s late" and gains.second == "is done in 30 s, in time"
    assert loses.by_s == pytest.approx(50.0)


def test_where_one_is_more_urgent_the_costs_say_it_and_nobody_is_asked() -> None:
    assert asked(with_priority(fork(), "a", 3.0)) is None


def test_a_wider_margin_asks_more() -> None:
    instance = with_priority(fork(), "a", 1.2)
    assert asked(instance, seconds=0.0, share=0.01) is None
    assert asked(instance, seconds=20.0) is not None


def test_nobody_is_asked_between_tasks_of_one_directive() -> None:
    assert asked(fork(), {"a": ANA, "b": replace(ANA, what="linen to bed 2")}) is None


def test_where_a_second_robot_keeps_both_deadlines_there_is_no_question() -> None:
    instance = fork()
    two = replace(instance, robots=(*instance.robots, PlanRobot(robot_id="gr", at=2)))
    assert asked(two) is None


def test_which_of_two_tasks_is_left_undone_is_a_question() -> None:
    instance = fork()
    tasks = tuple(replace(t, due_s=None, latest_s=40.0) for t in instance.tasks)
    found = asked(replace(instance, tasks=tasks))
    assert found is not None
    assert {d.kind for o in found.others for d in (*o.better, *o.worse)} == {"undone"}
    assert found.others[0].plan.terms["unplaced"] == found.plan.terms["unplaced"]


def test_mere_waiting_is_asked_about_only_where_nothing_says_whose_turn_it_is() -> None:
    waits = {"waits_s": 50.0}
    assert asked(fork(None), **waits) is not None
    assert asked(fork(None)) is None
    assert asked(fork(None), {"a": ANA, "b": replace(JO, asked_at_s=90.0)}, **waits) is None
    assert asked(fork(None), {"a": ANA, "b": replace(JO, priority=60)}, **waits) is None


def test_who_is_disturbed_is_a_difference() -> None:
    instance = fork(None)
    at = np.array([0.0, -30.0, 30.0])
    quiet = PlanRobot(robot_id="quiet", at=2, free_at_s=28.0)
    one = replace(
        instance, robots=(*instance.robots, quiet), tasks=instance.tasks[1:],
        distances_m=np.abs(at[:, None] - at[None, :]), weights=PlanWeights(makespan=1.0, waiting=0.0),
    )  # fmt: skip
    beside_bed_2 = replace(JO, disturbs={"quiet": ("the patient in bed 2",)})
    told = asked(one, {"b": beside_bed_2})
    assert told is None  # better for the patient and a loss to nobody: no choice between people
    urgent = replace(one, tasks=(replace(one.tasks[0], due_s=29.0, due_weight=0.1),))
    told = asked(urgent, {"b": beside_bed_2}, late_s=1.0)
    assert told is not None
    assert {(d.kind) for d in (*told.others[0].better, *told.others[0].worse)} == {"disturbed", "late"}


def test_what_somebody_has_chosen_is_not_asked_again() -> None:
    instance = fork()
    concerns = Concerns(stakes={"a": ANA, "b": JO}, settled=frozenset({frozenset({"a", "b"})}))
    assert ambiguity(Weigher(instance=instance, solution=brute(instance), solve=brute), concerns) is None


def test_a_choice_holds_once_the_one_chosen_is_favoured() -> None:
    for chosen, other in (("a", "b"), ("b", "a")):
        plan = brute(favoured(fork(), (chosen,), 10.0))
        first, second = ends_s(plan, chosen), ends_s(plan, other)
        assert first is not None and second is not None and first < second


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(-40, 40), min_size=4, max_size=4), st.integers(10, 80))
def test_a_plan_made_with_other_weights_is_priced_as_the_solver_prices_it(xs: list[int], due_s: int) -> None:
    at = np.array(xs, dtype=np.float64)
    tasks = tuple(
        PlanTask(task_id=f"t{i}", stops=(i,), due_s=float(due_s), latest_s=60.0 + 20 * i, waiting_weight=0.5)
        for i in range(3)
    )
    instance = Instance(
        robots=(PlanRobot(robot_id="iron", at=3),), tasks=tasks, distances_m=np.abs(at[:, None] - at[None, :])
    )
    plan = brute(instance)
    assert priced(instance, plan).cost == pytest.approx(plan.cost)
    assert priced(instance, brute(favoured(instance, ("t1",), 100.0))).cost >= plan.cost - 1e-9
