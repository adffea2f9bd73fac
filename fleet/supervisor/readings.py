"""From plans to tasks as they would be made here and now: rooms become free places, and everything is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.escalation.instructions import Reading
from fleet.grounding.interpret import ANY_DOCK, Interpretation, StepRead, waiting_s
from fleet.grounding.plans import Plan, PlanStep
from fleet.grounding.world import Known, from_site
from fleet.model.errors import InvalidField
from fleet.model.escalation import GroundingCheck
from fleet.model.instructions import Proposed, ProposedPlan
from fleet.model.site import PlaceKind, SiteMap
from fleet.model.skills import SKILLS, TEAM_SKILLS, check_parameters
from fleet.supervisor.grounding import unknown_names
from fleet.supervisor.state import FleetState

_PHRASES = {
    "carry": "carry {object} to {to}",
    "hand_over": "hand {object} to {person}",
    "inspect": "inspect {target}",
    "walk_to": "walk to {place}",
    "pick": "pick up {object}",
    "wait": "wait {seconds} s",
}


@dataclass(frozen=True, slots=True)
class Here:
    """Where an instruction is read: what is known of the fleet, and the site."""

    state: FleetState
    site: SiteMap


def known_here(here: Here) -> Known:
    """What the fleet knows of: the map, the inventory where things are believed to be now, people, robots."""
    where = {key: b.holder or b.place or b.zone for key, b in here.state.objects.items()}
    return from_site(here.site, where, here.state.robots)


def reading_of(here: Here, read: Interpretation, plan: Plan) -> Reading:
    """The tasks of a plan, with what must hold."""
    promised: set[str] = set()
    steps, checks = [], []
    for said, step in zip(read.steps, plan.steps, strict=True):
        parameters, found = _parameters(here, said, step, promised)
        team = said.sentence.team if step.skill in TEAM_SKILLS else 1
        steps.append({"skill": step.skill, "parameters": parameters, **({"team": team} if team > 1 else {})})
        checks += [*found, *_able(here, step.skill, parameters, team)]
    return Reading(
        steps=tuple(steps),
        label=label_of(steps),
        score=plan.score,
        because=plan.because,
        checks=tuple(checks),
        details=_details(here, steps),
    )


def _details(here: Here, steps: Iterable[dict[str, Any]]) -> str:
    """How the objects of these tasks look, and where they are believed to be."""
    said = []
    for object_id in dict.fromkeys(str(s["parameters"].get("object", "")) for s in steps):
        record, believed = here.site.objects.get(object_id), here.state.objects.get(object_id)
        if record is None:
            continue
        where = (believed.holder or believed.place or believed.zone) if believed else record.place_id or "unknown place"
        said.append(f"{object_id}: {', '.join((*record.attributes.values(), f'at {where}'))}")
    return "; ".join(said)


def near_readings(here: Here, read: Interpretation) -> list[Reading]:
    """What comes nearest where nothing fits: things of which something that was said is not so. Struck out."""
    made = []
    for said in read.steps:
        for object_id, against in said.near if not said.objects and not said.it else ():
            parameters: dict[str, Any] = {"object": object_id}
            targets = said.targets or ()
            if targets:
                step = PlanStep(skill=said.skills[0].value, object_id=object_id, target=targets[0].value)
                parameters, _ = _parameters(here, said, step, set())
            skill = said.skills[0].value
            check = GroundingCheck(name="is what was said", ok=False, detail=f"{object_id}, {against}")
            steps = ({"skill": skill, "parameters": parameters},)
            made.append(
                Reading(steps=steps, label=label_of(steps), score=0.0, because="comes near it", checks=(check,))
            )
    return made[:5]


def proposed_readings(here: Here, proposed: Proposed | None) -> list[Reading]:
    """What a language model proposed, held against what exists here; what does not exist is struck out and said."""
    if proposed is None:
        return []
    return [_proposed(here, plan, proposed.model) for plan in proposed.plans]


def _proposed(here: Here, plan: ProposedPlan, model: str) -> Reading:
    steps, checks = [], []
    for step in plan.steps:
        parameters: dict[str, Any] = dict(step.parameters)
        if step.skill == "wait" and str(parameters.get("seconds", "")).replace(".", "", 1).isdigit():
            parameters["seconds"] = float(parameters["seconds"])
        steps.append({"skill": step.skill, "parameters": parameters})
        problem = _unusable(here.site, step.skill, parameters)
        name = "exists"
        if problem:
            checks.append(GroundingCheck(name=name, ok=False, detail=f"proposed by {model}; {problem}"))
        else:
            checks.append(GroundingCheck(name=name, ok=True, detail=f"proposed by {model}; all that it names exists"))
            checks += _able(here, step.skill, parameters)
    return Reading(
        steps=tuple(steps),
        label=label_of(steps),
        score=plan.score,
        because=f"proposed by {model}",
        checks=tuple(checks),
        source=model,
    )


def _unusable(site: SiteMap, skill: str, parameters: dict[str, Any]) -> str:
    """What is wrong with a task that a language model made up; empty if nothing is."""
    if skill not in SKILLS:
        return f"skill {skill!r} does not exist"
    for name, value, _ in unknown_names(site, parameters):
        return f"{name.removeprefix('parameters.')} {value!r} does not exist"
    try:
        check_parameters(skill, parameters)
    except InvalidField as error:
        return f"{error.field.removeprefix('parameters.')}: {error.value!r}, expected {error.expected}"
    to, dock = parameters.get("to"), parameters.get("dock")
    if to is not None and site.places[str(to)].surface is None:
        return f"to {to!r}: nothing can be put down there"
    if dock is not None and site.places[str(dock)].kind is not PlaceKind.DOCK:
        return f"dock {dock!r} is no dock"
    return ""


def label_of(steps: Iterable[dict[str, Any]]) -> str:
    """The tasks in words: `carry blue_1 to table_1, then inspect corridor`."""
    said = []
    for step in steps:
        given = {k: str(v) for k, v in step["parameters"].items()}
        phrase = _PHRASES.get(step["skill"], "")
        if step["skill"] == "dock":
            said.append(f"go to {given.get('dock', 'any dock')} and charge")
        elif phrase and all(f"{{{name}}}" not in phrase or name in given for name in _names(phrase)):
            together = f", {step['team']} robots together" if step.get("team", 1) > 1 else ""
            said.append(phrase.format(**given) + together)
        else:
            said.append(" ".join((str(step["skill"]), *(f"{k} {v}" for k, v in given.items()))))
    return ", then ".join(said)


def _names(phrase: str) -> list[str]:
    return [part.split("}")[0] for part in phrase.split("{")[1:]]


# ---- parameters ---------------------------------------------------------------------------------------------


def _parameters(
    here: Here, said: StepRead, step: PlanStep, promised: set[str]
) -> tuple[dict[str, Any], list[GroundingCheck]]:
    """The task's parameters, and checks of what had to be chosen for them."""
    if step.skill == "wait":
        return {"seconds": waiting_s(said.sentence) or 0.0}, []
    if step.skill == "dock":
        return ({} if step.target == ANY_DOCK else {"dock": step.target}), []
    if step.skill == "inspect":
        return {"target": step.target}, []
    if step.skill == "walk_to":
        return {"place": _station(here.site, step.target)}, []
    if step.skill == "pick":
        return {"object": step.object_id}, []
    if step.skill == "hand_over":
        return {"object": step.object_id, "person": step.target}, []
    place, check = _put_down(here, step, promised)
    return {"object": step.object_id, "to": place}, [check] if check is not None else []


