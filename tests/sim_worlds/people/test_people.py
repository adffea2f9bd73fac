"""People who walk: they keep apart, do what their routine says, and each draws for themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from driving import robot

from sim_worlds.errors import SpecError
from sim_worlds.people import PersonSpec, read_people
from sim_worlds.people.comfort import Comfort, ComfortLog
from sim_worlds.records import Give, Pick, Walk
from sim_worlds.site import Site
from sim_worlds.world import World
from sim_worlds.yaml_fields import parse_fields

FAR = robot("optimus_1", 25.4, 3.4)
Make = Callable[..., World]


@pytest.fixture
def world_with(ward: Site) -> Iterator[Make]:
    made: list[World] = []

    def make(*people: PersonSpec, seed: int = 1, robots: tuple = (FAR,)) -> World:
        made.append(World(ward, robots, seed=seed, people=people))
        return made[-1]

    yield make
    for world in made:
        world.close()


def walker(name: str, *goals: tuple[float, float], **more: object) -> PersonSpec:
    return PersonSpec(person_id=name, routine="walk", goals=goals, pause_s=(0.0, 0.0), **more)  # type: ignore[arg-type]


def least_gap(world: World, seconds: float) -> float:
    """The least distance between two people's bodies while time passes; negative where they overlap."""
    least = math.inf
    for _ in range(round(seconds * 10)):
        world.advance(0.1)
        at, r = world.people.at, world.people.radius
        apart = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1)) - r[:, None] - r[None]
        least = min(least, float(apart[~np.eye(len(at), dtype=bool)].min()))
    return least


def test_two_people_who_meet_head_on_pass_each_other_without_touching(world_with: Make) -> None:
    world = world_with(walker("east", (4.0, 8.0), (20.0, 8.0)), walker("west", (20.0, 8.0), (4.0, 8.0)))
    assert least_gap(world, 8.0) > 0
    assert world.people.state("east").x > world.people.state("west").x


