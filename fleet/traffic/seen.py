"""What traffic tells eyes: as data, past the journal. Nothing is decided on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fleet.model.errors import InvalidField
from fleet.model.wire import to_plain
from fleet.traffic.floor import Directions

NOTHING: dict[str, Any] = {
    "routes": {}, "released": {}, "waits": {}, "reservations": [], "closed": [], "notes": [], "moves": [],
}  # fmt: skip
"""The report of traffic that has nothing to say."""
_PARTS = tuple(NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSeen:
    """The last report: `enabled` whether robots are directed at all, `age_s` how long ago (steady time) it came; what
    is in `report` is as in `report_of`."""

    enabled: bool
    report: dict[str, Any]
    age_s: float


def report_of(directions: Directions) -> str:
    """As JSON: the points that are left of every robot's route (m) and how many of them it may walk, for whom robots
    wait, who has or is to have what, what is closed, what goes on, and who should make room."""
    return json.dumps({part: to_plain(getattr(directions, part)) for part in _PARTS}, sort_keys=True)


def read_report(text: str) -> dict[str, Any]:
    """What `report_of` wrote. Raises `InvalidField`."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidField("report_json", text[:80], f"JSON ({error})") from error
    if not isinstance(found, dict) or set(found) != set(_PARTS):
        raise InvalidField("report_json", text[:80], "an object with " + ", ".join(_PARTS))
    return found
