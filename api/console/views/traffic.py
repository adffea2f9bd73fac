"""Traffic as the floor plan draws it and as the table beside it says it: the same things, live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from fleet.model.closures import Closure
from fleet.traffic.seen import NOTHING, TrafficSeen


def traffic_now(
    seen: TrafficSeen | None, closed: Mapping[str, str], people_closed: Mapping[str, Closure] | None = None
) -> dict[str, Any]:
    """What robots are led along, who waits for whom, who has which lane, and what is closed. Lengths in m. `enabled` is
    None until a supervisor has reported. `closed` is what the journal says to be closed, by id why; of it, what
    `people_closed` comes with `until_s` (None: until it is opened), and can be opened again."""
    report, opens = seen.report if seen is not None else NOTHING, people_closed or {}
    return {
        "enabled": seen.enabled if seen is not None else None,
        "routes": [_route(robot_id, report) for robot_id in sorted({*report["routes"], *report["waits"]})],
        "lanes": _lanes(report["reservations"]),
        "closed": [
            {"id": k, "because": why} | ({"until_s": opens[k].until_s} if k in opens else {})
            for k, why in sorted({**dict.fromkeys(report["closed"], ""), **closed}.items())
        ],
        "notes": [
            {"key": n["key"], "because": n["because"], "robots": list(n["robots"]), "at": n["at"]}
            for n in report["notes"]
        ],
        "moves": [{"robot": m["robot_id"], "x": m["x"], "y": m["y"], "because": m["because"]} for m in report["moves"]],
    }


def _route(robot_id: str, report: dict[str, Any]) -> dict[str, Any]:
    points = report["routes"].get(robot_id, [])
    given = min(max(int(report["released"].get(robot_id, 0)), 0), len(points))
    return {
        "robot": robot_id,
        "points": [[round(x, 2), round(y, 2)] for x, y in points],
        "given": given,
        "planned_m": round(sum(math.dist(a, b) for a, b in pairwise(points)), 1),
        "waits": report["waits"].get(robot_id, ""),
    }


def _lanes(reservations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each lane with who has it (they go through together) and who is to have it next, in order."""
    lanes: dict[str, list[tuple[int, str]]] = {}
    for r in reservations:
        lanes.setdefault(r["resource"], []).append((int(r["order"]), r["robot_id"]))
    return [
        {"id": lane, "has": sorted(who)[0][1], "next": [name for _, name in sorted(who)[1:]]}
        for lane, who in sorted(lanes.items())
    ]


__all__ = ["traffic_now"]