def test_twenty_people_get_through_a_door_and_nobody_is_walked_through_or_into_a_wall(world_with: Make) -> None:
    crowd = [
        PersonSpec(
            person_id=f"p{i}",
            routine="cross",
            goals=((1.5 + 0.7 * (i % 9), 3.0 + i // 9), (1.0 + 1.2 * i, 8.0)),
            pause_s=(0.0, 2.0) if i else (0.0, 0.0),
        )
        for i in range(20)
    ]
    world = world_with(*crowd)
    arrived: set[str] = set()
    for _ in range(45):
        assert least_gap(world, 1.0) > -0.1
        arrived |= {p for p in world.people if p.startswith("p") and world.people.state(p).y > 6.6}
        assert all(world.grid.room(*at) > 0.1 for at in world.people.at)
    assert len(arrived) == 20


def test_a_standing_person_stays_and_the_sites_people_stand(world_with: Make, ward: Site) -> None:
    world = world_with(walker("passer", (4.0, 11.0), (4.0, 13.0)))
    world.advance(5.0)
    amy = world.people.state("nurse_amy")
    assert (amy.x, amy.y, amy.posture) == (ward.people["nurse_amy"].x, ward.people["nurse_amy"].y, "standing")


def test_somebody_of_the_site_can_be_given_a_routine(world_with: Make) -> None:
    world = world_with(PersonSpec(person_id="nurse_amy", routine="walk", goals=((3.5, 11.0), (5.0, 12.0))))
    world.advance(15.0)
    assert math.dist(world.people.at[world.people.index["nurse_amy"]], (1.9, 12.9)) > 0.5


def test_who_stops_suddenly_stands_and_then_goes_on(world_with: Make) -> None:
    world = world_with(walker("w", (2.0, 8.0), (24.0, 8.0), stops_every_s=(2.0, 2.0), stops_for_s=(2.0, 2.0)))
    postures = []
    for _ in range(100):
        world.advance(0.1)
        postures.append(world.people.state("w").posture)
    first = postures.index("walking")
    assert postures[first:].count("standing") > 15 and "walking" in postures[-40:]


def test_somebody_stands_in_a_doorway_for_a_while_and_goes_away_again(world_with: Make) -> None:
    spec = PersonSpec(
        person_id="d", routine="doorway", start=(4.5, 4.0), goals=((4.5, 6.4),), pause_s=(3.0, 3.0), stay_s=(6.0, 6.0)
    )
    world = world_with(spec)
    inside = []
    for _ in range(140):
        world.advance(0.1)
        inside.append(math.dist(world.people.at[world.people.index["d"]], (4.5, 6.4)) < 0.3)
    assert 60 <= sum(inside) <= 90 and not inside[-1]


def test_who_falls_ill_lies_is_given_a_wide_berth_and_gets_up_when_helped(world_with: Make) -> None:
    ill = walker("ill", (10.0, 8.0), (16.0, 8.0), falls_ill_at_s=2.0, helped_after_s=25.0)
    passers = [walker(f"p{i}", (3.0 + i, 7.4 + 0.4 * i), (23.0, 7.4 + 0.4 * i)) for i in range(3)]
    world = world_with(ill, *passers)
    world.advance(2.2)
    lies = world.people.state("ill")
    assert lies.posture == "lying" and len([m for m in world.people.movers() if m.name == "ill"]) == 3
    nearest = math.inf
    for _ in range(200):
        world.advance(0.1)
        for i in range(3):
            p = world.people.state(f"p{i}")
            nearest = min(nearest, math.dist((p.x, p.y), (lies.x, lies.y)))
    assert nearest > 0.8
    world.advance(6.0)
    assert world.people.state("ill").posture != "lying"


def test_adding_a_person_does_not_move_the_draws_of_the_others(world_with: Make) -> None:
    two = [PersonSpec(person_id=n, routine="wander", zones=(z,)) for n, z in (("a", "store"), ("b", "lab"))]
    third = PersonSpec(person_id="c", routine="wander", zones=("ward_room",))
    without, with_third = world_with(*two), world_with(*two, third)
    for world in (without, with_third):
        world.advance(20.0)
    for name in ("a", "b"):
        assert without.people.state(name) == with_third.people.state(name)


def test_the_same_seed_gives_the_same_steps_and_another_seed_others(world_with: Make) -> None:
    crowd = [PersonSpec(person_id=f"p{i}", routine="wander", zones=("corridor", "store")) for i in range(8)]
    worlds = [world_with(*crowd, seed=s) for s in (3, 3, 4)]
    for world in worlds:
        world.advance(12.0)
    assert worlds[0].digest() == worlds[1].digest() != worlds[2].digest()


def test_people_go_on_from_a_checkpoint_with_the_same_draws(world_with: Make) -> None:
    crowd = [
        PersonSpec(person_id="a", routine="wander", stops_every_s=(3.0, 6.0)),
        walker("b", (10.0, 8.0), (12.0, 8.0), falls_ill_at_s=3.0),
    ]
    world = world_with(*crowd)
    world.advance(10.0)
    again = World.restore(world.checkpoint())
    try:
        for w in (world, again):
            w.advance(10.0)
        assert again.people.digest() == world.people.digest()
        assert again.people.comfort(["optimus_1"]) == world.people.comfort(["optimus_1"])
    finally:
        again.close()


def test_reseeding_sends_wanderers_elsewhere(world_with: Make) -> None:
    crowd = [PersonSpec(person_id=f"p{i}", routine="wander") for i in range(4)]
    one, other = world_with(*crowd), world_with(*crowd)
    other.people.reseed(99)
    for world in (one, other):
        world.advance(15.0)
    assert one.people.digest() != other.people.digest()


def test_a_robot_walks_around_people_who_stand_in_its_way_and_comfort_says_how_near(world_with: Make) -> None:
    people = [PersonSpec(person_id="p", start=(10.0, 8.0))]
    world = world_with(*people, robots=(robot("optimus_1", 6.0, 8.0),))
    world.start("optimus_1", Walk(command_id="c", x_m=14.0, y_m=8.0))
    for _ in range(60):
        world.heartbeat("optimus_1")
        world.advance(0.5)
    assert world.status("optimus_1").state == "done"
    comfort = next(c for c in world.comfort() if c.person_id == "p")
    assert 0 < comfort.least_gap_m < 1.0 and comfort.least_gap_to == "optimus_1" and comfort.touches == 0
    assert 0 < comfort.personal_s < comfort.social_s and comfort.fastest_near_mps > 0.3


def test_a_person_who_walks_stands_still_to_take_something_and_then_carries_it(world_with: Make) -> None:
    nurse = PersonSpec(person_id="nurse", routine="walk", goals=((1.9, 2.2), (6.0, 5.0)), pause_s=(12.0, 12.0))
    world = world_with(nurse, robots=(robot("optimus_1", 1.85, 1.12, -1.57),))

    def do(command: object) -> str:
        world.start("optimus_1", command)  # type: ignore[arg-type]
        for _ in range(40):
            world.heartbeat("optimus_1")
            world.advance(0.2)
            if world.status("optimus_1").ended:
                break
        return world.status("optimus_1").state

    assert do(Pick(command_id="c1", object_id="blue_1")) == "done"
    assert do(Give(command_id="c2", person_id="nurse")) == "done"
    furthest = 0.0
    for _ in range(20):
        world.advance(1.0)
        box, nurse_now = world.truth().boxes["blue_1"], world.truth().people["nurse"]
        assert box.holder == "nurse" and math.dist(box.position[:2], (nurse_now.x, nurse_now.y)) < 0.5
        furthest = max(furthest, nurse_now.y)
    assert furthest > 3.5


def test_cameras_see_people_where_they_are_now(world_with: Make) -> None:
    world = world_with(walker("w", (2.0, 8.0), (24.0, 8.0)))
    world.advance(10.0)
    world.drain_observations()
    world.advance(0.6)
    seen = [d for o in world.drain_observations() for d in o.detections if d.subject_id == "w"]
    truth = world.truth().people["w"]
    assert seen and math.dist((seen[-1].x, seen[-1].y), (truth.x, truth.y)) < 0.8


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[{id: a, routine: dance}]", "line 1: people[0].routine: got 'dance', expected one of: stand, walk"),
        ("[{id: a}]", "people[0] (a): start: got nothing, expected a start, zones, or the id of somebody"),
        ("{count: 2.5}", "line 1: people.count: got '2.5', expected a whole number"),
        ("[{id: a, start: {x: 0, y: 0}}]", "expected free floor; it is in or too near the wall"),
        ("[{id: a, routine: doorway, doorway: [store, lab]}]", "expected two zones with an opening between them"),
        ("[{id: a, routine: walk, goals: [dock_1]}]", "goals: got 1, expected at least 2 for the routine 'walk'"),
        ("[{id: a, routine: walk, goals: [dock_1, moon]}]", "goals[1]: got 'moon', expected the id of a place"),
        ("[{id: a, routine: wander, pause_s: [4, 1]}]", "pause_s: got [4.0, 1.0], expected [least, most]"),
        ("[{id: blue_1, routine: wander}]", "which is a box, place or zone"),
        ("[{id: a, routine: wander}, {id: a, routine: wander}]", "an id used once; 'a' is already used in line 1"),
        ("[{id: robot_7, routine: wander}]", "'robot_7' is already used by something else"),
        ("{count: 3, routine: wander, falls_ill_at_s: 3}", "no 'falls_ill_at_s' for a group"),
        ("[{id: a, routine: wander, helped_after_s: 3}]", "helped_after_s: got 3.0, expected falls_ill_at_s too"),
    ],
)
def test_people_who_cannot_be_are_refused(ward: Site, text: str, complaint: str) -> None:
    field = parse_fields(f"people: {text}", "p.yaml", SpecError).mapping("people")["people"]
    with pytest.raises(SpecError) as error:
        read_people(field, ward, taken={"robot_7"})
    assert complaint in str(error.value) and str(error.value).startswith("p.yaml")


