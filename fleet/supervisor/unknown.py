"""Things that robots report and that nobody knows: on record, and not believed on one robot's word alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from fleet.model import events as ev
from fleet.model.evidence import Detection, Observation
from fleet.supervisor.state import FleetState


def sort_out(
    state: FleetState, observation: Observation, inventory: Collection[str]
) -> tuple[Observation, tuple[ev.UnknownReported, ...]]:
    """The observation without what is not believed, and those reports of it that are new.

    A thing is believed that is on the inventory, that somebody else has seen, or that the site's own sensors see. A
    robot that makes things up can so neither block a place nor have others sent to fetch what is not there.
    """
    if observation.source_kind != "robot":
        return observation, ()
    doubtful = [d for d in observation.detections if _doubtful(state, observation.source, d, inventory)]
    if not doubtful:
        return observation, ()
    known = state.unknown.get(observation.source, {})
    left = tuple(d for d in observation.detections if d not in doubtful)
    new = tuple(_report(observation, d) for d in doubtful if d.subject_id not in known)
    return replace(observation, detections=left), new


def _doubtful(state: FleetState, robot_id: str, detection: Detection, inventory: Collection[str]) -> bool:
    object_id = detection.subject_id
    if detection.subject_kind != "object" or object_id in inventory or object_id in state.objects:
        return False
    return not any(object_id in reported for other, reported in state.unknown.items() if other != robot_id)


def _report(observation: Observation, detection: Detection) -> ev.UnknownReported:
    return ev.UnknownReported(
        robot_id=observation.source,
        object_id=detection.subject_id,
        x=detection.x,
        y=detection.y,
        zone=detection.zone,
        place=detection.place,
        observed_at_s=observation.observed_at_s,
    )
