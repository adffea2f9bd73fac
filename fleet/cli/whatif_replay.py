"""A track of a whole world, cut down to what a person looks for: a few subjects, a few dozen moments."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fleet.model.prediction import Replay
from sim_worlds.rollouts import OptionOutcome, Track

MOST_FRAMES = 40
MOST_SUBJECTS = 10
_AFTER_S = 2.0  # shown on after success
_MOVED_M = 0.3
_NEAR_M = 4.0
_DIGITS = 2

Point = tuple[float, float]


class _Subject(NamedTuple):
    name: str
    kind: str
    path: list[Point]


def replay_of(outcome: OptionOutcome, about: Sequence[str]) -> Replay | None:
    """The median run of an option. None where no track was kept.

    Args:
        about: ids that the question or the option is about; then come robots whose paths the option changes most, and
            people who come near them.
    """
    track = outcome.replay
    if track is None or not track.robots:
        return None
    stride, shown = _moments(track, outcome)
    chosen = _chosen([s for s in _subjects(track, shown)], about)
    return Replay(
        period_s=stride / track.rate_hz,
        subjects=tuple(s.name for s in chosen),
        kinds=tuple(s.kind for s in chosen),
        frames=tuple(tuple(s.path[k] for s in chosen) for k in range(len(shown))),
    )


def _moments(track: Track, outcome: OptionOutcome) -> tuple[int, range]:
    """Which frames of the track are shown: up to a little after success, so few that all of them fit."""
    last = len(track.robots) - 1
    run = next((r for r in outcome.runs if r.run == outcome.median_run), None)
    if run is not None and run.success_s is not None:
        last = min(last, math.ceil((run.success_s + _AFTER_S) * track.rate_hz))
    stride = max(math.ceil((last + 1) / MOST_FRAMES), 1)
    return stride, range(0, last + 1, stride)


def _subjects(track: Track, shown: range) -> Iterable[_Subject]:
    for kind, names, rows in (
        ("robot", track.robot_ids, track.robots),
        ("person", track.person_ids, track.people),
        ("box", track.box_ids, track.boxes),
    ):
        for i, name in enumerate(names):
            yield _Subject(name, kind, [_point(rows[k][i]) for k in shown])


def _point(pose: tuple[float, float, float]) -> Point:
    return round(pose[0], _DIGITS), round(pose[1], _DIGITS)


def _chosen(subjects: Sequence[_Subject], about: Sequence[str]) -> list[_Subject]:
    rank = {name: i for i, name in enumerate(about)}
    named = sorted((s for s in subjects if s.name in rank), key=lambda s: rank[s.name])
    movers = [s for s in subjects if s.kind == "robot" and s.name not in rank and _moved_m(s) > _MOVED_M]
    movers.sort(key=lambda s: (_gap_m(s, named) if named else 0.0, -_moved_m(s), s.name))
    people = [s for s in subjects if s.kind == "person" and s.name not in rank]
    near = [s for s in people if _gap_m(s, [*named, *movers[:3]]) < _NEAR_M]
    return [*named, *near, *movers][:MOST_SUBJECTS]


def _moved_m(subject: _Subject) -> float:
    x0, y0 = subject.path[0]
    return max(math.hypot(x - x0, y - y0) for x, y in subject.path)


def _gap_m(subject: _Subject, others: Sequence[_Subject]) -> float:
    """The least distance to any of the others at the same moment; infinite where there are none."""
    gaps = (math.dist(a, b) for other in others for a, b in zip(subject.path, other.path, strict=True))
    return min(gaps, default=math.inf)
