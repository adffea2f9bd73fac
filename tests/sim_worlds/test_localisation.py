"""Where a robot believes to be is not where it is: it strays, is bounded, and is put right at a dock."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest
from driving import Hands, robot

from sim_worlds.conditions import Conditions, LocalisationSpec
from sim_worlds.records import Dock, Look, Pick, Walk
from sim_worlds.site import Site
from sim_worlds.world import World

STRAYING = LocalisationSpec(bias_m=0.1, drift_m=0.05, drift_rad=0.01, bound_m=0.3)
Make = Callable[..., Hands]


@pytest.fixture
def world_with(ward: Site) -> Iterator[Make]:
    made: list[World] = []

    def make(spec: LocalisationSpec, *robots: object, seed: int = 1) -> Hands:
        specs = robots or (robot("iron_1", 2.0, 8.0),)
        made.append(World(ward, specs, seed=seed, conditions=Conditions(localisation=spec)))  # type: ignore[arg-type]
        return Hands(made[-1])

    yield make
    for world in made:
        world.close()


def off(h: Hands, name: str = "iron_1") -> float:
    """How far the robot's report is from the truth, in m."""
    state, truth = h.world.body_state(name), h.world.truth().robots[name]
    return math.hypot(state.x_m - truth.x, state.y_m - truth.y)


def test_without_a_doubt_reports_are_true(world_with: Make) -> None:
    h = world_with(LocalisationSpec())
    assert h.do("iron_1", Walk, x_m=6.0, y_m=8.0).state == "done" and off(h) == 0.0


def test_a_robot_that_strays_misses_its_goal_by_what_it_believes_wrongly(world_with: Make) -> None:
    h = world_with(STRAYING)
    assert h.do("iron_1", Walk, x_m=12.0, y_m=8.0).state == "done"
    state, truth = h.world.body_state("iron_1"), h.world.truth().robots["iron_1"]
    assert math.hypot(state.x_m - 12.0, state.y_m - 8.0) < 0.06
    assert 0.02 < off(h) < 0.6
    assert math.hypot(truth.x - 12.0, truth.y - 8.0) == pytest.approx(off(h), abs=0.06)


def test_straying_stays_within_its_bound(world_with: Make) -> None:
    h = world_with(LocalisationSpec(drift_m=0.5, bound_m=0.3))
    for x in (8.0, 2.0, 8.0):
        h.do("iron_1", Walk, x_m=x, y_m=8.0)
        assert off(h) <= 0.3 + 1e-9


def test_the_marks_of_a_dock_put_the_robot_right(world_with: Make) -> None:
    h = world_with(STRAYING, robot("iron_1", 22.0, 4.5))
    h.world.localisation.jump("iron_1", 0.4, -0.2)
    assert off(h) > 0.3
    assert h.do("iron_1", Dock, dock_id="dock_9").state == "done"
    assert off(h) < 0.01
    truth = h.world.truth().robots["iron_1"]
    assert math.hypot(truth.x - 24.4, truth.y - 0.7) < 0.05


def test_after_a_jump_the_robot_walks_beside_its_goal_and_its_hands_find_nothing(world_with: Make) -> None:
    h = world_with(LocalisationSpec(), robot("iron_1", 2.0, 3.0))
    h.world.localisation.jump("iron_1", -0.9, -0.9, 0.1)
    h.go("iron_1", "shelf_a2")
    assert off(h) > 0.9
    status = h.do("iron_1", Pick, object_id="blue_1")
    assert (status.state, status.code) == ("failed", "not_here")
    h.world.localisation.relocalise("iron_1")
    h.go("iron_1", "shelf_a2")
    assert h.do("iron_1", Pick, object_id="blue_1").state == "done"


def test_a_robot_that_stands_a_little_off_steps_nearer_by_eye(world_with: Make) -> None:
    h = world_with(LocalisationSpec(), robot("iron_1", 2.0, 3.0))
    h.world.localisation.jump("iron_1", 0.0, -0.3)  # it believes to be nearer to the shelf than it is
    h.go("iron_1", "shelf_a2")
    box, stood = h.world.crates["blue_1"].pose()[0], h.world.truth().robots["iron_1"]
    reach = h.world.computers["iron_1"].info.reach_m + 0.05
    assert math.hypot(box[0] - stood.x, box[1] - stood.y) > reach, "or there is nothing to mend"
    assert h.do("iron_1", Pick, object_id="blue_1").state == "done"


def test_what_an_astray_robot_sees_is_put_on_its_own_map(world_with: Make) -> None:
    h = world_with(LocalisationSpec(), robot("iron_1", 1.85, 1.5, -1.57))
    true = {d.subject_id: d for d in h.do("iron_1", Look, target_id="shelf_a2").detections}["blue_1"]
    h.world.localisation.jump("iron_1", 0.9, 0.0)
    seen = {d.subject_id: d for d in h.do("iron_1", Look, target_id="shelf_a2").detections}["blue_1"]
    assert (seen.x - true.x, seen.y - true.y) == pytest.approx((0.9, 0.0), abs=1e-4)
    assert true.place == "shelf_a2" and seen.place == "shelf_a3"


def test_another_robot_does_not_change_how_the_first_strays(world_with: Make) -> None:
    one = world_with(STRAYING)
    two = world_with(STRAYING, robot("iron_1", 2.0, 8.0), robot("iron_2", 22.0, 12.0))
    for h in (one, two):
        h.do("iron_1", Walk, x_m=10.0, y_m=8.0)
    assert one.world.localisation.error("iron_1") == two.world.localisation.error("iron_1")


def test_a_checkpoint_keeps_what_robots_believe(world_with: Make) -> None:
    h = world_with(STRAYING)
    h.do("iron_1", Walk, x_m=8.0, y_m=8.0)
    again = World.restore(h.world.checkpoint())
    try:
        assert again.localisation.error("iron_1") == h.world.localisation.error("iron_1")
        assert again.body_state("iron_1").x_m == h.world.body_state("iron_1").x_m
    finally:
        again.close()
