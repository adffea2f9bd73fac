"""Crowds are led apart before they meet: what steps cost in them, and the plans that come of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.model.errors import InvalidField
from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Bools, Ints, graph_of, grid_of
from fleet.traffic.grid.guidance import flow_of, guided_plan
from fleet.traffic.grid.solve import solve
from fleet.traffic.verify import verify


def two_streets() -> Bools:
    """Two rooms of 4 x 4, joined by two lanes for one."""
    free = np.zeros((4, 20), bool)
    free[:, :4] = free[:, 16:] = True
    free[0] = free[3] = True
    return free


def crossing() -> tuple[Ints, Ints]:
    """Eight robots in each room, all bound for the other."""
    grid = grid_of(two_streets())
    west = [grid.node(row, column) for row in range(4) for column in (0, 1)]
    east = [grid.node(row, column) for row in range(4) for column in (18, 19)]
    return np.array(west + east, np.int32), np.array(east + west, np.int32)


def test_steps_against_the_stream_cost_more_than_those_with_it() -> None:
    grid = grid_of(np.ones((1, 6), bool))
    starts, goals = np.array([0, 1], np.int32), np.array([4, 5], np.int32)
    flow = flow_of(grid.graph, starts, goals, Distances(grid.graph))
    assert flow is not None
    cost = {(n, to): int(flow.costs[flow.starts[n] + k]) for n in range(6) for k, to in enumerate(flow.steps_from(n))}
    assert cost[3, 2] > cost[2, 1] - 2 and cost[3, 2] > cost[4, 3] - 2
    assert cost[2, 1] == 16 + 2 + 1 and cost[1, 2] == 16 + 2  # two come against, one walks into 1; two walk into 2


def test_costs_seen_from_the_ends_are_those_of_the_same_steps() -> None:
    starts, goals = crossing()
    grid = grid_of(two_streets())
    flow = flow_of(grid.graph, starts, goals, Distances(grid.graph))
    assert flow is not None
    ahead = {(n, to): int(flow.costs[flow.starts[n] + k]) for n in range(flow.nodes) for k, to in
             enumerate(flow.steps_from(n))}  # fmt: skip
    for node in range(flow.nodes):
        for k in range(flow.back_starts[node], flow.back_starts[node + 1]):
            assert ahead[int(flow.back_ends[k]), node] == flow.back_costs[k]


def test_led_by_the_stream_a_crowd_gets_on_sooner() -> None:
    grid, dice = grid_of(np.ones((20, 20), bool)), np.random.default_rng(0)
    starts, goals = (dice.permutation(400)[:120].astype(np.int32) for _ in range(2))
    shortest = solve(grid.graph, starts, goals, rounds=0)
    led = guided_plan(grid.graph, starts, goals, Distances(grid.graph), seed=0, tries=100_000)
    assert led is not None and np.array_equal(led[-1], goals)
    paths = [[grid.cell(int(n)) for n in led[:, i]] for i in range(len(starts))]
    cells = [[grid.cell(int(n)) for n in nodes] for nodes in (starts, goals)]
    assert verify(grid.free.tolist(), cells[0], cells[1], paths) == []
    assert (led != goals).sum() < 0.95 * shortest.first_cost


def test_a_plan_that_is_no_better_for_it_is_not_taken() -> None:
    grid, (starts, goals) = grid_of(two_streets()), crossing()
    solved = solve(grid.graph, starts, goals, rounds=1)
    assert solved.cost <= solved.first_cost


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_on_any_map_led_plans_are_right(seed: int) -> None:
    dice = np.random.default_rng(seed)
    free = dice.random((6, 7)) < 0.8
    free[0] = free[:, 0] = free[:, -1] = True
    grid = grid_of(free)
    distances = Distances(grid.graph)
    reached = np.flatnonzero(distances.between(np.arange(grid.graph.nodes, dtype=np.int32),
                                               np.zeros(grid.graph.nodes, np.int32)) < 1 << 29)  # fmt: skip
    starts, goals = (dice.permutation(reached)[: len(reached) // 3].astype(np.int32) for _ in range(2))
    led = guided_plan(grid.graph, starts, goals, distances, seed=seed, tries=5_000)
    if led is None:
        return
    paths = [[grid.cell(int(n)) for n in led[:, i]] for i in range(len(starts))]
    cells = [[grid.cell(int(n)) for n in nodes] for nodes in (starts, goals)]
    assert verify(free.tolist(), cells[0], cells[1], paths) == []


def test_one_way_rings_have_no_stream_against() -> None:
    ring = graph_of(5, [(n, (n + 1) % 5) for n in range(5)])
    flow = flow_of(ring, np.array([0], np.int32), np.array([2], np.int32), Distances(ring))
    assert flow is not None and flow.costs.tolist() == [17, 17, 16, 16, 16]


def test_out_of_time_there_is_none() -> None:
    grid, (starts, goals) = grid_of(two_streets()), crossing()
    assert guided_plan(grid.graph, starts, goals, Distances(grid.graph), seed=0, tries=9, stop=lambda: True) is None
    assert guided_plan(grid.graph, starts, goals, Distances(grid.graph), seed=0, tries=1) is None


def test_costs_that_cannot_be_are_named() -> None:
    graph = grid_of(np.ones((1, 3), bool)).graph
    with pytest.raises(InvalidField, match="costs: got .*expected as many costs as steps: 4"):
        graph.costing(np.ones(3, np.int32))
    with pytest.raises(InvalidField, match=r"costs\[2\]: got 0, expected a whole number from 1"):
        graph.costing(np.array([1, 1, 0, 1], np.int32))
