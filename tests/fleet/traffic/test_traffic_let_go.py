"""Who is not let go: who does not fit past others, whose way has opened, and who only stood for a while."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from benchmarks._traffic_floor import Errands, corridor
from fleet.model.site import SiteMap, Wall
from fleet.traffic.blocks import Blocks
from fleet.traffic.floor import OnFloor
from fleet.traffic.freeing import Freeing
from fleet.traffic.manager import Traffic
from fleet.traffic.roadmap import build_roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track


def site(width_m: float) -> SiteMap:
    corners = (0, 0), (10, 0), (10, width_m), (0, width_m), (0, 0)
    walls = tuple(Wall(ax=a, ay=b, bx=c, by=d) for (a, b), (c, d) in pairwise(corners))
    return SiteMap(site_id="s", name="S", zones={}, places={}, bounds=(0, 0, 10, width_m), walls=walls)


def freeing(width_m: float) -> Freeing:
    settings = TrafficSettings()
    roadmap = build_roadmap(site(width_m), settings)
    return Freeing(settings, Blocks(site(width_m), roadmap, settings), roadmap.cells)


def waiting(robot_id: str, at: tuple[float, float], goal_x: float) -> Track:
    robot = OnFloor(robot_id=robot_id, x=at[0], y=at[1], radius_m=0.32, walking_to=(goal_x, at[1]), command_id="c")
    return Track(robot, waits_since=1.0, waits_for="another", tried_s=5.0)


@pytest.mark.parametrize(("width_m", "let_go"), [(1.2, []), (2.0, ["a"])])
def test_of_two_that_wait_for_each_other_one_is_let_go_only_where_it_fits_past(
    width_m: float, let_go: list[str]
) -> None:
    circle = [waiting("a", (3.0, 0.5), 9.0), waiting("b", (4.2, 0.5), 1.0)]
    freeing(width_m).look(circle, [circle], now_s=60.0)
    assert [t.robot.robot_id for t in circle if t.free_s is not None] == let_go


def test_of_three_the_one_that_fits_past_is_let_go() -> None:
    circle = [waiting("a", (3.0, 0.5), 1.0), waiting("b", (2.0, 0.5), 9.0), waiting("c", (4.0, 0.5), 9.0)]
    freeing(1.2).look(circle, [circle], now_s=60.0)
    assert [t.robot.robot_id for t in circle if t.free_s is not None] == ["c"], "c has nobody before it"


def test_who_is_let_go_keeps_the_floor_that_it_was_given_until_it_has_heard() -> None:
    traffic = Traffic(site(2.0))
    floor = WalkingFloor([Walker("a", (1.0, 1.0), goal=(9.0, 1.0), walk=1)], traffic.direct, 1)
    floor.run(1.0)
    track = traffic.tracks["a"]
    assert track.plan is not None and track.plan.released
    traffic.planning.freeing._let_go(track, [track], 1.0, "for a test")
    assert track.free_s == 1.0 and len(track.old)
    assert float(np.hypot(*(track.old[-1, 2:] - track.old[0, :2]))) > 1.0


def test_who_was_shut_in_by_what_is_gone_now_is_led_and_not_let_go() -> None:
    let_go, t = freeing(2.0), waiting("a", (3.0, 1.0), 9.0)
    t.waits_since, t.waits_for, t.no_way_since, t.shut_in = None, "", 1.0, True
    let_go.blocks.changed_s = 6.0
    let_go.look([t], [], now_s=6.2)
    assert t.free_s is None, "looked for a way at 5.0, and since then something has changed"
    t.tried_s = 6.2
    let_go.look([t], [], now_s=6.4)
    assert t.free_s == 6.4


@pytest.mark.parametrize("walks_s", [5.0, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8])
def test_who_stood_for_a_while_and_sets_out_again_has_met_nothing(walks_s: float) -> None:
    traffic = Traffic(site(2.0))
    walker = Walker("a", (1.0, 1.0), goal=(9.0, 1.0), walk=1)
    floor = WalkingFloor([walker], traffic.direct, 1, Habits(stops_per_s=0.0, strays_m=0.0, slower=0.0))
    floor.run(walks_s)
    walker.stands_until = floor.now_s + 7.0
    for _ in range(110):
        floor.step()
        assert not traffic.blocks.lasting


def test_in_a_corridor_for_one_nobody_touches() -> None:
    errands = Errands(corridor(), 6, 2, "traffic")
    assert errands.run(105.0).collisions == 0
