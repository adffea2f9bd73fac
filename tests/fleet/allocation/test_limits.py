"""Which limit binds: relaxing it alone brings the task in time, and a little less than that does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from brute import brute

from fleet.allocation.changing import with_robot, with_task
from fleet.allocation.instance import Instance, PlanRobot, PlanTask, PlanWeights
from fleet.allocation.limits import Limits, Relief, limits
from fleet.allocation.weighing import Weigher, ends_s
from fleet.model.errors import NotFound


def hall(*tasks: PlanTask, **more: object) -> Instance:
    """One robot at 0 that walks 1 m/s, places every 10 m."""
    at = np.arange(0.0, 100.0, 10.0)
    robots = (PlanRobot(robot_id="iron", at=0),)
    made = Instance(
        robots=robots, tasks=tasks, distances_m=np.abs(at[:, None] - at[None, :]), weights=PlanWeights(waiting=1.0)
    )
    return replace(made, **more)


def told(instance: Instance, task_id: str, **reasons: str) -> Limits:
    return limits(Weigher(instance=instance, solution=brute(instance), solve=brute), task_id, reasons=reasons)


def relief(found: Limits, kind: str) -> Relief:
    return next(r for r in found.reliefs if r.kind == kind)


def test_a_hard_deadline_that_is_too_near_says_by_how_much() -> None:
    found = told(hall(PlanTask(task_id="fetch", stops=(3, 5), latest_s=40.0)), "fetch")
    assert not found.met and found.hard and found.ends_s is None
    assert found.soonest_s == pytest.approx(50.0)
    assert relief(found, "deadline").amount == pytest.approx(10.0)
    assert found.binds == ("deadline",)
    assert found.sentence == (
        "fetch cannot end by its deadline in 40 s: it would end 10 s after it."
        " It would be in time if the deadline were 10 s later."
    )


def test_a_second_robot_and_going_first_are_told_with_what_others_lose() -> None:
    first = PlanTask(task_id="first", stops=(9,), due_s=90.0, due_weight=9.0, waiting_weight=1.0)
    late = PlanTask(task_id="late", stops=(4,), work_s=60.0, due_s=110.0, due_weight=1.0)
    instance = hall(first, late)
    found = told(instance, "late")
    assert found.ends_s == pytest.approx(90 + 50 + 60)
    assert set(found.binds) == {"deadline", "priority", "robot"}
    going_first = relief(found, "priority")
    assert [(h.task_id, h.late_s) for h in going_first.harms] == [("first", pytest.approx(60.0))]
    assert going_first.text == "it went before everything else (then first 60 s late)"
    assert relief(found, "robot").subject == "iron"
    assert relief(found, "robot").harms == ()


def test_a_robot_that_is_busy_is_said_with_how_much_sooner_it_would_have_to_be_free() -> None:
    instance = with_robot(hall(PlanTask(task_id="fetch", stops=(3,), latest_s=60.0)), "iron", free_at_s=75.0)
    busy = relief(told(instance, "fetch"), "busy")
    assert (busy.amount, busy.meets, busy.subject) == (45.0, True, "iron")
    for amount, placed in ((45.0, True), (44.0, False)):
        plan = brute(with_robot(instance, "iron", free_at_s=75.0 - amount))
        assert (ends_s(plan, "fetch") is not None) is placed


def test_nobody_who_can_is_told_robot_by_robot_in_the_words_of_whoever_knows() -> None:
    found = told(hall(PlanTask(task_id="fetch", stops=(3,), able=())), "fetch", iron="payload 12 kg > 2 kg")
    assert found.binds == ("able",)
    assert found.wanted_s is None
    assert found.sentence == ("fetch is left undone. It would be done if iron could do it (payload 12 kg > 2 kg).")


def test_what_it_waits_for_and_when_it_may_begin_are_limits_too() -> None:
    before = PlanTask(task_id="before", stops=(1,), work_s=100.0)
    instance = hall(before, PlanTask(task_id="fetch", stops=(2,), after=("before",), due_s=60.0, due_weight=50.0))
    assert "after" in told(instance, "fetch").binds
    instance = hall(PlanTask(task_id="fetch", stops=(2,), earliest_s=100.0, due_s=110.0, work_s=30.0))
    earliest = relief(told(instance, "fetch"), "earliest")
    assert earliest.meets and earliest.amount == pytest.approx(20.0)


def test_what_does_not_suffice_alone_is_told_with_what_it_buys() -> None:
    instance = with_robot(hall(PlanTask(task_id="fetch", stops=(9,), work_s=10.0, due_s=50.0)), "iron", free_at_s=30.0)
    found = told(instance, "fetch")
    busy = relief(found, "busy")
    assert not busy.meets and busy.buys_s == pytest.approx(30.0)
    assert "Not enough alone: if iron were free 30 s sooner, it would end 30 s sooner" in found.sentence
    assert found.binds == ("deadline",)


def test_a_task_in_time_has_nothing_to_relax() -> None:
    found = told(hall(PlanTask(task_id="fetch", stops=(3,), due_s=60.0)), "fetch")
    assert found.met and found.reliefs == () and found.binds == ()
    assert found.sentence == "fetch ends 30 s before its deadline."


def test_a_task_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFound, match="known: fetch"):
        told(hall(PlanTask(task_id="fetch", stops=(3,))), "etch")


def test_pins_that_keep_it_from_others_are_limits_in_words() -> None:
    two = hall(PlanTask(task_id="fetch", stops=(3,), latest_s=40.0, pinned_to=("iron",)))
    two = replace(two, robots=(PlanRobot(robot_id="iron", at=9), PlanRobot(robot_id="gr", at=2)))
    found = told(two, "fetch", gr="the task is for iron only")
    assert "able" in found.binds
    assert "gr could do it (the task is for iron only)" in found.sentence
    assert brute(with_task(two, "fetch", pinned_to=())).robots_of("fetch") == ("gr",)
