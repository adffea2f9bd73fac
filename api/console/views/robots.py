"""The robots as they are now, and where objects are believed to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.console.views.words import task_title
from api.ports import Heard
from api.views import skill_records
from fleet.model.robot import RobotDescription, RobotState
from fleet.model.site import SiteMap
from fleet.supervisor.state import FleetState, Robot

STALE_S = 2.0
"""A robot that was last heard longer ago than this shows its age even before the supervisor calls contact lost."""


def robots_now(state: FleetState, live: Mapping[str, Heard], site: SiteMap) -> list[dict[str, Any]]:
    """Each robot as its newest report has it, with the age of that (steady time, s). A robot that telemetry does not
    know shows the age of what the journal last said of it, in fleet time."""
    return [_robot(state, name, live.get(name), site) for name in sorted({*state.robots, *live})]


def _robot(state: FleetState, name: str, heard: Heard | None, site: SiteMap) -> dict[str, Any]:
    known = state.robots.get(name)
    newest = heard.state if heard else known.state if known else None
    age_s = heard.age_s if heard else None
    row: dict[str, Any] = {"id": name, "model": "", "known": known is not None, "pose": None}
    if known is not None:
        row |= _from_journal(state, known)
    if newest is not None:
        row |= _from_report(newest, site)
        if age_s is None:
            age_s = max(0.0, state.now_s - newest.observed_at_s)
    row["age_s"] = None if age_s is None else round(age_s, 2)
    row["silent"] = age_s is None or age_s > STALE_S or (known is not None and not known.in_contact)
    row["state"] = condition(row)
    return row


def condition(row: Mapping[str, Any]) -> str:
    """The one word that decides how a robot is drawn; what needs attention most comes first."""
    if row.get("posture") == "fallen":
        return "fallen"
    if row["pose"] is None:
        return "unheard"
    if row["silent"]:
        return "silent"
    if row.get("e_stop") or row.get("health") == "fault":
        return "fault"
    if row.get("lease_person"):
        return "taken_over"
    if row.get("holding") or row.get("held_because"):
        return "holding"
    if row.get("aside_because") or row.get("health") == "degraded":
        return "aside"
    return "working" if row.get("task") else "idle"


def _from_journal(state: FleetState, robot: Robot) -> dict[str, Any]:
    task = state.task_of(robot.description.robot_id)
    return {
        "model": robot.description.model,
        "vendor": robot.description.vendor,
        "radius_m": robot.description.footprint_radius_m,
        "in_contact": robot.in_contact,
        "contact_changed_s": robot.contact_changed_s,
        "aside_because": robot.aside_because,
        "held_because": robot.held_because,
        "held_by": robot.held_by,
        "lease_person": robot.lease_person,
        "record": _record(state, robot.description.robot_id),
        "unknown_things": list(state.unknown.get(robot.description.robot_id, {})),
        "tasks_done": robot.tasks_done,
        "busy_s": robot.busy_s,
        "task": None
        if task is None
        else {
            "id": task.task_id,
            "title": task_title(task),
            "state": task.state.value,
            "phase": task.phase,
            "fraction": task.fraction,
            "why": task.spec.why,
        },
    }


def _record(state: FleetState, robot_id: str) -> list[dict[str, Any]]:
    """What it has shown at each skill: whether its word was good, and whether it saw its tasks through."""
    return [
        {
            "skill": row["skill"],
            "claims": [row["claims_true"], row["claims_false"]],
            "honesty": row["honesty"],
            "attempts": [row["attempts_done"], row["attempts_failed"]],
            "competence": row["competence"],
        }
        for row in skill_records(state, robot_id)
    ]


def _from_report(heard: RobotState, site: SiteMap) -> dict[str, Any]:
    return {
        "pose": [round(heard.pose.x, 3), round(heard.pose.y, 3), round(heard.pose.yaw, 3)],
        "zone": site.zone_at(heard.pose.x, heard.pose.y),
        "posture": heard.posture.value,
        "battery": round(heard.battery_fraction, 3),
        "held": list(heard.held),
        "stability": round(heard.stability, 2),
        "e_stop": heard.e_stop,
        "health": heard.health.value,
        "health_detail": heard.health_detail,
        "mode": heard.mode.value,
        "docked_at": heard.docked_at or "",
        "holding": heard.holding,
        "hold_because": heard.hold_because,
        "speed_mps": round(heard.speed_mps, 2),
        "observed_at_s": round(heard.observed_at_s, 2),
    }


def descriptions(state: FleetState) -> dict[str, dict[str, Any]]:
    """What each robot is: capabilities with limits, and every figure with how far it may be trusted."""
    return {name: _description(robot.description) for name, robot in state.robots.items()}


def _description(of: RobotDescription) -> dict[str, Any]:
    return {
        "model": of.model,
        "vendor": of.vendor,
        "host": of.host,
        "height_m": of.height_m,
        "mass_kg": of.mass_kg,
        "payload_kg": of.payload_kg,
        "max_speed_mps": of.max_speed_mps,
        "battery_wh": of.battery_wh,
        "skills": [
            {"skill": c.skill, "payload_kg": c.max_payload_kg, "speed_mps": c.speed_mps, "hands": c.hands}
            for c in of.capabilities
        ],
        "figures": [
            {"name": name, "value": f.value, "unit": f.unit, "status": f.status.value, "source": f.source}
            for name, f in of.figures.items()
        ],
    }


def objects_now(state: FleetState, site: SiteMap) -> list[dict[str, Any]]:
    """Where each object is believed to be and on whose word; the inventory's places stand until somebody saw more."""
    rows = []
    for object_id in sorted({*state.objects, *site.objects}):
        record, believed = site.objects.get(object_id), state.objects.get(object_id)
        row: dict[str, Any] = {
            "id": object_id,
            "kind": record.kind if record else "object",
            "attributes": dict(record.attributes) if record else {},
        }
        if believed is not None:
            row |= {
                "x": round(believed.x, 3),
                "y": round(believed.y, 3),
                "place": believed.place,
                "zone": believed.zone,
                "holder": believed.holder,
                "source": believed.source,
                "at_s": believed.observed_at_s,
                "confidence": believed.confidence,
            }
        elif record is not None and record.place_id in site.places:
            place = site.places[record.place_id]
            spot = place.surface or place.approach
            row |= {"x": spot.x, "y": spot.y, "place": place.place_id, "zone": place.zone_id, "holder": ""}
            row |= {"source": "inventory", "at_s": None, "confidence": None}
        else:
            continue
        rows.append(row)
    return rows