def test_a_group_becomes_that_many_people(ward: Site) -> None:
    text = "people: {count: 3, prefix: guest, routine: wander, zones: [lab]}"
    people = read_people(parse_fields(text, "p.yaml", SpecError).mapping("people")["people"], ward)
    assert [p.person_id for p in people] == ["guest_1", "guest_2", "guest_3"] and people[0].zones == ("lab",)


def observed(
    gap: float, person_v: tuple[float, float], robot_v: tuple[float, float], aside: float = 0.0, half: float = 0.0
) -> Comfort:
    """The log of 0.1 s with a robot `gap` m (between bodies, if not `aside`) east of somebody."""
    log = ComfortLog(1)
    robots = np.array([[0.55 + gap, aside, *robot_v, 0.3]])
    log.observe(np.zeros((1, 2)), np.array([person_v]), np.array([[0.25, 1.0, 0.0, half]]), robots, 7.0, 0.1)
    return log.of(0, "p", ["r"])


def test_a_near_miss_is_when_both_would_meet_if_they_went_on() -> None:
    assert observed(0.4, (0.5, 0.0), (-0.5, 0.0)).near_misses == 1
    assert observed(1.2, (0.5, 0.0), (-0.5, 0.0)).near_misses == 0, "too far"
    assert observed(0.4, (0.5, 0.0), (-0.5, 0.0), aside=0.8).near_misses == 0, "passes by"
    assert observed(0.1, (0.1, 0.0), (-0.1, 0.0)).near_misses == 0, "hands something over"
    assert observed(0.4, (1.0, 0.0), (0.0, 0.0)).near_misses == 0, "walks up to a robot that stands"


