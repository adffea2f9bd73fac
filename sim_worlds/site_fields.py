"""The fields of site files: what may be there, within which limits, and what it means.

The loader, the JSON schema and the tables of the documentation come from here. `python -m sim_worlds.site_fields
docs/reference` writes `site.schema.json`, and the tables of `site-format.md`, into that folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sim_worlds.shapes import (
    Choice,
    Flag,
    Id,
    Key,
    Many,
    Number,
    Numbers,
    Shape,
    Text,
    Texts,
    document,
    in_words,
    optional,
)

FORMAT = "humanoid-fleet-site/1"
FURNITURE_KINDS = (
    "shelf",
    "table",
    "bed",
    "counter",
    "bench",
    "desk",
    "machine",
    "cabinet",
    "conveyor",
    "pillar",
    "obstacle",
)
_X, _Y = Key("x", Number(unit="m"), "east, in m"), Key("y", Number(unit="m"), "north, in m")
_YAW = Key("yaw_deg", Number(-360, 360, "degrees"), "heading, counterclockwise from east")
_ID = Key("id", Id(), "used once in the file")
_RECT = "[min_x, min_y, max_x, max_y] in m"
_AREA = (
    optional("rect", Numbers(4), _RECT),
    optional("polygon", Many(Numbers(2), at_least=3), "corners [x, y] in m, in order"),
)

ZONE = Shape(
    "zone",
    "A named area. Every place, person and dock stands in one.",
    _ID,
    Key("kind", Id(), "what it is for: corridor, storage, ..."),
    *_AREA,
    optional(
        "one_lane", Flag(), "too narrow for two robots to pass: those that come the other way wait outside", False
    ),
    optional(
        "one_way_deg",
        Number(-360, 360, "degrees"),
        "robots walk through it in this direction only, counterclockwise from east",
    ),
    optional(
        "quiet_s",
        Numbers(3),
        "quiet hours [from, to, every], s: people are taken to rest there from the first time to the second, again "
        "each third (86400: daily); plans weigh it as if somebody had been seen",
    ),
    either=("rect", "polygon"),
)
OPENING = Shape(
    "opening",
    "A gap in a wall without a door.",
    Key("at_m", Number(unit="m"), "distance of its centre from the wall's `from`"),
    Key("width_m", Number(0.9, 100, "m"), "clear width"),
)
WALL = Shape(
    "wall",
    "A straight wall, 0.12 m thick and 2.8 m high.",
    Key("from", Numbers(2), "[x, y] in m"),
    Key("to", Numbers(2), "[x, y] in m"),
    optional("doors", Many(OPENING), "its gaps; doors with leaves are listed under `doors`"),
)
DOOR = Shape(
    "door",
    "A door: its centre lies on a wall, in which it cuts its own opening.",
    _ID,
    _X,
    _Y,
    Key("width_m", Number(0.9, 6, "m"), "clear width when open"),
    Key("kind", Choice(("open", "swing", "sliding")), "`open` has no leaf; the others open for who wants to pass"),
    optional("opens_in_s", Number(0.1, 300, "s"), "from shut to open, and back", 2.0),
    optional("stays_open_s", Number(0, 600, "s"), "after the last one has passed", 3.0),
    optional("locked", Flag(), "never opens, unless it is unlocked", False),
)
LIFT = Shape(
    "lift",
    "A cabin between two doors: who enters at one side leaves at the other. See docs/decisions.",
    _ID,
    Key("rect", Numbers(4), "the cabin's floor, between its doors: " + _RECT),
    Key("doors", Many(Id(), 2, 2), "two sliding doors on opposite sides of the cabin"),
    Key("travel_s", Number(0.5, 600, "s"), "from the shutting of one door to the opening of the other"),
    optional("capacity", Number(1, 10), "robots in the cabin at a time", 1),
)
SPOT_POSE = Shape("pose", "Where a robot stands.", _X, _Y, _YAW)
SLOT = Shape(
    "slot",
    "A spot on top of a piece of furniture where a box can stand.",
    _ID,
    _X,
    _Y,
    Key("approach", SPOT_POSE, "where a robot stands to reach it"),
)
FURNITURE = Shape(
    "furniture",
    "A solid block from the floor to its top.",
    _ID,
    Key("kind", Choice(FURNITURE_KINDS), "how it looks and what it is called"),
    Key("rect", Numbers(4), _RECT),
    Key("height_m", Number(0.2, 2.5, "m"), "of its top"),
    optional("places", Many(SLOT), "slots on its top"),
)
SPOT = Shape("spot", "A named spot on the floor.", _ID, _X, _Y, _YAW)
BOX = Shape(
    "box",
    "A box that robots carry.",
    _ID,
    Key("kind", Id(), "what it is called"),
    Key("size_m", Many(Number(0.05, 0.6, "m"), 3, 3), "length, width, height; the width is between the hands"),
    Key("mass_kg", Number(0.01, 50, "kg"), "with content"),
    Key("place", Id(), "the slot on which it stands"),
    optional("attributes", Texts(), "free texts by name: colour, label, ..."),
    optional("fragile", Flag(), "must not fall", False),
)
PERSON = Shape(
    "person",
    "Somebody whom the fleet may serve; stands still unless a scenario gives them a way.",
    _ID,
    Key("name", Text(), "for people to read"),
    _X,
    _Y,
    _YAW,
)
CAMERA = Shape(
    "camera",
    "A fixed camera.",
    _ID,
    _X,
    _Y,
    Key("z", Number(0.5, 10, "m"), "height of the lens"),
    Key("covers", Many(Id(), 1), "zones and places it reports on; a zone stands for the places in it too"),
)
FORBIDDEN = Shape(
    "forbidden",
    "Floor where no robot ever walks.",
    _ID,
    Key("rect", Numbers(4), _RECT),
    Key("because", Text(), "why, for people"),
    optional("kind", Choice(("area", "stairs", "unknown")), "`unknown`: nobody has mapped it", "area"),
)
KEEP_OUT = Shape(
    "keep_out",
    "Floor that robots stay out of: always, or for some time.",
    _ID,
    *_AREA,
    Key("because", Text(), "why, for people"),
    optional("from_s", Number(0, 1e7, "s"), "beginning, in seconds of the world", 0.0),
    optional("to_s", Number(0, 1e7, "s"), "end; without it, it never ends"),
    optional("every_s", Number(1, 1e7, "s"), "begins again after so many seconds"),
    either=("rect", "polygon"),
)
SPEED_ZONE = Shape(
    "speed_zone",
    "Floor where robots walk slowly.",
    _ID,
    *_AREA,
    Key("max_mps", Number(0.1, 3, "m/s"), "the limit"),
    either=("rect", "polygon"),
)
RAMP = Shape(
    "ramp",
    "Sloping floor: slow, and uphill it takes power to raise the body. It is drawn flat and does not tilt bodies.",
    _ID,
    *_AREA,
    Key("slope_percent", Number(0.5, 12, "%"), "rise for each metre, in cm"),
    Key("uphill_deg", Number(-360, 360, "degrees"), "the direction in which it rises, counterclockwise from east"),
    optional("max_mps", Number(0.1, 3, "m/s"), "the limit", 0.5),
    either=("rect", "polygon"),
)
SITE = Shape(
    "site",
    "One building: its rooms and what is in them.",
    Key("format", Choice((FORMAT,)), "of this file"),
    Key("id", Id(), "of the site"),
    Key("name", Text(), "what people call it"),
    Key("bounds", Numbers(4), "nothing is outside: " + _RECT),
    Key("zones", Many(ZONE, 1), "named areas"),
    Key("walls", Many(WALL), "straight walls with their gaps"),
    Key("furniture", Many(FURNITURE), "solid blocks and the slots on them"),
    Key("docks", Many(SPOT, 1), "charging docks, at least 0.72 m apart"),
    Key("boxes", Many(BOX), "what is carried"),
    Key("people", Many(PERSON), "who is there"),
    Key("cameras", Many(CAMERA), "fixed cameras"),
    optional("stations", Many(SPOT), "named spots on the floor"),
    optional("doors", Many(DOOR), "doors with leaves"),
    optional("lifts", Many(LIFT), "lifts"),
    optional("forbidden", Many(FORBIDDEN), "stairs, and whatever else robots never walk on"),
    optional("keep_out", Many(KEEP_OUT), "floor that is closed to robots, always or at times"),
    optional("speed_zones", Many(SPEED_ZONE), "where robots walk slowly"),
    optional("ramps", Many(RAMP), "sloping floor"),
)


def site_schema() -> dict[str, Any]:
    """The JSON schema of site files."""
    return document(SITE, "Site file of a humanoid fleet", "site.schema.json")


def schema_text() -> str:
    """`site.schema.json`."""
    return json.dumps(site_schema(), indent=2) + "\n"


def tables() -> str:
    """The fields of each mapping as Markdown tables."""
    return "\n".join(_table(shape) for shape in (SITE, *SITE.inner().values()))


def _table(shape: Shape) -> str:
    either = f" Exactly one of {' and '.join(f'`{n}`' for n in shape.either)}." if shape.either else ""
    rows = [f"### {shape.name}", "", shape.about + either, "", "| field | | content |", "| --- | --- | --- |"]
    for key in shape.keys.values():
        default = "" if key.required or key.default is None else f"; {str(key.default).lower()} if left out"
        name = f"`{key.name}`" if key.required else f"`{key.name}` (optional)"
        rows.append(f"| {name} | {in_words(key.kind)} | {key.about}{default} |")
    return "\n".join(rows) + "\n"


BEGIN, END = "<!-- fields: made by `python -m sim_worlds.site_fields docs/reference` -->\n", "<!-- end of fields -->"


def page_with_tables(page: str) -> str:
    """The documentation page with its tables brought up to date."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + "\n" + tables() + "\n" + END + tail


def main(folder: Path) -> None:
    (folder / "site.schema.json").write_text(schema_text(), encoding="utf-8")
    page = folder / "site-format.md"
    page.write_text(page_with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
