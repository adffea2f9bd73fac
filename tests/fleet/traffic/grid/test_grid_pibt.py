"""Steps of many robots: nobody meets, nobody leaves the graph, nobody waits for ever."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.model.errors import InvalidField
from fleet.traffic.grid.distances import Distances
from fleet.traffic.grid.graph import Graph, Ints, graph_of, grid_of
from fleet.traffic.grid.pibt import Pibt, Steps


def apart(graph: Graph, at: Ints, to: Ints) -> None:
    """Fails where two robots meet, pass through each other, or somebody takes a step that the graph does not have."""
    now = {int(node): i for i, node in enumerate(at)}
    assert len(set(to.tolist())) == len(to)
    for i, (a, b) in enumerate(zip(at.tolist(), to.tolist(), strict=True)):
        assert a == b or b in graph.steps_from(a)
        other = now.get(b, i)
        assert other == i or to[other] != a


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Graph, int, int]:
    """A map with walls, all of it connected or not, how many robots, and a seed."""
    rows, columns = draw(st.integers(1, 7)), draw(st.integers(2, 7))
    walls = draw(st.lists(st.integers(0, rows * columns - 1), max_size=rows * columns // 3))
    free = np.ones(rows * columns, bool)
    free[walls] = False
    free[:2] = True
    grid = grid_of(free.reshape(rows, columns))
    return grid.graph, draw(st.integers(1, grid.graph.nodes)), draw(st.integers(0, 99))


@settings(max_examples=40, deadline=None)
@given(crowds())
def test_nobody_ever_meets_and_the_same_seed_gives_the_same_steps(crowd: tuple[Graph, int, int]) -> None:
    graph, robots, seed = crowd
    dice = np.random.default_rng(seed)
    start = dice.permutation(graph.nodes)[:robots].astype(np.int32)
    distances = Distances(graph)
    every = np.arange(graph.nodes, dtype=np.int32)
    goals = np.array([dice.choice(every[distances.between(every, np.full_like(every, s)) < 1000]) for s in start])
    one, two = Pibt(graph, seed=seed), Pibt(graph, seed=seed)
    at = start
    for _ in range(20):
        to = one.step(at, goals)
        assert np.array_equal(to, two.step(at, goals))
        apart(graph, at, to)
        at = to


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 99))
def test_where_all_lie_on_cycles_everybody_gets_to_its_goal(rows: int, columns: int, seed: int) -> None:
    graph = grid_of(np.ones((rows, columns), bool)).graph
    dice = np.random.default_rng(seed)
    robots = int(dice.integers(1, graph.nodes + 1))
    at, goals = (dice.permutation(graph.nodes)[:robots].astype(np.int32) for _ in range(2))
    reached, pibt = at == goals, Pibt(graph, seed=seed)
    # Each robot is the first in its turn and then gets nearer with every step: diameter x robots steps suffice.
    for _ in range((rows + columns) * robots + 1):
        at = pibt.step(at, goals)
        reached |= at == goals
    assert reached.all()


def a_lane(length: int, bay: int) -> Graph:
    """A lane for one with a passing place beside cell `bay`."""
    free = np.zeros((2, length), bool)
    free[0] = True
    free[1, bay] = True
    return grid_of(free).graph


@pytest.mark.parametrize("bay", [1, 4, 7])
def test_two_robots_change_places_in_a_lane_with_a_passing_place(bay: int) -> None:
    graph = a_lane(9, bay)
    at, goals, pibt = np.array([0, 8], np.int32), np.array([8, 0], np.int32), Pibt(graph)
    for _ in range(60):
        to = pibt.step(at, goals)
        apart(graph, at, to)
        at = to
    assert at.tolist() == [8, 0]


def test_without_swaps_they_stand_in_each_others_way() -> None:
    graph = a_lane(9, 4)
    at, goals, pibt = np.array([0, 8], np.int32), np.array([8, 0], np.int32), Pibt(graph, swaps=False)
    for _ in range(60):
        at = pibt.step(at, goals)
    assert at.tolist() != [8, 0]


def test_a_robot_that_cannot_move_is_never_walked_into_and_walked_around_where_the_graph_says_so() -> None:
    graph = grid_of(np.ones((3, 5), bool)).graph
    at, goals, stays = np.array([5, 7], np.int32), np.array([9, 7], np.int32), np.array([False, True])
    ends = []
    for pibt in (Pibt(graph), Pibt(graph.without([7]))):
        now = at
        for _ in range(8):
            to = pibt.step(now, goals, stays=stays)
            apart(graph, now, to)
            now = to
        ends.append(now.tolist())
    assert ends == [[6, 7], [9, 7]]


def test_a_graph_cannot_lose_nodes_that_it_does_not_have() -> None:
    with pytest.raises(InvalidField, match="nodes: got 4, expected a node from 0 to 3"):
        grid_of(np.ones((2, 2), bool)).graph.without([1, 4])


def test_what_matters_more_gets_on_sooner() -> None:
    def steps_of_the_last(importance: float) -> int:
        graph = grid_of(np.ones((2, 12), bool)).graph
        at = np.arange(22, dtype=np.int32)
        goals = np.array([(n + 12) % 24 for n in range(21)] + [0], np.int32)
        pibt, weights = Pibt(graph), np.zeros(22)
        weights[21] = importance
        for step in range(400):
            at = pibt.step(at, goals, importance=weights)
            if at[21] == 0:
                return step
        return 400

    assert steps_of_the_last(50.0) < steps_of_the_last(0.0)


def test_on_one_way_rings_robots_go_round() -> None:
    ring = graph_of(6, [(n, (n + 1) % 6) for n in range(6)])
    at, goals, pibt = np.array([0, 1, 2], np.int32), np.array([5, 0, 1], np.int32), Pibt(ring)
    for _ in range(12):
        to = pibt.step(at, goals)
        apart(ring, at, to)
        at = to
    assert not ring.two_way


def test_dear_steps_are_avoided() -> None:
    graph = graph_of(4, [(0, 1), (1, 3), (0, 2), (2, 3)], costs=[1, 9, 2, 2])
    steps = Steps(graph)
    assert steps.distances.between(np.array([0]), np.array([3])).tolist() == [4]
    assert steps.next(np.array([0]), np.array([3]), np.array([0])).tolist() == [2]


def test_tables_that_are_too_large_are_given_up_and_found_again() -> None:
    graph = grid_of(np.ones((8, 8), bool)).graph
    small, whole = Distances(graph, most_bytes=4 * 64 * 10), Distances(graph)
    dice = np.random.default_rng(1)
    for _ in range(30):
        sources, goals = (dice.integers(0, 64, 12).astype(np.int32) for _ in range(2))
        assert np.array_equal(small.between(sources, goals), whole.between(sources, goals))
    assert len(small.table) <= 24


@pytest.mark.parametrize(
    ("at", "goals", "order", "says"),
    [
        ([0, 0], [1, 2], [0, 1], r"at\[0\]: got 0, expected a node that robot 1 is not at"),
        ([0, 9], [1, 2], [0, 1], r"at\[1\]: got 9, expected a node from 0 to 3"),
        ([0, 1], [1, -1], [0, 1], r"goals\[1\]: got -1"),
        ([0, 1], [1, 3], [0, 1], r"goals\[1\]: got 3, expected a node that robot 1 can reach from node 1"),
        ([0, 1], [1], [0, 1], r"goals: got \(1,\), expected one entry for each of 2 robots"),
        ([0, 1], [1, 2], [0, 0], r"order: got \[0, 0\], expected each index from 0 to 1 once"),
    ],
)
def test_nonsense_is_refused(at: list[int], goals: list[int], order: list[int], says: str) -> None:
    steps = Steps(grid_of(np.array([[1, 1, 1, 0, 1]], bool)).graph)
    with pytest.raises(InvalidField, match=says):
        steps.next(np.array(at, np.int32), np.array(goals, np.int32), np.array(order, np.int32))
    assert steps.next(np.array([0, 2]), np.array([1, 2]), np.array([0, 1])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("steps", "costs", "says"),
    [
        ([(0, 3)], None, r"steps\[0\]: got \(0, 3\), expected two different nodes from 0 to 2"),
        ([(1, 1)], None, r"steps\[0\]: got \(1, 1\)"),
        ([(0, 1), (1, 2), (0, 1)], None, r"steps: got \(0, 1\), expected each step once"),
        ([(0, 1)], [0], r"costs\[0\]: got 0, expected a whole number from 1"),
        ([(0, 1)], [1, 1], "costs: got 2, expected as many costs as steps: 1"),
    ],
)
def test_a_graph_says_what_is_wrong_with_it(steps: list[tuple[int, int]], costs: list[int] | None, says: str) -> None:
    with pytest.raises(InvalidField, match=says):
        graph_of(3, steps, costs)
