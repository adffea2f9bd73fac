"""The floor as a graph: what is joined, how far it is, which way it may be walked, and graphs that others made."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fleet.model.errors import InvalidField
from fleet.model.geometry import Pose
from fleet.model.site import Place, PlaceKind, SiteMap, Wall, Zone
from fleet.traffic.floor import Floor, OnFloor, Point
from fleet.traffic.manager import Traffic
from fleet.traffic.nav_graph import check_places, read_nav_graph, roadmap_of
from fleet.traffic.roadmap import build_roadmap
from fleet.traffic.settings import TrafficSettings
from fleet.travel import TravelModel


def hall(*walls: tuple[float, float, float, float], zones: dict[str, Zone] | None = None) -> SiteMap:
    lines = [(0, 0, 12, 0), (12, 0, 12, 8), (12, 8, 0, 8), (0, 8, 0, 0), *walls]
    return SiteMap(
        site_id="hall", name="Hall", bounds=(0, 0, 12, 8), zones=zones or {}, places={},
        walls=tuple(Wall(ax=a, ay=b, bx=c, by=d) for a, b, c, d in lines),
    )  # fmt: skip


def route(traffic: Traffic, start: Point, goal: Point, speed: float = 0.5) -> tuple[Point, ...]:
    robot = OnFloor(robot_id="a", x=start[0], y=start[1], walking_to=goal, speed_mps=speed)
    return traffic.direct(Floor(now_s=0.0, robots=(robot,))).routes.get("a", ())


@pytest.mark.parametrize("offset", [0.0, 0.13, 0.29, 0.41, 0.55, 0.67])
def test_a_passage_just_wide_enough_is_found_wherever_it_lies(offset: float) -> None:
    low, high = 3.0 + offset, 3.9 + offset
    site = hall((5, 0, 5, low), (5, high, 5, 8), (7, 0, 7, low), (7, high, 7, 8), (5, low, 7, low), (5, high, 7, high))
    way = route(Traffic(site), (2, 4), (10, 4))
    assert way and way[-1] == (10, 4)
    assert all(low < y < high for x, y in way if 5 < x < 7)


def test_ways_are_about_as_short_as_on_foot() -> None:
    site = hall((4, 0, 4, 5), (8, 3, 8, 8))
    traffic, travel = Traffic(site), TravelModel(site, 0.34, 0.1)
    for start, goal in [((1, 1), (11, 7)), ((2, 7), (10, 1)), ((1, 4), (6, 1)), ((6, 7), (11, 2))]:
        way = [start, *route(Traffic(site), start, goal)]
        length = sum(math.dist(a, b) for a, b in pairwise(way))
        shortest = travel.distance_m(Pose(x=start[0], y=start[1]), Pose(x=goal[0], y=goal[1]))
        assert length <= 1.12 * shortest + 0.2
    assert traffic.roadmap.lengths.max() <= 1.3


def test_a_way_keeps_off_walls_where_there_is_room() -> None:
    """Beside a wall a robot's own avoidance slows it; the shortest way between two doors leads along theirs."""
    site = hall((0, 4, 2, 4), (4, 4, 8, 4), (10, 4, 12, 4), (6, 0, 6, 4))
    way = route(Traffic(site), (3, 2), (9, 2))
    assert all(y > 4.55 for x, y in way if 4.7 < x < 7.3)
    narrow = hall((4, 3.5, 8, 3.5), (4, 4.5, 8, 4.5), (4, 0, 4, 3.5), (4, 4.5, 4, 8))
    assert route(Traffic(narrow), (2, 4), (10, 4))[-1] == (10, 4), "where there is none, it walks all the same"


def test_no_way_leads_through_a_wall() -> None:
    site = hall((4, 0, 4, 5), (8, 3, 8, 8), (4, 5, 6, 5))
    for start, goal in [((3.6, 4), (4.45, 4)), ((1, 1), (5, 4.6)), ((7.6, 7), (8.4, 7))]:
        for a, b in pairwise([start, *route(Traffic(site), start, goal)]):
            assert not TravelModel(site).wall_between(Pose(x=a[0], y=a[1]), Pose(x=b[0], y=b[1]))


def test_a_one_way_zone_is_never_walked_against() -> None:
    zone = Zone(zone_id="east", kind="corridor", polygon=((4, 0), (8, 0), (8, 4), (4, 4)), one_way_rad=0.0)
    site = hall((4, 4, 8, 4), zones={"east": zone})
    there, back = route(Traffic(site), (2, 2), (10, 2)), route(Traffic(site), (10, 2), (2, 2))
    assert all(y < 4 for _, y in there), "straight through, along the way"
    assert any(y > 4 for _, y in back), "around it"


