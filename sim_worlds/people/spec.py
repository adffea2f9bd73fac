"""What a person in a world does all day, and the checks that they can."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim_worlds.errors import SpecError
from sim_worlds.site import Site

if TYPE_CHECKING:
    from sim_worlds.grid import Grid

ROUTINES = ("stand", "walk", "wander", "cross", "doorway")
RADIUS_M = 0.25
"""Half the mean of shoulder breadth and chest depth, with clothes."""
Span = tuple[float, float]
"""[least, most] in s: each value is drawn evenly between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSpec:
    """One person. Lengths in m, times in s since the world began.

    stand: stays at `start`. Everybody of the site without a spec does.
    walk: goes to each of `goals` in turn, for ever, and stays at each for `pause_s`.
    wander: goes to places and floor in `zones` (everywhere when there are none), drawn each time; `pause_s` at each.
    cross: walks from the first goal to the last and, after `pause_s`, back again: crosses a corridor at intervals.
    doorway: comes to the first goal every `pause_s`, stands in the way there for `stay_s`, and goes back to `start`.

    Whatever the routine: `stops_every_s` on the way the person stops suddenly for `stops_for_s`; at `falls_ill_at_s`
    they lie down where they are, for good or until `helped_after_s` later. Who does not give way (`gives_way: false`)
    walks as if there were no robots.

    `start` None: where the site has that person, the first goal, or drawn in `zones`. `speed_mps` None: drawn from the
    normal distribution of wanted speeds in Helbing & Molnar 1995 (1.34 m/s, s.d. 0.26), within two s.d.
    """

    person_id: str
    routine: str = "stand"
    start: tuple[float, float] | None = None
    zones: tuple[str, ...] = ()
    goals: tuple[tuple[float, float], ...] = ()
    pause_s: Span = (2.0, 8.0)
    stay_s: Span = (20.0, 40.0)
    speed_mps: float | None = None
    stops_every_s: Span | None = None
    stops_for_s: Span = (1.0, 4.0)
    falls_ill_at_s: float | None = None
    helped_after_s: float | None = None
    gives_way: bool = True


_GOALS_NEEDED = {"walk": 2, "cross": 2, "doorway": 1}


def check_people(people: Sequence[PersonSpec], site: Site, grid: Grid | None = None) -> None:
    """Raise `SpecError` for the first person who cannot be in this site, or cannot do what they should."""
    if not people:
        return
    from sim_worlds.grid import Grid  # slow to import: brings Numba

    grid = grid or Grid(site)
    seen: set[str] = set()
    for i, p in enumerate(people):
        where = f"people[{i}] ({p.person_id})"
        if p.person_id in seen or not p.person_id:
            raise SpecError(f"{where}: id: got {p.person_id!r}, expected an id used once")
        if p.person_id in site.boxes or p.person_id in site.places or p.person_id in site.zones:
            raise SpecError(f"{where}: id: got {p.person_id!r}, which is a box, place or zone; expected another id")
        seen.add(p.person_id)
        _check_words(p, where, site)
        _check_numbers(p, where)
        _check_ways(p, where, site, grid)


def _check_words(p: PersonSpec, where: str, site: Site) -> None:
    if p.routine not in ROUTINES:
        raise SpecError(f"{where}: routine: got {p.routine!r}, expected one of: {', '.join(ROUTINES)}")
    for zone in p.zones:
        if zone not in site.zones:
            raise SpecError(f"{where}: zones: got {zone!r}, expected some of: {', '.join(site.zones)}")
    needed = _GOALS_NEEDED.get(p.routine, 0)
    if len(p.goals) < needed:
        raise SpecError(f"{where}: goals: got {len(p.goals)}, expected at least {needed} for the routine {p.routine!r}")
    if p.goals and not needed:
        raise SpecError(f"{where}: goals: got {len(p.goals)}, expected none for the routine {p.routine!r}")


def _check_numbers(p: PersonSpec, where: str) -> None:
    for name in ("pause_s", "stay_s", "stops_every_s", "stops_for_s"):
        span = getattr(p, name)
        if span is not None and not (len(span) == 2 and 0 <= span[0] <= span[1] < math.inf):
            raise SpecError(f"{where}: {name}: got {list(span)}, expected [least, most] in s, both 0 or more")
    if p.stops_every_s is not None and p.stops_every_s[0] < 0.5:
        raise SpecError(f"{where}: stops_every_s: got {list(p.stops_every_s)}, expected at least 0.5 s between stops")
    if p.speed_mps is not None and not 0.1 <= p.speed_mps <= 3.0:
        raise SpecError(f"{where}: speed_mps: got {p.speed_mps}, expected 0.1 to 3 m/s; people walk")
    for name in ("falls_ill_at_s", "helped_after_s"):
        value = getattr(p, name)
        if value is not None and not 0 <= value < math.inf:
            raise SpecError(f"{where}: {name}: got {value}, expected a time of 0 s or later")
    if p.helped_after_s is not None and p.falls_ill_at_s is None:
        raise SpecError(f"{where}: helped_after_s: got {p.helped_after_s}, expected falls_ill_at_s too")


def _check_ways(p: PersonSpec, where: str, site: Site, grid: Grid) -> None:
    """Start and goals are on free floor, and each can be walked to from each other."""
    points = [("start", p.start), *((f"goals[{i}]", g) for i, g in enumerate(p.goals))]
    first: tuple[float, float] | None = None
    for name, at in points:
        if at is None:
            continue
        if not all(math.isfinite(v) for v in at):
            raise SpecError(f"{where}: {name}: got {at}, expected two finite numbers")
        if what := grid.what_blocks(at[0], at[1], RADIUS_M):
            raise SpecError(f"{where}: {name}: got {at}, expected free floor; it is in or too near {what}")
        if p.routine == "stand":
            continue
        if first is None:
            first = at
        elif not math.isfinite(grid.value(grid.distances(*first), *grid.unflat(grid.flat(*at)))):
            raise SpecError(f"{where}: {name}: got {at}, expected a point that can be walked to from {first}")
    if p.start is None and not p.goals and p.person_id not in site.people and p.routine == "stand" and not p.zones:
        raise SpecError(f"{where}: start: got nothing, expected a start, zones, or the id of somebody in the site")


__all__ = ["RADIUS_M", "ROUTINES", "PersonSpec", "Span", "check_people"]
