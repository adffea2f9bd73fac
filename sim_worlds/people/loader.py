"""People in files: a `people:` list of a scenario or deployment, or a file of its own."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sim_worlds.errors import SpecError
from sim_worlds.people.spec import ROUTINES, PersonSpec, Span, check_people
from sim_worlds.site import Site
from sim_worlds.yaml_fields import Field, Mapping, known, load_fields

_DAY_S = 86_400.0
_FIELDS = (
    "routine start zones goals doorway pause_s stay_s speed_mps stops_every_s stops_for_s falls_ill_at_s "
    "helped_after_s gives_way"
)


def read_people(field: Field, site: Site, taken: Collection[str] = ()) -> tuple[PersonSpec, ...]:
    """The people of a field: a list of people and groups, or one group.

    A person has an `id`; a group has a `count` (and perhaps a `prefix`, from which the ids are made: visitor_1, ...).
    Points are the id of a place, or `{x, y}`. `doorway: [zone, zone]` is the opening between two zones, and stands for
    the routine's goal. `taken` are ids of others, e.g. of the robots.

    Raises the field's error with file, line, field, value and what would be right; `SpecError` for people who cannot
    do what they should in this site.
    """
    people: list[PersonSpec] = []
    seen: dict[str, int] = {name: 0 for name in taken}
    is_group = field.shown() == "a mapping"
    for f in [field] if is_group else field.items():
        people += _entry(f, site, seen)
    try:
        check_people(people, site)
    except SpecError as error:
        raise field.error(f"{field.file}: {error}") from None
    return tuple(people)


def load_people(path: Path | str, site: Site, taken: Collection[str] = ()) -> tuple[PersonSpec, ...]:
    """Read a people file: `people: [...]`, see `read_people`. Raises `SpecError`."""
    return read_people(load_fields(path, SpecError).mapping("people")["people"], site, taken)


def _entry(f: Field, site: Site, seen: dict[str, int]) -> list[PersonSpec]:
    if "count" in f.entries("id or count"):
        entry = f.mapping("count", "prefix " + _FIELDS)
        count = entry["count"].number(1, 1000, "people")
        if count != int(count):
            entry["count"].fail("a whole number")
        for name in ("start", "falls_ill_at_s"):
            if name in entry:
                entry[name].fail(f"no {name!r} for a group; give that person an entry with an id of their own")
        prefix = entry["prefix"].name() if "prefix" in entry else "visitor"
        names = [f"{prefix}_{i}" for i in range(1, int(count) + 1)]
    else:
        entry = f.mapping("id", _FIELDS)
        names = [entry["id"].name()]
    for name in names:
        if name in seen:
            at = f"in line {seen[name]}" if seen[name] else "by something else"
            f.fail(f"an id used once; {name!r} is already used {at}", name)
        seen[name] = f.line
    return [_person(name, entry, site) for name in names]


def _person(name: str, entry: Mapping, site: Site) -> PersonSpec:
    routine = entry["routine"].one_of(ROUTINES) if "routine" in entry else "stand"
    goals = tuple(_point(g, site) for g in entry.list("goals"))
    if "doorway" in entry:
        if "goals" in entry:
            entry["doorway"].fail("either 'doorway' or 'goals'", "both")
        goals = (_doorway(entry["doorway"], site),)
    return PersonSpec(
        person_id=name,
        routine=routine,
        start=_point(entry["start"], site) if "start" in entry else None,
        zones=tuple(known(z, site.zones, "zone") for z in entry.list("zones")),
        goals=goals,
        pause_s=_span(entry, "pause_s", (2.0, 8.0)),
        stay_s=_span(entry, "stay_s", (20.0, 40.0)),
        speed_mps=entry["speed_mps"].number(0.1, 3.0, "m/s") if "speed_mps" in entry else None,
        stops_every_s=_span(entry, "stops_every_s", (0.0, 0.0)) if "stops_every_s" in entry else None,
        stops_for_s=_span(entry, "stops_for_s", (1.0, 4.0)),
        falls_ill_at_s=entry["falls_ill_at_s"].number(0, 100 * _DAY_S, "s") if "falls_ill_at_s" in entry else None,
        helped_after_s=entry["helped_after_s"].number(0, 100 * _DAY_S, "s") if "helped_after_s" in entry else None,
        gives_way=entry["gives_way"].flag() if "gives_way" in entry else True,
    )


def _span(entry: Mapping, name: str, default: Span) -> Span:
    if name not in entry:
        return default
    low, high = entry[name].numbers(2, "s")
    if not 0 <= low <= high <= _DAY_S:
        entry[name].fail("[least, most] in s, both from 0 to a day", [low, high])
    return low, high


def _point(f: Field, site: Site) -> tuple[float, float]:
    if f.shown() == "a mapping":
        entry = f.mapping("x y")
        x0, y0, x1, y1 = site.bounds
        return entry["x"].number(x0, x1, "m"), entry["y"].number(y0, y1, "m")
    pose = site.places[known(f, site.places, "place (or {x, y})")].approach
    return pose.x, pose.y


def _doorway(f: Field, site: Site) -> tuple[float, float]:
    """The middle of the opening between two zones."""
    ids = f.items()
    if len(ids) != 2:
        f.fail("the ids of the two zones on both sides", f"a list of {len(ids)}")
    wanted = {known(z, site.zones, "zone") for z in ids}
    for wall in site.walls:
        (ax, ay), (bx, by) = wall.start, wall.end
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        ux, uy = (bx - ax) / length, (by - ay) / length
        for centre, _ in wall.doors:
            x, y = ax + ux * centre, ay + uy * centre
            if {site.zone_at(x - uy * 0.5, y + ux * 0.5), site.zone_at(x + uy * 0.5, y - ux * 0.5)} == wanted:
                return x, y
    f.fail("two zones with an opening between them", " and ".join(sorted(wanted)))


__all__ = ["load_people", "read_people"]
