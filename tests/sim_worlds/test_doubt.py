"""Eyes that miss, mix up and invent, at the rates they were given; and as they did before when not told otherwise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from driving import Hands, robot

from fleet.model.evidence import Detection, Observation
from sim_worlds.conditions import IDEAL, Conditions, EyeDoubt, SensingSpec
from sim_worlds.conditions_loader import PARTS, read_conditions
from sim_worlds.doubt import Doubt, Sighting
from sim_worlds.errors import SpecError
from sim_worlds.records import Look
from sim_worlds.site import Site
from sim_worlds.world import World
from sim_worlds.yaml_fields import parse_fields

LENS = (8.7, 6.1, 2.6)
Make = Callable[..., Hands]


@pytest.fixture
def world_with(ward: Site) -> Iterator[Make]:
    made: list[World] = []

    def make(sensing: SensingSpec, seed: int = 1) -> Hands:
        made.append(
            World(ward, (robot("iron_1", 1.85, 1.4, -1.57),), seed=seed, conditions=Conditions(sensing=sensing))
        )
        return Hands(made[-1])

    yield make
    for world in made:
        world.close()


def sighting(site: Site, box: str, share: float = 1.0) -> Sighting:
    place = site.places[site.boxes[box].record.place_id or ""].surface
    assert place is not None
    seen = Detection(
        subject_id=box,
        subject_kind="object",
        x=place.x,
        y=place.y,
        z=place.z + 0.09,
        zone="store",
        place=site.boxes[box].record.place_id or "",
        attributes=dict(site.boxes[box].record.attributes),
    )
    return Sighting(seen, share)


def looks(site: Site, eye: EyeDoubt, *boxes: str, times: int = 400, share: float = 1.0) -> list[Observation]:
    """What a camera in the store reports, each time with fresh draws."""
    doubt = Doubt(SensingSpec(cameras=eye), 7, site)
    floor = {"store": [(4.0, 3.0, 1.0)]}
    sightings = [sighting(site, b, share) for b in boxes]
    blank = [
        Observation(
            observation_id=str(i),
            source="cam",
            source_kind="camera",
            observed_at_s=i * eye.holds_s,
            covered=("store", "shelf_a2"),
        )
        for i in range(times)
    ]
    return [doubt.blur(o, sightings, LENS, floor, 0.5) for o in blank]


def share_of(seen: list[Observation], box: str) -> float:
    return sum(any(d.subject_id == box for d in o.detections) for o in seen) / len(seen)


def test_a_perfect_eye_reports_what_rays_reach(ward: Site) -> None:
    seen = looks(ward, EyeDoubt(), "blue_1", "yellow_1", times=1)[0]
    assert [d.subject_id for d in seen.detections] == ["blue_1", "yellow_1"]
    assert seen.detections[0] == sighting(ward, "blue_1").detection


def test_things_are_noticed_as_often_as_the_distance_says(ward: Site) -> None:
    away = math.dist(LENS, (1.85, 0.55, 0.79))
    expected = 0.9 + (0.5 - 0.9) * away / 20
    seen = looks(ward, EyeDoubt(detect_near=0.9, detect_far=0.5, range_m=20), "blue_1")
    assert share_of(seen, "blue_1") == pytest.approx(expected, abs=0.07)


def test_what_is_half_hidden_is_noticed_less_often(ward: Site) -> None:
    seen = looks(ward, EyeDoubt(detect_near=1.0, detect_far=1.0, full_share=0.8), "blue_1", share=0.2)
    assert share_of(seen, "blue_1") == pytest.approx(0.25, abs=0.07)


def test_a_miss_lasts(world_with: Make) -> None:
    h = world_with(SensingSpec(cameras=EyeDoubt(detect_near=0.5, detect_far=0.5, range_m=30, holds_s=5.0)))
    h.advance(40)
    seen = [
        any(d.subject_id == "blue_1" for d in o.detections)
        for o in h.world.drain_observations()
        if o.source == "cam_store_east"
    ]
    changes = sum(a != b for a, b in pairwise(seen))
    assert 0 < sum(seen) < len(seen) and changes <= 8


def test_out_of_range_nothing_is_noticed_and_nothing_counts_as_looked_at(ward: Site) -> None:
    seen = looks(ward, EyeDoubt(range_m=3.0), "blue_1", times=3)
    assert all(not o.detections and not o.covered for o in seen)


def test_two_boxes_that_look_alike_are_swapped_at_the_given_rate_and_both_at_once(ward: Site) -> None:
    seen = looks(ward, EyeDoubt(swap=0.3), "blue_1", "blue_2", "yellow_1")
    places = Counter(tuple(sorted((d.subject_id, d.place) for d in o.detections)) for o in seen)
    assert len(places) == 2
    assert min(places.values()) / len(seen) == pytest.approx(0.3, abs=0.07)


def test_attributes_are_mistaken_for_others_that_exist(ward: Site) -> None:
    seen = looks(ward, EyeDoubt(attribute_error=0.2), "yellow_1")
    colours = Counter(d.attributes["colour"] for o in seen for d in o.detections)
    assert colours["yellow"] / len(seen) == pytest.approx(0.8, abs=0.07)
    assert set(colours) <= {b.record.attributes["colour"] for b in ward.boxes.values()}


def test_classes_are_confused_as_the_matrix_says_and_come_with_probabilities(ward: Site) -> None:
    eye = EyeDoubt(confusion={"object": {"object": 0.8, "person": 0.2}})
    found = [d for o in looks(ward, eye, "yellow_1") for d in o.detections]
    kinds = Counter(d.subject_kind for d in found)
    assert kinds["person"] / len(found) == pytest.approx(0.2, abs=0.07)
    for d in found:
        assert sum(d.class_probabilities.values()) == pytest.approx(1.0, abs=1e-3)
        assert max(d.class_probabilities, key=lambda c: d.class_probabilities[c]) == d.subject_kind
        assert (d.subject_id == "yellow_1") == (d.subject_kind == "object")


def test_positions_are_noisy_in_proportion_to_distance_and_places_follow_from_them(ward: Site) -> None:
    away = math.dist(LENS, (1.85, 0.55, 0.79))
    found = [d for o in looks(ward, EyeDoubt(position_sd_m=0.1), "blue_1") for d in o.detections]
    sd = (sum((d.x - 1.85) ** 2 for d in found) / len(found)) ** 0.5
    assert sd == pytest.approx(0.1 * away / 5, rel=0.15)
    assert any(d.place != "shelf_a2" for d in found)


def test_things_that_are_not_there_are_seen_at_the_given_rate(ward: Site) -> None:
    eye = EyeDoubt(false_positives_per_min=12, false_identity=0.25)
    found = [d for o in looks(ward, eye) for d in o.detections]
    assert len(found) / 400 == pytest.approx(12 * 0.5 / 60, abs=0.05)
    assert any(d.subject_id in ward.boxes for d in found) and any("unknown_cam" in d.subject_id for d in found)


def test_another_box_in_view_moves_no_draw_of_the_first(ward: Site) -> None:
    eye = EyeDoubt(detect_near=0.7, detect_far=0.7, attribute_error=0.3, position_sd_m=0.05, swap=0.2)
    alone, both = looks(ward, eye, "yellow_1"), looks(ward, eye, "white_1", "yellow_1")
    of = [[d for d in o.detections if d.subject_id == "yellow_1"] for o in alone]
    assert of == [[d for d in o.detections if d.subject_id == "yellow_1"] for o in both]


def test_a_camera_may_take_its_time_and_says_when_it_saw(world_with: Make) -> None:
    h = world_with(SensingSpec(cameras=EyeDoubt(latency_s=1.5)))
    h.advance(3.0)
    seen = [o for o in h.world.drain_observations() if o.source == "cam_lab"]
    assert [round(o.observed_at_s, 1) for o in seen] == [0.5, 1.0, 1.5]


def test_robots_have_eyes_of_their_own(world_with: Make) -> None:
    h = world_with(SensingSpec(robots=EyeDoubt(detect_near=0.0, detect_far=0.0)))
    assert h.do("iron_1", Look, target_id="shelf_a2").detections == ()
    assert any(o.detections for o in h.world.drain_observations() if o.source == "cam_store_east")


def test_the_same_seed_errs_the_same_way(world_with: Make) -> None:
    eye = EyeDoubt(detect_near=0.8, detect_far=0.6, position_sd_m=0.1, false_positives_per_min=6)
    reports = []
    for seed in (1, 1, 2):
        h = world_with(SensingSpec(cameras=eye, robots=eye), seed)
        h.advance(4.0)
        reports.append(h.world.drain_observations())
    assert reports[0] == reports[1] != reports[2]


def conditions(text: str) -> Conditions:
    return read_conditions(parse_fields(text, "c.yaml", SpecError).mapping("", PARTS), {"iron_1"})


def test_conditions_come_from_files() -> None:
    text = """
