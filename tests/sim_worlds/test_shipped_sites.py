"""The sites that come with the package: sound, published as a schema, and every place within reach of every dock."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from fleet.model.site import PlaceKind
from sim_worlds.floor_paint import CABIN, DOCK, FORBIDDEN, KEEP_OUT, LANE, RAMP, SLOW, STAIRS, areas
from sim_worlds.grid import Grid
from sim_worlds.profiles import RobotSpec
from sim_worlds.render import view_from_above
from sim_worlds.site import Site, bundled_site, bundled_sites, load_site
from sim_worlds.site_fields import SITE, page_with_tables, schema_text, site_schema
from sim_worlds.world import World

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAMES = ("ward", "warehouse", "assembly", "office")


@cache
def shipped(name: str) -> Site:
    return load_site(bundled_site(name))


@pytest.fixture(scope="module", params=NAMES)
def site(request: pytest.FixtureRequest) -> Site:
    return shipped(request.param)


def docks(site: Site) -> list[str]:
    return [p.place_id for p in site.places.values() if p.kind is PlaceKind.DOCK]


def test_every_place_and_person_is_reachable_from_every_dock(site: Site) -> None:
    grid = Grid(site)
    goals = [p.approach for p in site.places.values()] + [p.record.approach for p in site.people.values()]
    # Ways lead both ways, so two docks that are reached stand for all of them.
    for dock in (docks(site)[0], docks(site)[-1]):
        at = site.places[dock].approach
        reached = grid.distances(at.x, at.y)
        assert all(math.isfinite(grid.value(reached, g.x, g.y)) for g in goals), dock


def test_there_are_docks_for_a_dozen_robots_people_boxes_and_a_picture(site: Site) -> None:
    assert len(docks(site)) >= 12
    assert len(site.people) >= 3
    assert len(site.boxes) >= 14
    assert any(b.record.fragile for b in site.boxes.values())
    page = (DOCS / "reference" / "site-format.md").read_text(encoding="utf-8")
    assert f"../images/site-{site.site_id}.png" in page
    assert (DOCS / "images" / f"site-{site.site_id}.png").is_file()


def test_cameras_see_nearly_every_zone_place_and_box(site: Site) -> None:
    world = World(site, [RobotSpec(robot_id="r", model="xpeng_iron", dock=docks(site)[0])])
    try:
        views = world.sensors.cameras()
    finally:
        world.close()
    covered = {name for view in views for name in view.covered}
    boxes = {d.subject_id for view in views for d in view.detections if d.subject_kind == "object"}
    assert set(site.zones) <= covered
    assert len(covered & set(site.places)) >= 0.95 * len(site.places)
    assert boxes == set(site.boxes)


def test_a_site_file_is_what_the_schema_says(site: Site) -> None:
    jsonschema.validate(yaml.safe_load(bundled_site(site.site_id).read_text(encoding="utf-8")), site_schema())


def test_the_published_schema_and_tables_are_up_to_date() -> None:
    again = "run: python -m sim_worlds.site_fields docs/reference"
    page = (DOCS / "reference" / "site-format.md").read_text(encoding="utf-8")
    assert (DOCS / "reference" / "site.schema.json").read_text(encoding="utf-8") == schema_text(), again
    assert page == page_with_tables(page), again
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"colour": "red"}, "Additional properties"),
        ({"zones": []}, "non-empty|too short"),
        ({"doors": [{"id": "d", "x": 1, "y": 2, "width_m": 0.5, "kind": "sliding"}]}, "minimum"),
        ({"doors": [{"id": "d", "x": 1, "y": 2, "width_m": 1.5, "kind": "curtain"}]}, "curtain"),
        ({"bounds": [0, 0, 1]}, "too short"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(change: dict[str, object], where: str) -> None:
    good = yaml.safe_load(bundled_site("ward").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError, match=where):
        jsonschema.validate({**good, **change}, site_schema())


def test_all_of_them_are_listed() -> None:
    assert set(bundled_sites()) == set(NAMES)


def test_pictures_show_stairs_lanes_and_floor_that_is_closed() -> None:
    shown = {colour for name in NAMES for _, colour in areas(shipped(name))}
    assert {STAIRS, LANE, KEEP_OUT, FORBIDDEN, RAMP, SLOW, CABIN, DOCK} == shown
    office = shipped("office")
    world = World(office, [RobotSpec(robot_id="r", model="xpeng_iron", dock=docks(office)[0])], visual=True)
    try:
        picture = view_from_above(world, 540).astype(int)  # 10 pixels a metre
    finally:
        world.close()
    floor, wet = picture[260 - 155, 150], picture[260 - 166, 210]
    assert wet[0] - wet[2] > 40 > abs(floor[0] - floor[2])


def test_what_the_issue_asks_for_is_there() -> None:
    warehouse, assembly, office = (shipped(n) for n in NAMES[1:])
    assert sum(f.kind == "shelf" and f.furniture_id.startswith("rack_") for f in warehouse.furniture.values()) == 40
    assert sum(z.one_lane for z in warehouse.zones.values()) == 8
    assert any(d.locked for d in warehouse.doors.values())
    assert assembly.keep_outs["press_floor"].every_s == 120
    assert any(limit.slope for limit in assembly.speed_limits.values())
    assert set(office.lifts) == {"lift_1"}
    assert office.doors["server_door"].locked
    assert {a.kind for a in office.forbidden.values()} == {"stairs"}
    assert {"door", "lift", "keep_out", "ramp", "speed_zone", "zone"} <= set(SITE.inner())
