"""Doors: they open for who wants to pass, shut behind them, and shut out bodies, rays and ways meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from driving import Hands, robot
from small_sites import DOOR, annex, world_of

from sim_worlds.errors import SpecError
from sim_worlds.people.spec import PersonSpec
from sim_worlds.records import Walk
from sim_worlds.world import World

Build = Callable[..., Hands]
LOCKED = DOOR.replace("stays_open_s: 2", "stays_open_s: 2, locked: true")


@pytest.fixture
def build() -> Iterator[Build]:
    made: list[World] = []

    def make(more: str = DOOR, walls: str = "", x: float = 3.0, **world: object) -> Hands:
        made.append(world_of(annex(more, walls), [robot("iron_1", x, 3)], **world))
        return Hands(made[-1])

    yield make
    for world in made:
        world.close()


def start(h: Hands, x: float = 10, y: float = 3) -> None:
    h.beat()
    h.world.start("iron_1", Walk(command_id="w", x_m=x, y_m=y))


def x_of(h: Hands) -> float:
    return h.world.computers["iron_1"].body.motion().x


def ray(h: Hands) -> str:
    """What a ray through the doorway hits."""
    hit = h.world.physics.first_hits([((4, 3.5, 1.4), (8, 3.5, 1.4))])[0]
    return "nothing" if hit == -1 else h.world.physics.names.get(hit, "a wall or a leaf")


def test_a_door_opens_for_a_robot_that_wants_to_pass_and_shuts_behind_it(build: Build) -> None:
    h = build()
    assert ray(h) == "a wall or a leaf"
    assert h.do("iron_1", Walk, x_m=10.0, y_m=3.0).state == "done"
    leaf = h.world.building.doors.leaf("door_1")
    h.advance(6)
    assert leaf.open_share == 0.0
    start(h, 3, 3)
    while not leaf.is_open:
        h.advance(0.1)
    h.advance(0.1)
    assert ray(h) == "nothing"


def test_a_robot_waits_until_a_slow_door_is_open(build: Build) -> None:
    h = build(DOOR.replace("opens_in_s: 2", "opens_in_s: 20"))
    start(h)
    h.advance(18)
    assert 5.0 < x_of(h) < 5.6
    status = h.world.status("iron_1")
    assert (status.state, status.code) == ("blocked", "door_shut")
    assert "door door_1 opens in" in status.detail
    h.advance(20)
    assert h.world.status("iron_1").state == "done"


def test_a_locked_door_never_opens_and_the_robot_says_so(build: Build) -> None:
    h = build(LOCKED)
    start(h)
    h.advance(30)
    status = h.world.status("iron_1")
    assert (status.state, status.code, status.detail) == ("blocked", "door_locked", "door door_1 is locked")
    assert x_of(h) < 5.7
    h.world.building.doors.unlock("door_1")
    h.advance(25)
    assert h.world.status("iron_1").state == "done"


def test_a_robot_goes_another_way_round_a_locked_door(build: Build) -> None:
    both = LOCKED + "  - {id: door_2, x: 6, y: 0.9, width_m: 1.2, kind: swing}\n"
    h = build(both, x=4.5)
    assert h.do("iron_1", Walk, x_m=10.0, y_m=3.0).state == "done"
    assert h.world.building.doors.leaf("door_1").open_share == 0.0


def test_a_door_that_fails_stays_shut_until_it_is_repaired(build: Build) -> None:
    h = build()
    h.world.building.doors.fail("door_1")
    start(h)
    h.advance(20)
    assert h.world.status("iron_1").detail == "door door_1 does not open"
    h.world.building.doors.repair("door_1")
    h.advance(20)
    assert h.world.status("iron_1").state == "done"


def test_a_door_stays_open_while_something_is_in_the_doorway(build: Build) -> None:
    h = build()
    h.do("iron_1", Walk, x_m=6.0, y_m=3.0)
    h.advance(10)
    assert h.world.building.doors.leaf("door_1").is_open


def test_people_open_doors_too(build: Build) -> None:
    crossing = PersonSpec(person_id="eve", routine="walk", start=(3.0, 4.5), goals=((3.0, 4.5), (9.0, 4.0)))
    h = build(people=[crossing])
    furthest = 0.0
    for _ in range(40):
        h.advance(0.5)
        furthest = max(furthest, h.world.people.state("eve").x)
    assert furthest > 8.5


def test_a_door_that_is_not_there_is_refused_with_those_that_are(build: Build) -> None:
    with pytest.raises(SpecError, match="got 'door_9', expected one of: door_1"):
        build().world.building.doors.fail("door_9")


def test_a_checkpoint_keeps_doors_as_they_are(build: Build) -> None:
    h = build()
    h.do("iron_1", Walk, x_m=6.0, y_m=3.0)
    h.world.building.doors.lock("door_1")
    again = World.restore(h.world.checkpoint())
    try:
        leaf = again.building.doors.leaf("door_1")
        assert leaf.is_open
        assert leaf.locked
        assert again.grid.room(6.0, 3.0) == h.world.grid.room(6.0, 3.0)
    finally:
        again.close()


def test_the_same_run_has_the_same_digest_with_doors(build: Build) -> None:
    digests = set()
    for _ in range(2):
        h = build()
        start(h)
        h.advance(6)
        digests.add(h.world.digest())
    assert len(digests) == 1