sensing:
  cameras: {detect_far: 0.8, confusion: {object: {object: 0.9, person: 0.1}}}
localisation: {drift_m: 0.02}
battery: {taper_from: 0.8, health_of: {iron_1: 0.7}}
near_people: {creep_mps: 0.3}
"""
    read = conditions(text)
    assert read.sensing.cameras.confusion == {"object": {"object": 0.9, "person": 0.1}} and read.sensing.robots.perfect
    assert read.battery.health_of == {"iron_1": 0.7} and read.near_people is not None
    assert conditions("{}") == IDEAL


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sensing: {camera: {}}", "line 1: sensing.camera: unknown field 'camera', expected one of: cameras, robots"),
        ("sensing: {cameras: {swap: 2}}", "line 1: sensing.cameras.swap: got '2', expected a number from 0 to 1"),
        ("sensing: {robots: {confusion: {object: {object: 0.5}}}}", "got 0.5, expected probabilities that sum to 1"),
        ("sensing: {robots: {confusion: {box: {object: 1}}}}", "got 'box', expected rows for: object, robot, person"),
        ("localisation: {drift_m: far}", "line 1: localisation.drift_m: got 'far', expected a number from 0 to 2 m"),
        ("battery: {health_of: {moon: 0.5}}", "got 'moon', expected the id of a robot: iron_1"),
        ("near_people: {creep_mps: 0}", "near_people.creep_mps: got '0', expected a number from 0.05 to 2 m/s"),
    ],
)
def test_conditions_that_cannot_be_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(SpecError) as error:
        conditions(text)
    assert complaint in str(error.value)


def test_a_place_of_which_little_is_in_view_is_not_looked_at_by_an_eye_that_needs_more(ward: Site) -> None:
    covered = []
    for eye in (EyeDoubt(range_m=29), EyeDoubt(full_share=0.9)):
        conditions = Conditions(sensing=SensingSpec(cameras=eye))
        world = World(ward, (robot("iron_1", 1.45, 1.3, -1.57),), conditions=conditions)
        world.advance(1.0)
        seen = [o for o in world.drain_observations() if o.source == "cam_store_north"]
        covered.append(set(seen[-1].covered))
        world.close()
    assert "shelf_a1" in covered[0] - covered[1], "the robot stands beside the line of sight"
    assert {"shelf_a2", "shelf_b2"} <= covered[1]
