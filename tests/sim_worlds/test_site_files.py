"""Site files: the demo's is sound, and each mistake is named with its line and what would be right."""

from __future__ import annotations

import math

import pytest

from fleet.model.site import PlaceKind
from sim_worlds.errors import SiteError
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.site_loader import SiteLoader

TEXT = bundled_site("ward").read_text(encoding="utf-8")


def broken(old: str, new: str) -> str:
    assert TEXT.count(old) >= 1, old
    return TEXT.replace(old, new, 1)


def complaint(text: str) -> str:
    with pytest.raises(SiteError) as caught:
        SiteLoader.from_text(text, "ward.yaml").load()
    return str(caught.value)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_ward_has_what_the_demo_needs(ward: Site) -> None:
    docks = [p for p in ward.places.values() if p.kind is PlaceKind.DOCK]
    blue = [b for b in ward.boxes.values() if b.record.attributes["colour"] == "blue"]
    assert len(docks) >= 12
    assert len(blue) == 2
    assert blue[0].record.attributes == blue[1].record.attributes
    assert any(b.record.mass_kg > 8 for b in ward.boxes.values())


def test_a_site_survives_the_way_to_plain_data_and_back(ward: Site) -> None:
    again = Site.from_plain(ward.to_plain())
    assert again == ward
    assert again.digest() == ward.digest()


def test_the_fleets_map_has_the_same_places_and_walls_with_gaps_for_doors(ward: Site) -> None:
    site_map = ward.to_map()
    assert set(site_map.places) == set(ward.places)
    assert site_map.objects["blue_1"].place_id == "shelf_a2"
    assert site_map.zone_at(13, 8) == "corridor"
    assert not any(w.ay == w.by == 6.4 and min(w.ax, w.bx) < 4.5 < max(w.ax, w.bx) for w in site_map.walls)


def test_a_camera_that_covers_a_zone_covers_its_places(ward: Site) -> None:
    assert {"store", "shelf_a1", "shelf_c4"} <= set(ward.cameras["cam_store_east"].covers)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: Ward", "nmae: Ward", ["nmae", "unknown field", "name"]),
        ("bounds: [0, 0, 26, 16]", "bounds: [0, 0, 26]", ["bounds", "list of 4 numbers"]),
        (
            "rect: [0, 6.4, 26, 9.6]}",
            "rect: [0, 6.4, 26, 9.6], quiet_s: [500, 100, 86400]}",
            ["quiet_s", "[500.0, 100.0, 86400.0]", "0 <= from < to"],
        ),
        ("height_m: 0.7", "height_m: tall", ["height_m", "'tall'", "a number"]),
        ("height_m: 0.7", "height_m: .nan", ["height_m", "finite"]),
        ("height_m: 0.7", "height_m: -1", ["height_m", "from 0.2 to 2.5 m"]),
        ("    height_m: 0.7\n", "", ["missing field 'height_m'"]),
        ("mass_kg: 1.2", "mass_kg: true", ["mass_kg", "'true'", "a number"]),
        ("mass_kg: 1.2", 'mass_kg: "1.2"', ["mass_kg", "a number"]),
        ("fragile: false", "fragile: maybe", ["fragile", "true or false"]),
        ("id: dock_2,", "id: dock_1,", ["dock_1", "already used in line"]),
        ("place: shelf_a2", "place: shelf_z9", ["place", "shelf_z9", "shelf_a1"]),
        ("place: shelf_b2", "place: shelf_a2", ["place", "blue_1 is there"]),
        ("covers: [store]", "covers: [stroe]", ["covers[0]", "stroe", "zone or place"]),
        ("kind: shelf", "kind: sofa", ["kind", "sofa", "shelf, table"]),
        ("x: 15.6, y: 0.7, yaw_deg: 90", "x: 15.1, y: 0.7, yaw_deg: 90", ["dock_1", "free floor", "the wall from"]),
        ("x: 16.7, y: 0.7", "x: 15.9, y: 0.7", ["dock_2", "between docks", "dock_1"]),
        ("corridor_west, x: 1.4, y: 8", "corridor_west, x: 1.4, y: 99", ["stations[2].y", "99", "from 0 to 16"]),
        ("{at_m: 12, width_m: 2.4}", "{at_m: 25.5, width_m: 2.4}", ["at_m", "25.5", "must fit"]),
        ("format: humanoid-fleet-site/1", "format: sdf", ["format", "humanoid-fleet-site/1"]),
        ("x: 0.95, y: 0.55", "x: 9.95, y: 0.55", ["shelf_a", "9.95"]),
        ("rect: [0, 0, 9, 6.4]", "rect: [9, 0, 0, 6.4]", ["rect", "min < max"]),
    ],
)
def test_a_mistake_is_named_with_file_line_value_and_what_would_be_right(old: str, new: str, says: list[str]) -> None:
    text = complaint(broken(old, new))
    assert text.startswith("ward.yaml, line ")
    assert "expected" in text
    for part in says:
        assert part in text


def test_the_line_is_the_one_with_the_mistake() -> None:
    text = broken("mass_kg: 1.2", "mass_kg: heavy")
    assert f"line {line_of(text, 'mass_kg: heavy')}:" in complaint(text)


