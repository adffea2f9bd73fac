"""Checks of a scenario that need its site and robots: what it names must be there, what it expects must be possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from fleet.deployment.fields import Source
from fleet.model.closures import closable
from fleet.model.site import PlaceKind, SiteMap
from fleet.model.skills import SKILLS, ParameterKind
from fleet.scenario.arrivals import draws_later
from fleet.scenario.expect import AtEnd, Bound, Expectation, Within
from fleet.scenario.measures import MEASURES
from fleet.scenario.pattern import Pattern, Wanted
from fleet.scenario.spec import Mission, Scenario, Template

_FIELD_KINDS = {
    "robot_id": "robot",
    "robot_ids": "robot",
    "task_id": "task",
    "task_ids": "task",
    "mission_id": "mission",
    "object_id": "object",
    "object_ids": "object",
    "fault_id": "fault",
    "zone": "zone",
    "from_zone": "zone",
    "place": "place",
    "dock": "place",
    "door_id": "door",
}
_SUBJECT_KINDS = {"task": "task", "mission": "mission", "robot": "robot", "box": "object", "body": "robot"}


def check_arrivals(scenario: Scenario, site: SiteMap, robots: Sequence[str]) -> None:
    """Raise `FileError` for a task about something that the site has not got, or for a robot that is not there."""
    in_script = set()
    for i, arrival in enumerate(scenario.spec.arrivals):
        where = scenario.source.find(f"arrivals[{i}]")
        if arrival.text is not None:
            in_script.add(arrival.id or f"said-{i + 1}")
            continue  # what it means is the fleet's to find out
        mission = _mission_at(scenario, i)
        in_script.add(mission.mission_id)
        tasks = where.find("mission.tasks" if arrival.mission is not None else "tasks")
        _check_mission(mission, tasks, where, site, robots)
    for mission in scenario.scripted:
        if mission.mission_id not in in_script:
            _check_mission(mission, None, scenario.source.find("trace"), site, robots)
    for i, stream in enumerate(scenario.spec.streams):
        for j, template in enumerate(stream.mix):
            _check_template(template, scenario.source.find(f"streams[{i}].mix[{j}]"), site, robots)
    for i, act in enumerate(scenario.spec.interventions):
        if act.robot is not None and act.robot not in robots:
            scenario.source.find(f"interventions[{i}].robot").fail("one of " + ", ".join(robots))
        if act.what is not None and act.what not in closable(site):
            scenario.source.find(f"interventions[{i}].what").fail("one of " + ", ".join(closable(site)))


def _mission_at(scenario: Scenario, index: int) -> Mission:
    given = scenario.spec.arrivals[index].mission
    mission_id = str(given["mission_id"]) if given and "mission_id" in given else f"arrival-{index + 1}"
    return next(m for m in scenario.scripted if m.mission_id == mission_id)


def _check_mission(mission: Mission, tasks: Source | None, at: Source, site: SiteMap, robots: Sequence[str]) -> None:
    """`tasks` is the list in the file; without one (a trace) it is complained of at `at`."""
    for n, task in enumerate(mission.plain["tasks"]):
        where = tasks.items()[n] if tasks is not None else at
        _check_task(task["skill"], task.get("parameters", {}), task.get("robot_id"), where, site, robots)


def _check_template(template: Template, at: Source, site: SiteMap, robots: Sequence[str]) -> None:
    if template.skill not in SKILLS:
        at.find("skill").fail("one of " + ", ".join(sorted(SKILLS)))
    known = {p.name for p in SKILLS[template.skill].parameters}
    for name, value in template.parameters.items():
        if name not in known:
            at.find(f"parameters.{name}").fail(f"{template.skill} takes " + (", ".join(sorted(known)) or "nothing"))
        if draws_later(value):
            how, where = next(iter(value.items()))
            wanted = {"from": "object", "free_in": "to"}[how]
            if name != wanted:
                at.find(f"parameters.{name}").fail(f"{{{how}: ...}} only for the parameter {wanted}", how)
            for place in where if isinstance(where, list) else [where]:
                if place not in site.places and place not in site.zones:
                    at.find(f"parameters.{name}.{how}").fail("zones or places of the site", place)
    for p in SKILLS[template.skill].parameters:
        if p.required and p.name not in template.parameters:
            at.fail(f"the parameter {p.name}: {p.help or p.kind.value}", f"no parameter {p.name}")
    fixed = {k: v for k, v in template.parameters.items() if not draws_later(v)}
    for name, value in fixed.items():
        for choice in value if isinstance(value, list) else [value]:
            _check_task(template.skill, {name: choice}, template.robot_id, at, site, robots)


def _check_task(
    skill: str, parameters: Mapping[str, Any], robot: Any, at: Source, site: SiteMap, robots: Sequence[str]
) -> None:
    there: dict[ParameterKind, list[str]] = {
        ParameterKind.OBJECT: list(site.objects),
        ParameterKind.PLACE: list(site.places),
        ParameterKind.PERSON: list(site.people),
        ParameterKind.ZONE_OR_PLACE: [*site.zones, *site.places],
    }
    for p in SKILLS[skill].parameters:
        value = parameters.get(p.name)
        if isinstance(value, str) and p.kind in there and value not in there[p.kind]:
            at.find(f"parameters.{p.name}").fail(f"a {p.kind.value} of the site: " + ", ".join(there[p.kind]), value)
        if skill == "dock" and isinstance(value, str) and site.places[value].kind is not PlaceKind.DOCK:
            at.find(f"parameters.{p.name}").fail("a dock", value)
    if robot is not None and robot not in robots:
        at.find("robot_id").fail("one of " + ", ".join(robots), robot)


# Expectations that could never be evaluated, or never be kept


def check_expectations(scenario: Scenario, known: Mapping[str, Sequence[str]], *, truth: bool) -> None:
    """Raise `FileError` for an expectation that can never be evaluated in this scenario.

    `known` are the ids that there are, by kind; tasks and missions of streams are made as the run goes on. With
    `truth` False, expectations that need the world itself stay unevaluated; at least one must be left.
    """
    for expectation in scenario.expectations:
        _check_claim(expectation, scenario, known)
        for pattern in expectation.claim.patterns:
            _check_pattern(pattern, expectation.source, scenario, known)
    if not truth and all(e.needs_truth for e in scenario.expectations):
        at = scenario.source.find("expect")
        at.fail("over ROS: at least one expectation on the journal; these need the world itself", "none")


def _check_claim(expectation: Expectation, scenario: Scenario, known: Mapping[str, Sequence[str]]) -> None:
    claim, spec = expectation.claim, scenario.spec
    if isinstance(claim, Within) and claim.seconds >= spec.within_s:
        expectation.source.find("within_s").fail(f"a time shorter than the scenario's own within_s ({spec.within_s:g})")
    if isinstance(claim, Bound) and MEASURES[claim.measure].people and not known["person"]:
        expectation.source.find("bound").fail("people: without any, this is never measured", claim.measure)
    if isinstance(claim, AtEnd):
        kind = _SUBJECT_KINDS[claim.subject]
        _check_id(claim.which, kind, expectation.source.find("at_end"), scenario, known)


def _check_pattern(pattern: Pattern, at: Source, scenario: Scenario, known: Mapping[str, Sequence[str]]) -> None:
    for path, wanted in pattern.where.items():
        kind = _FIELD_KINDS.get(path.rsplit(".", 1)[-1])
        if kind is not None:
            for value in _texts(wanted):
                _check_id(value, kind, at, scenario, known)
    if pattern.kind in ("fault_started", "fault_ended") and not known["fault"]:
        at.fail("faults in the scenario: without any, this never happens", pattern.kind)
    if pattern.kind in ("operator_left", "operator_returned") and not scenario.spec.operator.goes_away:
        at.fail("an operator who goes_away: without that, this never happens", pattern.kind)


def _texts(wanted: Wanted) -> list[str]:
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return [v.removeprefix("!") for v in values if isinstance(v, str) and v and not v.startswith("$")]


def _check_id(value: str, kind: str, at: Source, scenario: Scenario, known: Mapping[str, Sequence[str]]) -> None:
    if kind in ("task", "mission") and scenario.spec.streams:
        return  # their ids are made as the run goes on
    if not any(fnmatchcase(name, value) for name in known[kind]):
        at.fail(f"the id of a {kind}: " + (", ".join(known[kind]) or f"there is no {kind}"), value)
