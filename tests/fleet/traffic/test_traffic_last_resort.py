"""A robot for which there is room, but no way that keeps all margins, finds its own way: slowly, and not for ever."""

from __future__ import annotations

from benchmarks._floor_walkers import Walker
from fleet.model.commands import FollowRoute
from fleet.model.site import SiteMap, Wall
from fleet.traffic.floor import Directions, Floor, NoteKind, OnFloor
from fleet.traffic.manager import Traffic
from fleet.traffic.settings import TrafficSettings

CORRIDOR = SiteMap(
    site_id="corridor",
    name="Corridor",
    zones={},
    places={},
    bounds=(0, 0, 10, 2),
    walls=tuple(
        Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in ((0, 0, 10, 0), (10, 0, 10, 2), (10, 2, 0, 2), (0, 2, 0, 0))
    ),
)
TICK_S = 0.2


class Passage:
    """Robot a wants to pass b, which cannot move. `a` goes nowhere by itself; `turn` is one call, `says` what came."""

    def __init__(self, b_y: float, settings: TrafficSettings | None = None) -> None:
        self.traffic = Traffic(CORRIDOR, settings or TrafficSettings())
        self.a = Walker("a", (3.9, 1.0), goal=(9.0, 1.0))
        self.b, self.now_s, self.says = (5.0, b_y), 0.0, Directions()
        self.route, self.order = (
            0,
            FollowRoute(robot_id="a", command_id="", epoch=0, route=1, points=((0, 0),), released=0),
        )

    def turn(self, seconds: float) -> set[NoteKind]:
        """What was noted meanwhile."""
        noted: set[NoteKind] = set()
        until = self.now_s + seconds
        while self.now_s < until:
            self.now_s += TICK_S
            a = OnFloor(robot_id="a", x=self.a.x, y=self.a.y, radius_m=0.32, walking_to=self.a.goal, command_id="c",
                        route=self.route)  # fmt: skip
            b = OnFloor(robot_id="b", x=self.b[0], y=self.b[1], radius_m=0.32, moves=False)
            self.says = self.traffic.direct(Floor(now_s=self.now_s, robots=(a, b)))
            noted |= {n.kind for n in self.says.notes}
            for order in self.says.orders:
                self.route, self.order = order.route, order
        return noted

    @property
    def is_free(self) -> bool:
        let_go = self.traffic.tracks["a"].free_s is not None
        return let_go and self.order.released == len(self.order.points) and self.order.points[-1] == self.a.goal


def test_where_there_is_room_past_a_fallen_robot_one_is_let_go_slowly_and_nobody_is_asked() -> None:
    passage = Passage(b_y=0.93)
    noted = passage.turn(12)
    assert passage.is_free and max(passage.order.max_mps) <= 0.3
    assert noted == {NoteKind.FINDS_ITS_WAY}


def test_past_it_a_robot_is_led_again() -> None:
    passage = Passage(b_y=0.93)
    passage.turn(12)
    passage.a.at = 6.5, 1.0
    noted = passage.turn(6)
    assert not passage.is_free and len(passage.order.points) > 1
    assert NoteKind.OBSTACLE_IN_THE_WAY not in noted


def test_who_does_not_get_past_is_stopped_after_a_while_and_people_are_told() -> None:
    passage = Passage(b_y=0.93)
    passage.turn(12)
    noted = passage.turn(25)
    assert passage.order.released == 0, "it waits"
    assert NoteKind.OBSTACLE_IN_THE_WAY in noted


def test_where_a_body_does_not_fit_nobody_is_let_go() -> None:
    passage = Passage(b_y=1.0)
    noted = passage.turn(12)
    assert not passage.is_free and noted == {NoteKind.OBSTACLE_IN_THE_WAY}


def test_a_site_may_forbid_it() -> None:
    passage = Passage(b_y=0.93, settings=TrafficSettings(free_for_s=0))
    noted = passage.turn(12)
    assert not passage.is_free and noted == {NoteKind.OBSTACLE_IN_THE_WAY}
