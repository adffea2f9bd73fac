"""Open-RMF buildings become sites: walls, doors, chargers and named vertices of one level."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.site import PlaceKind
from sim_worlds.errors import SiteError
from sim_worlds.importers import Imported, import_site
from sim_worlds.site_loader import SiteLoader

BUILDING = """\
coordinate_system: reference_image
name: depot
levels:
  L1:
    drawing: {filename: plan.png}
    elevation: 0
    measurements:
      - [0, 1, {distance: [3, 12]}]
    vertices:
      - [0, 0, 0, ""]
      - [240, 0, 0, ""]
      - [240, 120, 0, ""]
      - [0, 120, 0, ""]
      - [120, 0, 0, ""]
      - [120, 40, 0, ""]
      - [120, 70, 0, ""]
      - [120, 120, 0, ""]
      - [20, 20, 0, charger 1, {is_charger: [4, true], is_parking_spot: [4, true]}]
      - [20, 60, 0, shelf front]
      - [200, 60, 0, shelf front]
      - [237, 60, 0, in_the_wall]
    walls:
      - [0, 1, {}]
      - [1, 2, {}]
      - [2, 3, {}]
      - [3, 0, {}]
      - [4, 5, {}]
      - [6, 7, {}]
    doors:
      - [5, 6, {motion_axis: [1, start], name: [1, middle door], type: [1, double_hinged]}]
    lanes:
      - [8, 9, {bidirectional: [4, true], graph_idx: [2, 0]}]
  L2:
    measurements:
      - [0, 1, {distance: [3, 10]}]
    vertices:
      - [0, 0, 0, ""]
      - [100, 0, 0, ""]
      - [50, 50, 0, other, {is_charger: [4, false]}]
    walls:
      - [0, 1, {}]
lifts:
  lift 1: {x: 220, y: 100, yaw: 0, width: 2, depth: 2, level_doors: {L1: [d]}, doors: {}}
"""


def imported(folder: Path, text: str = BUILDING, **more: object) -> Imported:
    path = folder / "depot.building.yaml"
    path.write_text(text, encoding="utf-8")
    return import_site(path, **{"level": "L1", **more})  # type: ignore[arg-type]


def test_a_level_becomes_a_site_in_metres_with_y_up(tmp_path: Path) -> None:
    site = SiteLoader.from_text(imported(tmp_path).text).load()
    assert site.bounds == (-0.2, -6.2, 12.2, 0.2)
    docks = [p for p in site.places.values() if p.kind is PlaceKind.DOCK]
    assert [(d.place_id, d.approach.x, d.approach.y) for d in docks] == [("charger_1", 1.0, -1.0)]
    assert (site.places["shelf_front"].approach.x, site.places["shelf_front_2"].approach.x) == (1.0, 10.0)
    (door,) = site.doors.values()
    assert (door.door_id, door.kind, door.ax) == ("middle_door", "swing", 6.0)
    assert sorted([door.ay, door.by]) == pytest.approx([-3.5, -2.0], abs=0.01)


def test_what_was_left_out_is_said(tmp_path: Path) -> None:
    remarks = "\n".join(imported(tmp_path).remarks)
    assert "station in_the_wall at (11.85, -3.00) left out: it is within 0.36 m of the wall" in remarks
    assert "1 lanes" in remarks
    assert "lift lift_1 leads to other levels" in remarks


def test_metres_need_no_scale(tmp_path: Path) -> None:
    text = (
        "coordinate_system: cartesian_meters\nname: lab\nlevels:\n  G:\n    vertices:\n"
        "      - [0, 0, 0]\n      - [8, 0, 0]\n      - [8, 5, 0]\n      - [4, 2, 0, bench]\n"
        "    walls:\n      - [0, 1, {}]\n      - [1, 2]\n"
    )
    site = SiteLoader.from_text(imported(tmp_path, text, level=None).text).load()
    assert site.places["bench"].approach.y == 2.0


def test_narrow_doors_become_walls_and_unreachable_spots_are_named(tmp_path: Path) -> None:
    text = BUILDING.replace('- [120, 70, 0, ""]', '- [120, 50, 0, ""]')
    result = imported(tmp_path, text)
    said = "\n".join(result.remarks)
    assert "door middle_door is 0.50 m wide, too narrow for robots: it became a wall" in said
    assert "station shelf_front_2 left out: there is no way to it" in said


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("level", "L3", "levels: got 'L3', expected --level with one of: L1, L2"),
        ("level", None, "levels: got '2 levels', expected --level with one of: L1, L2"),
        ("[3, 12]", "[3, twelve]", "levels.L1.measurements[0][2].distance[1]: got 'twelve', expected a number"),
        ("[3, 12]", "[3, 12000]", "12000 m x 6000 m', expected a level of at most 40000 square metres"),
        ("[3, 12]", "12", "levels.L1.measurements[0][2].distance: got '12', expected a list"),
        (
            "      - [4, 5, {}]",
            "      - [4, 55, {}]",
            "levels.L1.walls[4][1]: got '55', expected a number from 0 to 11",
        ),
        ("      - [4, 5, {}]", "      - [4]", "expected an edge: [first vertex, second vertex, parameters]"),
        ("double_hinged", "curtain", "got 'curtain', expected one of: hinged, double_hinged, sliding, double_sliding"),
        (
            "reference_image",
            "wgs84",
            "coordinate_system: got 'wgs84', expected one of: reference_image, cartesian_meters",
        ),
        ('- [0, 0, 0, ""]', "- [0]", "levels.L1.vertices[0]: got 'a list of 1', expected a list of at least 3"),
        ("    measurements:\n      - [0, 1, {distance: [3, 12]}]\n", "", "expected a level with measurements"),
    ],
)
def test_a_broken_building_is_refused(tmp_path: Path, old: str, new: str | None, says: str) -> None:
    with pytest.raises(SiteError) as caught:
        if old == "level":
            imported(tmp_path, level=new)
        else:
            imported(tmp_path, BUILDING.replace(old, str(new), 1))
    assert says in str(caught.value)
    assert "depot.building.yaml, line " in str(caught.value)
