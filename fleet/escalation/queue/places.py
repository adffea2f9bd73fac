"""Where a question belongs, and whom it concerns."""

from __future__ import annotations

import math

from fleet.model.escalation import Escalation
from fleet.model.site import SiteMap
from fleet.supervisor.state import FleetState

NEAR_M = 2.5
"""A robot this near to a person is near them: a step, an arm, and the way both go on meanwhile (ISO/TS 15066 has no
fixed figure; it depends on speeds)."""
_SEEN_WITHIN_S = 10.0


def zone_of(state: FleetState, site: SiteMap, asked: Escalation) -> str:
    """The zone of its robot, else of its object, else of where its task is to go; empty where none is known."""
    for robot_id in asked.robot_ids:
        report = state.robots[robot_id].state if robot_id in state.robots else None
        if report is not None and (zone := site.zone_at(report.pose.x, report.pose.y)):
            return zone
    for object_id in asked.object_ids:
        believed, record = state.objects.get(object_id), site.objects.get(object_id)
        if believed is not None and believed.zone:
            return believed.zone
        if record is not None and record.place_id in site.places:
            return site.places[record.place_id].zone_id
    for task_id in asked.task_ids:
        to = state.tasks[task_id].grounded.get("to") or state.tasks[task_id].spec.parameters.get("to")
        if isinstance(to, str) and to in site.places:
            return site.places[to].zone_id
    return ""


def people_near(state: FleetState, asked: Escalation, now_s: float) -> int:
    """How many people were lately seen within `NEAR_M` of one of its robots."""
    robots = [r.state.pose for i in asked.robot_ids if (r := state.robots.get(i)) is not None and r.state is not None]
    near: set[str] = set()
    for observation in state.observations.values() if robots else ():
        if now_s - observation.observed_at_s > _SEEN_WITHIN_S:
            continue
        for seen in observation.detections:
            if seen.subject_kind == "person" and any(math.hypot(seen.x - p.x, seen.y - p.y) <= NEAR_M for p in robots):
                near.add(seen.subject_id)
    return len(near)