def _put_down(here: Here, step: PlanStep, promised: set[str]) -> tuple[str, GroundingCheck | None]:
    """Where in a room: the first place that is believed to be free and promised to nobody."""
    if step.target not in here.site.zones:
        return step.target, None
    slots = [p.place_id for p in here.site.places.values() if p.zone_id == step.target and p.surface is not None]
    free = [p for p in slots if p not in _taken(here) | promised]
    if not free:
        return slots[0], GroundingCheck(name="has room", ok=False, detail=f"no place in {step.target} is free")
    promised.add(free[0])
    return free[0], GroundingCheck(
        name="has room", ok=True, detail=f"{free[0]} in {step.target} is believed to be free"
    )


def _taken(here: Here) -> set[str]:
    """Where something stands (what is to be brought, too), or is to be put down by an open task."""
    site, state = here.site, here.state
    stands = {b.place for b in state.objects.values() if b.place and not b.holder}
    stands |= {o.place_id for o in site.objects.values() if o.place_id and o.object_id not in state.objects}
    ends = (t.grounded.get("to", t.spec.parameters.get("to")) for t in state.open_tasks())
    return {str(p) for p in (*stands, *ends) if p}


def _station(site: SiteMap, target: str) -> str:
    """Where to stand in a room: its first station, else any place of it."""
    if target not in site.zones:
        return target
    inside = [p for p in site.places.values() if p.zone_id == target]
    return next((p.place_id for p in (*(p for p in inside if p.kind is PlaceKind.STATION), *inside)), target)


def _able(here: Here, skill: str, parameters: dict[str, Any], team: int = 1) -> Sequence[GroundingCheck]:
    """Whether a robot of this fleet, or a team of so many, could do it at all."""
    if "place" in parameters and parameters["place"] not in here.site.places:
        detail = f"{parameters['place']} has no place to stand at"
        return (GroundingCheck(name="can be reached", ok=False, detail=detail),)
    record = here.site.objects.get(str(parameters.get("object", "")))
    load_kg = record.mass_kg if record is not None else 0.0
    able = []
    for robot_id, robot in here.state.robots.items():
        capability = robot.description.capability(skill)
        if capability is None or capability.team < team:
            continue
        if load_kg / team <= (capability.max_payload_kg or robot.description.payload_kg):
            able.append(robot_id)
    listed = ", ".join(able[:6]) + (f" and {len(able) - 6} more" if len(able) > 6 else "")
    weight = f"{record.object_id} weighs {load_kg:g} kg; " if record is not None else ""
    return (
        GroundingCheck(
            name="a robot can do it" if team == 1 else f"{team} robots can do it together",
            ok=len(able) >= team,
            detail=f"{weight}could: {listed or 'none on this site'}",
        ),
    )
