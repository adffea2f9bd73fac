"""Something stands in the way that no camera and no robot reports: robots meet it, and then go around it."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from benchmarks._floor_walkers import Habits, Walker, WalkingFloor
from fleet.model.site import SiteMap, Wall
from fleet.traffic.floor import Directions, NoteKind, PersonOnFloor, Point
from fleet.traffic.manager import Traffic

STEADY = Habits(stops_per_s=0.0, strays_m=0.0)


def hall(width_m: float) -> SiteMap:
    corners = (0, 0), (20, 0), (20, width_m), (0, width_m), (0, 0)
    walls = tuple(Wall(ax=a, ay=b, bx=c, by=d) for (a, b), (c, d) in pairwise(corners))
    return SiteMap(site_id="hall", name="Hall", bounds=(0, 0, 20, width_m), zones={}, places={}, walls=walls)


class Hall:
    """Robots that walk to the far end of a hall with a bed in it, of which nobody has told traffic."""

    def __init__(self, width_m: float, bed: tuple[float, float, float], ys: tuple[float, ...]) -> None:
        self.bed, self.width_m = bed, width_m
        self.floor = WalkingFloor(
            [Walker(f"r{n}", (2.0, y), radius_m=0.32) for n, y in enumerate(ys)],
            Traffic(hall(width_m)).direct,
            1,
            STEADY,
        )
        for w in self.floor.walkers:
            w.send((18.0, w.y), 0.0)
        self.met: dict[str, int] = {}
        self.noted: set[NoteKind] = set()
        self.begun = 0  # how often people were told anew
        self._told: set[str] = set()
        self._tries = 0

    def run(self, seconds: float) -> Directions:
        until = self.floor.now_s + seconds
        while self.floor.now_s < until and any(w.goal for w in self.floor.walkers):
            self.floor.step()
            self.noted |= {n.kind for n in self.floor.said.notes}
            told = {n.key for n in self.floor.said.notes if n.kind is NoteKind.OBSTACLE_IN_THE_WAY}
            self.begun += len(told - self._told)
            self._told = told
            for w in self.floor.walkers:
                self._stop(w)
        return self.floor.said

    def _stop(self, w: Walker) -> None:
        """A body that runs into the bed does not get in, and tries a little to either side."""
        x, y, radius = self.bed
        away = math.dist((w.x, w.y), (x, y))
        if away < radius + w.radius_m:
            self._tries += 1
            self.met[w.robot_id] = self.met.get(w.robot_id, 0) + 1
            back = (radius + w.radius_m + 0.02) / max(away, 1e-6)
            side = 0.2 * math.sin(self._tries / 5.0)
            aside = y + (w.y - y) * back + side
            w.at = x + (w.x - x) * back, min(max(aside, 0.5), self.width_m - 0.5)


def test_a_robot_that_meets_a_bed_goes_around_it() -> None:
    rest = Hall(8.0, (10.0, 4.0, 0.8), ys=(4.0,))
    rest.run(75)
    assert rest.met and rest.floor.walkers[0].goal is None
    assert not rest.noted


def test_the_next_one_goes_around_it_without_meeting_it() -> None:
    rest = Hall(8.0, (10.0, 4.0, 0.4), ys=(4.0, 4.0))
    rest.floor.walkers[1].at = 0.6, 4.0
    rest.floor.walkers[1].goal = 18.0, 6.0
    rest.run(90)
    assert all(w.goal is None for w in rest.floor.walkers)
    assert rest.met.get("r1", 0) < rest.met["r0"] / 2


def test_where_it_closes_the_only_way_people_are_told() -> None:
    rest = Hall(2.0, (10.0, 1.0, 0.9), ys=(1.0,))
    rest.run(80)
    assert NoteKind.OBSTACLE_IN_THE_WAY in rest.noted


@pytest.mark.slow
def test_people_are_told_once_however_often_the_robot_tries_again() -> None:
    rest = Hall(2.0, (10.0, 1.0, 0.9), ys=(1.0,))
    rest.run(300)
    assert rest.begun == 1


def test_who_stands_beside_a_person_has_met_nothing() -> None:
    rest = Hall(8.0, (10.0, 4.0, 0.8), ys=(4.0,))
    rest.floor.people = (PersonOnFloor(person_id="p", x=9.4, y=5.0),)
    traffic = rest.floor.directing.__self__  # type: ignore[attr-defined]
    rest.run(30)
    assert not [b for b in traffic.blocks.lasting if "does not get past" in b.what]


def test_a_robot_that_only_stopped_has_met_nothing() -> None:
    site: SiteMap = hall(8.0)
    traffic = Traffic(site)
    floor = WalkingFloor([Walker("a", (2.0, 4.0))], traffic.direct, 1, STEADY)
    goal: Point = (18.0, 4.0)
    floor.walkers[0].send(goal, 0.0)
    floor.run(5)
    floor.walkers[0].stands_until = floor.now_s + 8.0
    floor.run(8)
    assert not traffic.blocks.lasting
