from __future__ import annotations

from dataclasses import replace

import pytest
from planning_cases import from_dice

from fleet.allocation.generating import generated
from fleet.allocation.instance import PlanTask
from fleet.allocation.solver import Planner, solve
from fleet.allocation.verify import verify
from fleet.model.errors import Conflict, InvalidField, NotFound


def sound(planner: Planner) -> None:
    assert verify(planner.instance, planner.solution()) == []
    assert planner.cost == pytest.approx(planner.solution().cost)


@pytest.mark.parametrize("kind", [{}, {"team": 0.2, "after": 0.3, "battery": True}])
def test_the_plan_is_sound_after_every_event(kind):
    whole = from_dice(5, 24, 4, **kind)
    planner = Planner(replace(whole, tasks=whole.tasks[:18]), rounds=4)
    for k, task in enumerate(whole.tasks[18:]):
        planner.add_task(task)
        planner.remove_task(f"t{2 * k}")
        sound(planner)
    change = planner.lose_robot("r1")
    sound(planner)
    assert not planner.solution().routes["r1"]
    assert all("r1" not in after for _, after in change.moved.values())
    planner.restore_robot(replace(whole.robots[1], free_at_s=30.0))
    planner.update_robot(replace(whole.robots[2], free_at_s=200.0))
    planner.advance(60.0)
    sound(planner)
    planner.improve(20)
    sound(planner)


def test_a_change_says_who_did_it_and_who_does_it():
    whole = from_dice(4, 12, 5)
    planner = Planner(replace(whole, tasks=whole.tasks[:11]))
    change = planner.add_task(whole.tasks[11])
    assert change.moved["t11"] == ((), planner.solution().robots_of("t11"))
    for name, (_, after) in change.moved.items():
        assert planner.solution().robots_of(name) == after


def test_a_plan_that_is_kept_is_about_as_good_as_a_new_one():
    whole = from_dice(6, 48, 6)
    planner = Planner(replace(whole, tasks=whole.tasks[:24]), iterations=200)
    for task in whole.tasks[24:]:
        planner.add_task(task)
    assert planner.cost <= 1.25 * solve(whole, iterations=1000).cost


def test_the_same_events_give_the_same_plan():
    whole = from_dice(4, 20, 7)
    costs = []
    for _ in range(2):
        planner = Planner(replace(whole, tasks=whole.tasks[:10]), seed=3)
        for task in whole.tasks[10:]:
            planner.add_task(task)
        planner.lose_robot("r0")
        costs.append((planner.cost, planner.solution().routes))
    assert costs[0] == costs[1]


def test_a_plan_becomes_one_of_any_kind_when_a_team_is_needed():
    whole = from_dice(4, 10, 8)
    planner = Planner(whole)
    planner.add_task(PlanTask(task_id="carry", stops=(4, 5), work_s=5, team=2, after=("t0",)))
    sound(planner)
    assert len(planner.solution().robots_of("carry")) == 2


def test_a_lost_dock_is_not_used():
    whole = from_dice(3, 12, 9, battery=True)
    planner = Planner(whole)
    planner.lose_dock("d0")
    sound(planner)
    assert not any(v.dock_id for visits in planner.solution().routes.values() for v in visits)
    planner.restore_dock(whole.docks[0])
    sound(planner)


def test_what_is_not_there_or_makes_no_sense_is_refused():
    planner = Planner(from_dice(3, 6, 10))
    with pytest.raises(Conflict, match="t1"):
        planner.add_task(PlanTask(task_id="t1"))
    with pytest.raises(InvalidField, match=r"stops\[0\]"):
        planner.add_task(PlanTask(task_id="new", stops=(99,)))
    with pytest.raises(InvalidField, match="after"):
        planner.add_task(PlanTask(task_id="new", after=("new",)))
    with pytest.raises(InvalidField, match="time does not go back"):
        planner.advance(-1.0)
    for ask in (lambda: planner.remove_task("x"), lambda: planner.lose_robot("x"), lambda: planner.lose_dock("x")):
        with pytest.raises(NotFound):
            ask()
    sound(planner)


def test_a_robot_that_is_back_takes_over_what_is_late_also_in_a_large_fleet():
    whole = generated(400, 1600, seed=3)
    planner = Planner(whole, rounds=0)
    planner.lose_robot("r0007")
    before = planner.cost
    change = planner.restore_robot(whole.robots[7])
    taken = planner.solution().routes["r0007"]
    assert taken
    assert {task for task, (_, after) in change.moved.items() if after == ("r0007",)} == {v.task_id for v in taken}
    assert planner.cost < before
    sound(planner)
