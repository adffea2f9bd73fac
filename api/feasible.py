"""What can be said at once of work that nobody here could ever do. Everything finer is the supervisor's."""

from __future__ import annotations

from collections.abc import Mapping

from api.problems import FieldError, invalid_fields
from fleet.model.requests import SubmitMission
from fleet.model.robot import RobotDescription
from fleet.model.site import PlaceKind, SiteMap
from fleet.model.skills import TEAM_SKILLS, skill_named
from fleet.model.tasks import TaskSpec
from fleet.supervisor.grounding import candidates, unknown_names
from fleet.supervisor.state import FleetState


def check_work(
    body: SubmitMission, state: FleetState, site: SiteMap, *, prefix: str = "", single: bool = False
) -> None:
    """Raises a 422 `Problem` with every field that names nothing, or asks for what no robot here can do. `prefix` is
    where the mission is in the caller's body; of a `single` task the fields are at the top."""
    errors: list[FieldError] = []
    spec = body.mission
    if spec.directive_id is not None and body.directive is None and spec.directive_id not in state.directives:
        errors.append(FieldError(f"{prefix}directive_id", spec.directive_id, "a directive that was given before"))
    own = {task.task_id for task in spec.tasks}
    for index, task in enumerate(spec.tasks):
        where = "" if single else f"{prefix}tasks[{index}]."
        for j, needed in enumerate(task.depends_on):
            if needed not in own and needed not in state.tasks:
                errors.append(
                    FieldError(f"{where}depends_on[{j}]", needed, "a task of this mission, or an earlier one")
                )
        errors += [FieldError(where + e.field, e.value, e.expected) for e in _task_errors(task, state, site)]
    if errors:
        raise invalid_fields(errors)


def _task_errors(task: TaskSpec, state: FleetState, site: SiteMap) -> list[FieldError]:
    errors = [FieldError(*wrong) for wrong in unknown_names(site, task.parameters)]
    dock = site.places.get(str(task.parameters.get("dock", "")))
    if dock is not None and dock.kind is not PlaceKind.DOCK:
        known = ", ".join(place.place_id for place in site.docks())
        errors.append(FieldError("parameters.dock", dock.place_id, f"a charging dock: {known}"))
    description = task.parameters.get("object")
    if isinstance(description, Mapping) and not candidates(site, description):
        expected = "a description that fits something in the site's inventory"
        errors.append(FieldError("parameters.object", dict(description), expected))
    if not errors and state.robots:
        errors += _robot_errors(task, state, site)
    return errors


def _robot_errors(task: TaskSpec, state: FleetState, site: SiteMap) -> list[FieldError]:
    descriptions = {robot_id: robot.description for robot_id, robot in state.robots.items()}
    if task.robot_id is not None:
        if task.robot_id not in descriptions:
            return [FieldError("robot_id", task.robot_id, "one of: " + ", ".join(descriptions))]
        descriptions = {task.robot_id: descriptions[task.robot_id]}
    payload_kg, field = payload_of(task, site)
    reasons = {robot_id: _obstacle(d, task, payload_kg) for robot_id, d in descriptions.items()}
    if not all(reasons.values()):
        return []
    listed = "; ".join(f"{robot_id}: {reason}" for robot_id, reason in list(reasons.items())[:20])
    if len(reasons) > 20:
        listed += f"; and {len(reasons) - 20} more"
    what = "something that robot can do" if task.robot_id else "something a robot here can do"
    if payload_kg > 0 and all("kg" in reason for reason in reasons.values()):
        value = payload_kg if field == "needs.payload_kg" else task.parameters.get("object")
        return [FieldError(field, value, f"a load that a robot here can take; {listed}")]
    return [FieldError("robot_id" if task.robot_id else "skill", task.robot_id or task.skill, f"{what}; {listed}")]


def payload_of(task: TaskSpec, site: SiteMap) -> tuple[float, str]:
    """The load in kg and the field it comes from. Of several things that fit a description, the lightest counts."""
    if task.needs.payload_kg is not None:
        return task.needs.payload_kg, "needs.payload_kg"
    named = task.parameters.get("object")
    if not skill_named(task.skill).moves_object or named is None:
        return 0.0, "needs.payload_kg"
    if isinstance(named, Mapping):
        return min((record.mass_kg for record in candidates(site, named)), default=0.0), "parameters.object"
    record = site.objects.get(named)
    return (record.mass_kg if record else 0.0), "parameters.object"


def _obstacle(description: RobotDescription, task: TaskSpec, payload_kg: float) -> str:
    """Why this robot can never do it; empty when it could."""
    needs = task.needs
    capability = description.capability(task.skill)
    if capability is None:
        return f"no skill {task.skill}"
    if needs.models and description.model not in needs.models:
        return f"model {description.model}"
    if capability.hands < needs.hands:
        return f"{capability.hands} hands < {needs.hands}"
    if lacking := needs.lacking(capability, description.max_speed_mps):
        return lacking
    share_kg = payload_kg / task.team
    if share_kg > capability.max_payload_kg + 1e-9:
        return f"{share_kg:g} kg > {capability.max_payload_kg:g} kg"
    if task.team > 1 and task.skill not in TEAM_SKILLS:
        return f"robots do not {task.skill} in teams"
    if capability.team < task.team:
        return f"teams of at most {capability.team}" if capability.team > 1 else "works only alone"
    return "ruled out" if description.robot_id in needs.not_robots else ""
