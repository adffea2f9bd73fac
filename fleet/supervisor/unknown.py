"""Things that are reported and that nobody knows: on record, and not believed on one word alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from fleet.model import events as ev
from fleet.model.evidence import Detection, Observation
from fleet.supervisor.state import FleetState

_LASTS_S = 2.0  # a camera that still sees it so much later has not seen a flicker


def sort_out(
    state: FleetState, observation: Observation, inventory: Collection[str]
) -> tuple[Observation, tuple[ev.UnknownReported, ...]]:
    """The observation without what is not believed, and those reports of it that are new.

    A thing is believed that is on the inventory, that two sources have seen, or that a camera goes on seeing. A robot
    that makes things up, however often, can so neither block a place nor have others sent to fetch what is not there.
    """
    doubtful = [d for d in observation.detections if _doubtful(state, observation, d, inventory)]
    if not doubtful:
        return observation, ()
    known = state.unknown.get(observation.source, {})
    left = tuple(d for d in observation.detections if d not in doubtful)
    new = tuple(_report(observation, d) for d in doubtful if d.subject_id not in known)
    return replace(observation, detections=left), new


def _doubtful(state: FleetState, seen: Observation, detection: Detection, inventory: Collection[str]) -> bool:
    object_id = detection.subject_id
    if detection.subject_kind != "object" or object_id in inventory or object_id in state.objects:
        return False
    if any(object_id in reported for source, reported in state.unknown.items() if source != seen.source):
        return False
    first_s = state.unknown.get(seen.source, {}).get(object_id)
    lasts = first_s is not None and seen.observed_at_s - first_s >= _LASTS_S
    return seen.source_kind == "robot" or not lasts


def _report(observation: Observation, detection: Detection) -> ev.UnknownReported:
    return ev.UnknownReported(
        source=observation.source,
        object_id=detection.subject_id,
        x=detection.x,
        y=detection.y,
        zone=detection.zone,
        place=detection.place,
        observed_at_s=observation.observed_at_s,
    )
