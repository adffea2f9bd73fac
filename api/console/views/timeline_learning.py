"""What the fleet found out, in words: about robots, things, and its own rulings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views.words import plainly
from fleet.model import events as ev

Line = tuple[str, str, str]


def _unknown(event: ev.UnknownReported) -> Line:
    where = event.place or event.zone or f"({event.x:.1f}, {event.y:.1f})"
    text = f"{event.source} reports {event.object_id} at {where}; nobody knows of it, so it is not believed"
    return "evidence", "notice", text


def _level(event: ev.LevelMoved) -> Line:
    found = "no right option was in the gate's set" if event.missed else "the right option was in the gate's set"
    what = plainly(event.decision_class)
    return "question", "minor", f"{what}: {found}; it may now miss {event.level:.1%} ({event.because})"


def _reviewed(event: ev.RulingReviewed) -> Line:
    verdict = plainly(event.verdict.value)
    return "question", "", f"{event.by} looked at what was decided in {event.ruling_id}: {verdict} ({event.reason})"


def _elsewhere(event: ev.RobotSeenElsewhere) -> Line:
    text = f"{event.source} sees {event.robot_id} {event.apart_m:.1f} m from where it says it is"
    return "evidence", "notice", text


def _in_place(event: ev.RobotSeenInPlace) -> Line:
    return "evidence", "minor", f"{event.source} sees {event.robot_id} where it says it is again"


def _trusted(event: ev.ReportTrusted) -> Line:
    text = f"{event.by} looked: {event.robot_id} is where it says it is; cameras are not heeded on that for a while"
    return "evidence", "notice", text


SAYERS: dict[type, Callable[[Any], Line]] = {
    ev.UnknownReported: _unknown,
    ev.LevelMoved: _level,
    ev.RulingReviewed: _reviewed,
    ev.RobotSeenElsewhere: _elsewhere,
    ev.RobotSeenInPlace: _in_place,
    ev.ReportTrusted: _trusted,
}
