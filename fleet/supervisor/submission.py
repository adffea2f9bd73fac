"""Whether a mission makes sense here and now, judged by the one who will carry it out."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from fleet.escalation.answers import Refusal
from fleet.model.errors import InvalidField
from fleet.model.site import PlaceKind
from fleet.model.skills import check_parameters
from fleet.model.tasks import Directive, MissionSpec, TaskSpec
from fleet.supervisor.draft import Draft
from fleet.supervisor.grounding import unknown_names


def check_mission(draft: Draft, mission: MissionSpec, directive: Directive | None) -> None:
    """Raise `Refusal` naming the first field that is wrong."""
    if mission.mission_id in draft.state.missions:
        raise Refusal("conflict", f"there is a mission {mission.mission_id!r} already", "mission_id")
    if not mission.tasks:
        raise Refusal("invalid", "a mission needs at least one task", "tasks")
    if directive is not None and directive.directive_id in draft.state.directives:
        raise Refusal("conflict", f"there is a directive {directive.directive_id!r} already", "directive_id")
    if directive is None and mission.directive_id is not None and mission.directive_id not in draft.state.directives:
        raise Refusal("not_found", f"no directive named {mission.directive_id!r}", "directive_id")
    own = [t.task_id for t in mission.tasks]
    for index, task in enumerate(mission.tasks):
        where = f"tasks[{index}]"
        if own.count(task.task_id) > 1 or task.task_id in draft.state.tasks:
            raise Refusal("conflict", f"there is a task {task.task_id!r} already", f"{where}.task_id")
        _check_task(draft, task, where, set(own))
    circle = find_circle({t.task_id: t.depends_on for t in mission.tasks})
    if circle:
        raise Refusal("invalid", f"tasks wait for each other in a circle: {' -> '.join(circle)}", "tasks")


def _check_task(draft: Draft, task: TaskSpec, where: str, own: set[str]) -> None:
    try:
        check_parameters(task.skill, task.parameters)
    except InvalidField as error:
        raise Refusal("invalid", str(error), f"{where}.{error.field}") from error
    for field, value, expected in unknown_names(draft.context.site, task.parameters):
        raise Refusal("invalid", f"{field}: got {value!r}, expected {expected}", f"{where}.{field}")
    _check_place_kinds(draft, task, where)
    for name in task.depends_on:
        if name not in own and name not in draft.state.tasks:
            raise Refusal("invalid", f"depends on {name!r}, which does not exist", f"{where}.depends_on")
    if task.deadline_s is not None and task.deadline_s <= draft.now_s:
        late = f"deadline {task.deadline_s:.1f} s is past: it is {draft.now_s:.1f} s now"
        raise Refusal("invalid", late, f"{where}.deadline_s")
    if task.hard_deadline and task.deadline_s is None:
        raise Refusal("invalid", "a hard deadline needs a deadline: deadline_s", f"{where}.hard_deadline")
    if task.robot_id is not None and task.robot_id not in draft.state.robots:
        known = ", ".join(draft.state.robots) or "none yet"
        raise Refusal("invalid", f"no robot named {task.robot_id!r}; known: {known}", f"{where}.robot_id")


def _check_place_kinds(draft: Draft, task: TaskSpec, where: str) -> None:
    places = draft.context.site.places
    to, dock = task.parameters.get("to"), task.parameters.get("dock")
    if isinstance(to, str) and places[to].surface is None:
        raise Refusal("invalid", f"nothing can be put down at {to!r}: it has no surface", f"{where}.parameters.to")
    if isinstance(dock, str) and places[dock].kind is not PlaceKind.DOCK:
        docks = ", ".join(p.place_id for p in draft.context.site.docks())
        raise Refusal("invalid", f"{dock!r} is not a dock; docks: {docks}", f"{where}.parameters.dock")


def find_circle(waits_for: dict[str, tuple[str, ...]]) -> list[str]:
    """A circle in the dependencies as a list that starts and ends with the same id, or an empty list."""
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []
