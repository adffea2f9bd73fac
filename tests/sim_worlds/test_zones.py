"""Floor with rules: keep-outs that close at times, slow floor, ramps, and lanes for one robot at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from driving import Hands, robot
from small_sites import annex, world_of

from sim_worlds.profiles import RobotSpec
from sim_worlds.records import Walk
from sim_worlds.world import World

Build = Callable[..., Hands]
GAP = "doors:\n  - {id: gap, x: 6, y: 3, width_m: 2, kind: open}\n"
CLOSED = 'keep_out:\n  - {id: cell, rect: [5, 0.5, 8, 5.5], because: "press runs", from_s: 0, to_s: 20}\n'


@pytest.fixture
def build() -> Iterator[Build]:
    made: list[World] = []

    def make(more: str, *robots: RobotSpec, walls: str = "") -> Hands:
        made.append(world_of(annex(GAP + more, walls), robots or [robot("iron_1", 3, 3)]))
        return Hands(made[-1])

    yield make
    for world in made:
        world.close()


def start(h: Hands, name: str, x: float, y: float) -> None:
    h.beat()
    h.world.start(name, Walk(command_id=f"{name}-walk", x_m=x, y_m=y))


def test_a_robot_waits_outside_a_keep_out_until_it_opens(build: Build) -> None:
    h = build(CLOSED)
    start(h, "iron_1", 10, 3)
    h.advance(18)
    status = h.world.status("iron_1")
    assert (status.state, status.code) == ("blocked", "keep_out")
    assert status.detail == "keep-out cell is closed (press runs)"
    assert h.world.computers["iron_1"].body.motion().x < 5
    h.advance(20)
    assert h.world.status("iron_1").state == "done"
    assert h.world.truth().breaches == ()


def test_a_robot_goes_round_a_keep_out_if_there_is_a_way(build: Build) -> None:
    h = build("keep_out:\n  - {id: spill, rect: [3.5, 1.5, 4.5, 4.5], because: wet, to_s: 60}\n")
    status = h.do("iron_1", Walk, x_m=5.2, y_m=3.0)
    assert status.state == "done"
    assert status.ended_s is not None
    assert status.ended_s < 30
    assert h.world.truth().breaches == ()


def test_who_is_pushed_into_a_keep_out_is_on_record(build: Build) -> None:
    h = build(CLOSED)
    h.advance(0.5)
    body = h.world.computers["iron_1"].body
    body.restore({**body.snapshot(), "x": 5.5})
    h.advance(1)
    (breach,) = h.world.truth().breaches
    assert (breach.robot_id, breach.area_id, breach.how) == ("iron_1", "cell", "entered")


def test_who_is_inside_when_it_closes_has_time_to_leave(build: Build) -> None:
    later = CLOSED.replace("from_s: 0, to_s: 20", "from_s: 2, to_s: 90")
    h = build(later, robot("iron_1", 7, 3), robot("gr2_1", 7, 1.5))
    h.advance(3)
    start(h, "iron_1", 10, 3)
    h.advance(35)
    assert h.world.status("iron_1").state == "done"
    assert [(b.robot_id, b.how) for b in h.world.truth().breaches] == [("gr2_1", "stayed")]


def test_a_permanent_keep_out_and_stairs_are_never_walked_on(build: Build) -> None:
    never = (
        "keep_out:\n  - {id: lab, polygon: [[3.5, 1.5], [4.5, 1.5], [4.5, 4.5], [3.5, 4.5]], because: laser}\n"
        "forbidden:\n  - {id: stairs, rect: [7, 2, 8, 3.5], because: stairs, kind: stairs}\n"
    )
    h = build(never)
    assert h.do("iron_1", Walk, x_m=10.0, y_m=3.0).state == "done"
    assert h.world.truth().breaches == ()
    keep_outs = h.world.site.to_map().keep_outs
    assert {k: (a.kind, a.permanent) for k, a in keep_outs.items()} == {
        "lab": ("area", True),
        "stairs": ("stairs", True),
    }


def test_robots_are_slow_on_slow_floor_and_uphill_takes_power(build: Build) -> None:
    ramp = "ramps:\n  - {id: ramp, rect: [4, 2, 9, 4], slope_percent: 8, uphill_deg: 0, max_mps: 0.4}\n"
    h = build(ramp)
    start(h, "iron_1", 10, 3)
    fastest = 0.0
    while not h.world.status("iron_1").ended:
        h.advance(0.2)
        m = h.world.computers["iron_1"].body.motion()
        if 4.6 < m.x < 8.9:
            fastest = max(fastest, m.vx)
    assert 0.3 < fastest < 0.42
    climb = h.world.building.zones.climb_w
    assert climb(6, 3, 0.4, 0.0, 70) == pytest.approx(70 * 9.81 * 0.4 * 0.0797, rel=0.01)
    assert climb(6, 3, -0.4, 0.0, 70) == 0.0
    assert climb(2, 3, 0.4, 0.0, 70) == 0.0


def test_in_a_one_lane_passage_robots_take_turns(build: Build) -> None:
    walls = "  - {from: [4, 2.4], to: [8, 2.4]}\n  - {from: [4, 3.6], to: [8, 3.6]}\n"
    lane = "speed_zones: []\n"
    site = annex(GAP.replace("width_m: 2", "width_m: 1.2") + lane, walls)
    assert not site.zones["west"].one_lane
    narrow = GAP.replace("width_m: 2", "width_m: 1.2")
    text_lane = "  - {id: passage, kind: corridor, rect: [3.8, 2.4, 8.2, 3.6], one_lane: true}\n"
    from small_sites import site_text

    from sim_worlds.site_loader import SiteLoader

    text = site_text(narrow, walls).replace("zones:\n", "zones:\n" + text_lane)
    world = world_of(SiteLoader.from_text(text).load(), [robot("iron_1", 2, 3), robot("gr2_1", 10, 3)])
    h = Hands(world)
    try:
        start(h, "iron_1", 10.5, 2)
        start(h, "gr2_1", 1.5, 4)
        both = 0
        while any(not c.status.ended for c in world.computers.values()) and world.time_s < 90:
            h.advance(0.2)
            both += sum(3.9 < c.body.motion().x < 8.1 for c in world.computers.values()) == 2
        assert {c.status.state for c in world.computers.values()} == {"done"}
        assert both == 0
    finally:
        world.close()