def test_distances_are_those_of_hall_and_least_gaps_only_count_robots_that_move() -> None:
    near = observed(0.4, (0.0, 0.0), (0.2, 0.0))
    assert (near.intimate_s, near.personal_s, near.social_s) == pytest.approx((0.1, 0.1, 0.1))
    assert (near.least_gap_m, near.least_gap_to, near.least_gap_at_s) == (pytest.approx(0.4), "r", 7.0)
    lies = observed(0.4, (0.0, 0.0), (0.2, 0.0), half=0.3)
    assert lies.least_gap_m == pytest.approx(0.1)
    social = observed(2.0, (0.0, 0.0), (0.0, 0.0))
    assert (social.personal_s, social.social_s, social.least_gap_m) == (0.0, pytest.approx(0.1), math.inf)


def test_a_fork_of_a_world_with_people_who_walk_goes_on_bit_by_bit(world_with: Make) -> None:
    world = world_with(PersonSpec(person_id="a", routine="wander", stops_every_s=(3.0, 6.0)), robots=(FAR,))
    world.advance(5.0)

    def later(copy: World) -> str:
        copy.advance(8.0)
        return copy.digest()

    forked = world.fork_rollout(later)
    assert later(world) == forked


def test_people_take_another_way_when_theirs_is_closed(world_with: Make) -> None:
    world = world_with(walker("w", (10.0, 8.0), (10.0, 12.0)))
    world.advance(0.5)
    through_the_west_door = np.zeros(world.grid.shape, dtype=bool)
    i, j = world.grid.cell(10.0, 9.6)
    through_the_west_door[i - 15 : i + 15, j - 3 : j + 4] = True
    world.grid.close(through_the_west_door)
    furthest = 0.0
    for _ in range(200):
        world.advance(0.1)
        furthest = max(furthest, world.people.state("w").x)
    assert furthest > 14.0, "the ward's other door is at x = 16"
