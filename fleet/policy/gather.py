"""The facts of a decision, from what the fleet knows at that moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fleet.model.evidence import Observation
from fleet.model.geometry import Pose
from fleet.model.ruling import Choice, Ruled
from fleet.model.site import SiteMap
from fleet.policy.facts import FAR_M, NO_DEADLINE_S, plain, telling
from fleet.supervisor.state import FleetState, Robot

NEAR_M = 2.0
SEEN_WITHIN_S = 30.0
_DAY_S = 86_400.0


def facts_of(
    state: FleetState,
    site: SiteMap,
    choice: Choice,
    subject: Mapping[str, str],
    now_s: float,
    *,
    load: float = 0.0,
    operators: int = 1,
    accountable: str = "",
) -> dict[str, Any]:
    """The facts of `choice`, only those that are known; `fleet.policy.facts.complete` adds the rest.

    Args:
        subject: what it is about, in ids: `task`, `robot`, `object`, `claim`, `place`, `person`, `zone`.
        load: as `fleet.escalation.load.load` gives it.
        operators: how many people are on shift.
        accountable: who answers for what happens by default.
    """
    found = _of_choice(choice)
    found.update(_of_task(state, subject, now_s))
    robot_id = subject.get("robot", "")
    robot = state.robots.get(robot_id)
    if robot_id:
        found["robot"] = robot_id
    if subject.get("rung"):
        found["rung"] = subject["rung"]
    if robot is not None:
        found.update(_of_robot(robot))
    found.update(_of_object(state, site, subject, found))
    found.update(_of_place(state, site, subject, robot, found, now_s))
    if accountable:
        found["accountable"] = accountable
    found["operators"] = operators
    found["load"], found["now_s"], found["hour"] = round(load, 3), round(now_s, 3), round(now_s % _DAY_S / 3600.0, 3)
    return found


def on_record(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as a ruling keeps them: without those that are its choice's anyway, and those that say nothing."""
    return plain(telling({name: value for name, value in facts.items() if name not in _OF_CHOICE}))


def facts_of_ruled(ruled: Ruled) -> dict[str, Any]:
    """The facts that were known when it was ruled."""
    return {**_of_choice(ruled.choice), **ruled.facts}


_OF_CHOICE = frozenset(
    (
        *("decision_class", "severity", "options", "scores", "scores_usable", "conflicts", "marks", "reversible"),
        *("loss_if_wrong", "best_option", "best_score", "margin", "now_s"),
    )
)


def _of_choice(choice: Choice) -> dict[str, Any]:
    scores = tuple(choice.scores)
    usable = len(scores) == len(choice.options) > 0 and all(math.isfinite(s) and 0 <= s <= 1 for s in scores)
    found: dict[str, Any] = {
        "decision_class": choice.decision_class,
        "severity": choice.severity.value,
        "options": tuple(choice.options),
        "scores": tuple(round(float(s), 6) if math.isfinite(s) else 0.0 for s in scores),
        "scores_usable": usable,
        "conflicts": tuple(choice.conflicts),
        "marks": tuple(choice.marks),
        "reversible": "irreversible" not in choice.marks,
    }
    if math.isfinite(choice.loss_if_wrong):
        found["loss_if_wrong"] = float(choice.loss_if_wrong)
    if usable:
        ranked = sorted(range(len(scores)), key=lambda i: -scores[i])
        found["best_option"], found["best_score"] = choice.options[ranked[0]], round(float(scores[ranked[0]]), 6)
        found["margin"] = round(float(scores[ranked[0]] - (scores[ranked[1]] if len(scores) > 1 else 0.0)), 6)
    return found


def _of_task(state: FleetState, subject: Mapping[str, str], now_s: float) -> dict[str, Any]:
    task = state.tasks.get(subject.get("task", ""))
    if task is None:
        return {"task": subject["task"]} if subject.get("task") else {}
    spec, named = task.spec, task.grounded or task.spec.parameters
    slack = spec.deadline_s - now_s if spec.deadline_s is not None else NO_DEADLINE_S
    found = {
        "task": task.task_id,
        "mission": task.mission_id,
        "skill": spec.skill,
        "priority": spec.priority,
        "requested_by": task.requested_by,
        "attempt": task.attempt,
        "slack_s": round(float(slack), 3),
    }
    for fact, keys in (("place", ("to", "place", "target", "dock")), ("person", ("person",)), ("object", ("object",))):
        value = next((named[k] for k in keys if isinstance(named.get(k), str)), None)
        if value is not None:
            found[fact] = value
    if spec.needs.payload_kg is not None:
        found["payload_kg"] = float(spec.needs.payload_kg)
    return found


def _of_robot(robot: Robot) -> dict[str, Any]:
    found: dict[str, Any] = {"robot_model": robot.description.model, "in_contact": robot.in_contact}
    if robot.state is not None:
        found["robot_posture"] = robot.state.posture.value
        found["robot_battery"] = round(float(robot.state.battery_fraction), 3)
        found["holds_load"] = bool(robot.state.held)
    return found


def _of_object(
    state: FleetState, site: SiteMap, subject: Mapping[str, str], known: Mapping[str, Any]
) -> dict[str, Any]:
    object_id = subject.get("object") or str(known.get("object", ""))
    if not object_id:
        return {}
    found: dict[str, Any] = {"object": object_id}
    record = site.objects.get(object_id)
    if record is not None:
        found["object_kind"], found["fragile"] = record.kind, record.fragile
        found["payload_kg"] = float(known.get("payload_kg", record.mass_kg))
    believed = state.objects.get(object_id)
    if believed is not None and believed.zone:
        found["zone"] = believed.zone
    return found


def _of_place(
    state: FleetState,
    site: SiteMap,
    subject: Mapping[str, str],
    robot: Robot | None,
    known: Mapping[str, Any],
    now_s: float,
) -> dict[str, Any]:
    found: dict[str, Any] = {name: subject[name] for name in ("place", "person") if subject.get(name)}
    pose = robot.state.pose if robot is not None and robot.state is not None else None
    zone = subject.get("zone") or (site.zone_at(pose.x, pose.y) if pose is not None else str(known.get("zone", "")))
    if zone:
        found["zone"] = zone
        found["zone_kind"] = site.zones[zone].kind if zone in site.zones else ""
    if pose is not None:
        served = site.people.get(str(found.get("person") or known.get("person", "")))
        away = _distances(state, pose, now_s)
        if served is not None:
            away.append(pose.distance_to(served.approach))
        found["people_near"] = sum(1 for d in away if d <= NEAR_M)
        found["nearest_person_m"] = round(min(away, default=FAR_M), 3)
    return found


def _distances(state: FleetState, pose: Pose, now_s: float) -> list[float]:
    """To each person that somebody saw lately, m, by the newest sight of each."""
    newest: dict[str, tuple[float, float]] = {}
    for observation in state.observations.values():
        if now_s - observation.observed_at_s <= SEEN_WITHIN_S:
            _note_people(observation, pose, newest)
    return [distance for _, distance in newest.values()]


def _note_people(observation: Observation, pose: Pose, newest: dict[str, tuple[float, float]]) -> None:
    for seen in observation.detections:
        if seen.subject_kind != "person":
            continue
        before = newest.get(seen.subject_id)
        if before is None or before[0] < observation.observed_at_s:
            distance = math.hypot(seen.x - pose.x, seen.y - pose.y)
            newest[seen.subject_id] = (observation.observed_at_s, distance)