def test_a_place_without_a_way_to_it_is_refused() -> None:
    closed = broken("doors: [{at_m: 3.5, width_m: 2.6}, ", "doors: [")
    text = complaint(closed)
    assert "no way from the docks" in text
    assert f"line {line_of(closed, 'id: station_1,')}:" in text


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    assert "line 3: not YAML" in complaint("a: 1\nb: [1, 2\nc: 3")
    assert "empty" in complaint("")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SiteError, match=r"nowhere\.yaml: cannot be read"):
        load_site("nowhere.yaml")


def test_angles_are_degrees_in_the_file_and_radians_in_the_record(ward: Site) -> None:
    assert ward.places["dock_1"].approach.yaw == pytest.approx(math.pi / 2)


DOOR = "  - {id: door_1, x: 12, y: 6.4, width_m: 1.2, kind: sliding}\n"
WALLED = "{at_m: 12, width_m: 2.4}, "  # the ward's opening where the door goes


def with_door(door: str = DOOR, more: str = "") -> str:
    return broken(WALLED, "") + f"doors:\n{door}{more}"


def test_a_door_cuts_its_own_opening(ward: Site) -> None:
    site = SiteLoader.from_text(with_door()).load()
    assert (site.doors["door_1"].ax, site.doors["door_1"].bx) == pytest.approx((11.4, 12.6))
    assert not any(w.ay == w.by == 6.4 and min(w.ax, w.bx) < 12 < max(w.ax, w.bx) for w in site.wall_pieces())
    assert set(site.to_map().doors) == {"door_1"}
    assert set(ward.to_map().keep_outs) == {"sterile_corner"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            with_door(DOOR.replace("y: 6.4", "y: 5")),
            "got (12.0, 5.0), expected a door whose centre lies on a wall; the near",
        ),
        (with_door(DOOR.replace("1.2", "0.5")), "doors[0].width_m: got '0.5', expected a number from 0.9 to 6 m"),
        (with_door(DOOR.replace("x: 12", "x: 0.3")), "expected a door that fits into its wall"),
        (with_door(DOOR.replace("x: 12", "x: 5")), "expected a door apart from the other openings of its wall"),
        (with_door(DOOR.replace("sliding", "curtain")), "got 'curtain', expected one of: open, swing, sliding"),
        (with_door(DOOR.replace("sliding", "open, locked: true")), "expected a door with a leaf"),
        (with_door(DOOR.replace("x: 12, y: 6.4", "x: 9, y: 0.7")), "expected a door with free floor on both sides"),
        (
            with_door().replace("pharmacy_middle, x: 12, y: 3.4", "pharmacy_middle, x: 12, y: 6.1"),
            "expected a place at least 0.7 m from the line of door door_1",
        ),
        (with_door() + "keep_out:\n  - {id: k, rect: [20, 10, 30, 12], because: x}\n", "expected a rectangle inside"),
        (
            with_door() + "keep_out:\n  - {id: k, polygon: [[9.5, 11.5], [10.5, 11.5], [10, 12.5]], because: x}\n",
            "got 'ward_west', expected 0.36 m of free floor around (10, 12), where a robot stands; it is in or too",
        ),
        (
            with_door() + "keep_out:\n  - {id: k, polygon: [[1, 1], [2, 1], [2, 99]], because: x}\n",
            "keep_out[0].polygon[2]: got [2.0, 99.0], expected a corner inside the bounds",
        ),
        (
            with_door() + "keep_out:\n  - {id: k, rect: [1, 8, 2, 9], because: x, from_s: 9, to_s: 5}\n",
            "keep_out[0].to_s: got '5', expected a time after from_s (9 s)",
        ),
        (
            with_door() + "keep_out:\n  - {id: k, rect: [1, 8, 2, 9], because: x, to_s: 5, every_s: 4}\n",
            "keep_out[0].every_s: got '4', expected to_s, and a period longer than",
        ),
        (
            with_door() + "keep_out:\n  - {id: k, because: x}\n",
            "got 'none of them', expected exactly one of: rect, poly",
        ),
        (with_door() + "ramps:\n  - {id: r, rect: [1, 8, 2, 9], slope_percent: 40, uphill_deg: 0}\n", "0.5 to 12 %"),
        (with_door() + "lifts:\n  - {id: l, rect: [1, 8, 3, 9.5], doors: [a, b], travel_s: 3}\n", "the id of a door"),
        (
            broken("nurse_amy, name: Amy Okafor, x: 1.9, y: 12.9", "nurse_amy, name: Amy, x: 1.9, y: 15.9"),
            "a person with",
        ),
        (
            broken("rect: [4.9, 0.1, 8.5, 0.7]", "rect: [3.9, 0.1, 8.5, 0.7]"),
            "shelf_b', expected furniture that stands",
        ),
        (broken("x: 8.7, y: 6.1, z: 2.6", "x: 1, y: 0.4, z: 0.5"), "expected a lens that is not inside shelf_a"),
        (
            broken("{at_m: 12, width_m: 2.4}", "{at_m: 5, width_m: 2.4}"),
            "expected an opening that does not overlap the",
        ),
    ],
)
def test_what_does_not_fit_into_the_building_is_refused(text: str, says: str) -> None:
    assert says in complaint(text)