def test_a_floor_without_size_is_refused() -> None:
    site = SiteMap(site_id="x", name="x", bounds=(0, 0, 0, 5), zones={}, places={})
    with pytest.raises(InvalidField, match=r"site\.bounds"):
        build_roadmap(site, TrafficSettings())


@pytest.mark.parametrize(("name", "value"), [("pitch_m", 0.0), ("margin_m", math.nan), ("horizon_s", 1.0),
                                             ("comfort_m", 0.1), ("bin_s", -1.0)])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidField, match=f"traffic.{name}"):
        TrafficSettings(**{name: value})


# Graphs of Open-RMF

GRAPH = """\
building_name: hall
levels:
  L1:
    lanes:
    - [0, 1, {speed_limit: 0.2}]
    - [1, 2, {}]
    - [2, 1, {}]
    - [2, 3]
    - [3, 0, {}]
    vertices:
    - [1.0, 2.0, {name: start}]
    - [6.0, 2.0, {name: ''}]
    - [11.0, 2.0, {name: end}]
    - [6.0, 6.0, {}]
"""


def graph_file(tmp_path: Path, text: str = GRAPH, name: str = "nav.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_robots_keep_to_the_lanes_of_a_navigation_graph(tmp_path: Path) -> None:
    graph = read_nav_graph(graph_file(tmp_path))
    assert graph.names == {"start": 0, "end": 2}
    roadmap = roadmap_of(graph, hall(), TrafficSettings())
    traffic = Traffic(hall(), roadmap=roadmap)
    there = route(traffic, (1, 2), (11, 2))
    assert all(abs(y - 2) < 1e-6 for _, y in there) and len(there) > 10
    back = route(Traffic(hall(), roadmap=roadmap), (11, 2), (1, 2))
    assert (6.0, 6.0) in back, "the lane from 0 to 1 leads one way, so the way back is the long one"
    limits = traffic.direct(Floor(now_s=0.3, robots=(OnFloor(robot_id="b", x=1, y=2, walking_to=(11, 2)),))).orders[0]
    assert {limits.max_mps[0], limits.max_mps[-1]} == {0.2, 0.5}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[2, 3]", "[2, 9]", r"nav.yaml:8: levels.L1.lanes\[3\].to.*9.*the number of a vertex, 0 to 3"),
        ("[2, 3]", "[2]", r"nav.yaml:8.*1 values.*\[from vertex, to vertex, parameters\]"),
        ("speed_limit: 0.2", "speed_limit: fast", r"nav.yaml:5: .*speed_limit.*fast.*a number"),
        ("[6.0, 6.0, {}]", "[6.0, .nan, {}]", r"nav.yaml:14: .*y.*nan.*a number"),
        ("[6.0, 6.0, {}]", "[6.0, 2.0, {}]", None),
        ("    vertices:", "    points:", r"levels.L1.vertices.*the field vertices; has lanes, points"),
        ("levels:", "floors:", r"the field levels"),
    ],
)
def test_errors_of_navigation_graphs_name_the_line(tmp_path: Path, old: str, new: str, said: str | None) -> None:
    path = graph_file(tmp_path, GRAPH.replace(old, new))
    if said is None:  # vertices in one place are fine as long as no lane joins them
        read_nav_graph(path)
        return
    with pytest.raises(InvalidField, match=said):
        read_nav_graph(path)


def test_a_level_has_to_be_chosen_and_a_lane_has_to_be_free(tmp_path: Path) -> None:
    path = graph_file(tmp_path)
    with pytest.raises(InvalidField, match="one of: L1"):
        read_nav_graph(path, "L2")
    with pytest.raises(InvalidField, match=r"nav.yaml:5: lane.*keeps 0.34 m"):
        roadmap_of(read_nav_graph(path), hall((3, 0, 3, 8)), TrafficSettings())
    with pytest.raises(InvalidField, match="navigation graph as YAML"):
        read_nav_graph(tmp_path / "missing.yaml")


def place(name: str, x: float, y: float) -> Place:
    return Place(place_id=name, kind=PlaceKind.STATION, zone_id="", approach=Pose(x=x, y=y))


