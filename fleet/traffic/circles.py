"""Robots that wait for each other in a circle."""

from __future__ import annotations

from fleet.traffic.tracks import Track


def circles_of(by_id: dict[str, Track], now_s: float, after_s: float) -> list[list[Track]]:
    """Robots that wait for each other in a circle since `after_s`, each circle once, from its first robot by id."""
    if not any(t.waits_since is not None and now_s - t.waits_since >= after_s for t in by_id.values()):
        return []
    found, seen = [], set[str]()
    for robot_id in sorted(by_id):
        way: list[str] = []
        at = robot_id
        while at in by_id and at not in seen and at not in way:
            way.append(at)
            t = by_id[at]
            at = t.waits_for if t.waits_since is not None and now_s - t.waits_since >= after_s else ""
        if at in way:
            circle = way[way.index(at) :]
            first = circle.index(min(circle))
            found.append([by_id[name] for name in circle[first:] + circle[:first]])
        seen.update(way)
    return found


__all__ = ["circles_of"]
