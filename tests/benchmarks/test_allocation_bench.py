"""What the benchmark of plans reckons with: its own cost, its bound, its shift."""

from __future__ import annotations

import pytest

from benchmarks._allocation_cost import cost_j, lower_bound, routes_of
from benchmarks._allocation_shift import Day, a_shift, auctioned, first_come_nearest
from fleet.allocation.appending import append
from fleet.allocation.auction import auction
from fleet.allocation.generating import generated


@pytest.mark.parametrize("seed", range(3))
def test_the_cost_is_that_of_the_plan_and_never_below_the_bound(seed):
    instance = generated(6, 25, seed=seed)
    for plan in (append(instance), auction(instance)):
        cost = cost_j(instance, routes_of(instance, plan)).cost
        assert cost == pytest.approx(plan.cost)
        assert cost >= lower_bound(instance)


def test_the_bound_of_one_task_is_its_plan():
    instance = generated(1, 1, seed=2)
    assert lower_bound(instance) == pytest.approx(append(instance).cost)


def test_a_robot_that_cannot_do_a_task_is_noticed():
    instance = generated(8, 8, seed=1)
    number, task = next((i, t) for i, t in enumerate(instance.tasks) if t.able and len(t.able) < 8)
    wrong = next(i for i, r in enumerate(instance.robots) if r.robot_id not in task.able)
    with pytest.raises(ValueError, match="cannot do"):
        cost_j(instance, [[number] if i == wrong else [] for i in range(8)])


@pytest.mark.parametrize("planner", [first_come_nearest, auctioned])
def test_everything_that_came_in_a_shift_is_done_in_the_end(planner):
    shift = a_shift(2, 4, 0.6)
    lived = Day(shift, planner).live()
    assert shift.down, "robots fail in it"
    assert lived.done == len(shift.comes_s)
    assert 0 <= lived.met <= lived.done
    assert 0.25 <= lived.fairness <= 1.0