def test_every_place_has_to_be_reached_and_left_over_the_lanes(tmp_path: Path) -> None:
    graph = read_nav_graph(graph_file(tmp_path))
    near, far = place("near", 2.0, 2.6), place("far", 1.5, 7.2)
    site = replace(hall(), places={"near": near, "end": place("end", 11.0, 2.4)})
    check_places(graph, roadmap_of(graph, site, TrafficSettings()), site, TrafficSettings())
    site = replace(site, places=site.places | {"far": far})
    with pytest.raises(InvalidField, match=r"nav.yaml: lanes: got 'none to and from far'.*every place of site hall"):
        check_places(graph, roadmap_of(graph, site, TrafficSettings()), site, TrafficSettings())
    dead_end = read_nav_graph(graph_file(tmp_path, GRAPH.replace("    - [2, 1, {}]\n    - [2, 3]\n", "")))
    three = replace(site, places={"near": near, "too": place("too", 1.5, 2.5), "end": place("end", 11.0, 2.4)})
    with pytest.raises(InvalidField, match="none to and from end"):
        check_places(dead_end, roadmap_of(dead_end, three, TrafficSettings()), three, TrafficSettings())


# Graphs of Nav2

NAV2 = """\
{"type": "FeatureCollection", "features": [
  {"type": "Feature", "properties": {"id": 7, "frame": "map"}, "geometry": {"type": "Point", "coordinates": [1, 2]}},
  {"type": "Feature", "properties": {"id": 8}, "geometry": {"type": "Point", "coordinates": [11, 2]}},
  {"type": "Feature", "properties": {"id": 9, "startid": 7, "endid": 8, "metadata": {"abs_speed_limit": 0.2}},
   "geometry": {"type": "MultiLineString", "coordinates": [[[1, 2], [11, 2]]]}},
  {"type": "Feature", "properties": {"id": 10, "startid": 8, "endid": 7},
   "geometry": {"type": "MultiLineString", "coordinates": [[[11, 2], [1, 2]]]}}
]}
"""


def test_a_graph_of_nav2_is_kept_to_as_well(tmp_path: Path) -> None:
    graph = read_nav_graph(graph_file(tmp_path, NAV2, "nav.geojson"))
    assert (graph.names, graph.lanes[0].max_mps, graph.lanes[1].max_mps) == ({"7": 0, "8": 1}, 0.2, math.inf)
    there = route(Traffic(hall(), roadmap=roadmap_of(graph, hall(), TrafficSettings())), (1, 2), (11, 2))
    assert there and all(abs(y - 2) < 1e-6 for _, y in there)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"startid": 7', '"startid": 5', r"nav.geojson:4: features\[2\].properties.startid: got '5'.*a node \(7, 8\)"),
        ('"id": 8}', '"id": 7}', r"nav.geojson:3: .*properties.id: got '7'.*no other node"),
        ('"frame": "map"', '"frame": "odom"', r"nav.geojson:2: .*frame: got 'odom', expected map"),
        ("[1, 2]}},", '[1, "left"]}},', r"nav.geojson:2: .*coordinates.y: got 'left'.*a number"),
        ('"abs_speed_limit": 0.2', '"speed_limit": 80', r"nav.geojson:4: .*speed_limit.*abs_speed_limit in m/s"),
        ('"abs_speed_limit": 0.2', '"abs_speed_limit": 0', r"nav.geojson:4: .*a speed above 0"),
        ('"type": "MultiLineString"', '"type": "Polygon"', r"nav.geojson:5: .*geometry.type: got 'Polygon'.*Point"),
        ('"coordinates": [11, 2]', '"coordinates": [1, 2]', r"nav.geojson:4: features\[2\].*at least 0.05 m apart"),
        ('"features"', '"things"', r"nav.geojson:1: features.*the field features; has type, things"),
        ("{", "[", r"a navigation graph as GeoJSON"),
    ],
)
def test_errors_of_graphs_of_nav2_name_the_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InvalidField, match=said):
        read_nav_graph(graph_file(tmp_path, NAV2.replace(old, new, 1), "nav.geojson"))


def test_every_spot_is_on_free_floor_and_every_line_too() -> None:
    r = build_roadmap(hall((4, 0, 4, 5), (8, 3, 8, 8)), TrafficSettings())
    assert all(r.cells.is_free(x, y) for x, y in r.xy.tolist())
    assert r.cells.straight(r.lines).all()
    assert np.allclose(r.lengths, np.hypot(*(r.lines[:, 2:] - r.lines[:, :2]).T))
