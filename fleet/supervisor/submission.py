"""Whether a mission makes sense here and now, judged by the one who will carry it out."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from fleet.escalation.answers import Refusal
from fleet.model.errors import InvalidField
from fleet.model.site import PlaceKind
from fleet.model.skills import TEAM_SKILLS, check_parameters
from fleet.model.tasks import MOST_IN_A_TEAM, Directive, MissionSpec, TaskSpec, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.grounding import unknown_names

_LONGEST_NAME = 64


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
    circle = circle_in(draft, {t.task_id: t.depends_on for t in mission.tasks})
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
    check_waited_for(draft, (name for name in task.depends_on if name not in own), f"{where}.depends_on")
    _check_team(task, where)
    if task.deadline_s is not None and task.deadline_s <= draft.now_s:
        late = f"deadline {task.deadline_s:.1f} s is past: it is {draft.now_s:.1f} s now"
        raise Refusal("invalid", late, f"{where}.deadline_s")
    if task.hard_deadline and task.deadline_s is None:
        raise Refusal("invalid", "a hard deadline needs a deadline: deadline_s", f"{where}.hard_deadline")
    if task.robot_id is not None and task.robot_id not in draft.state.robots:
        known = ", ".join(draft.state.robots) or "none yet"
        raise Refusal("invalid", f"no robot named {task.robot_id!r}; known: {known}", f"{where}.robot_id")


def check_waited_for(draft: Draft, names: Iterable[str], field: str) -> None:
    """Raise `Refusal` for a task that does not exist, or that will never be done."""
    for name in names:
        needed = draft.state.tasks.get(name)
        if needed is None:
            raise Refusal("invalid", f"depends on {name!r}, which does not exist", field)
        if needed.state in (TaskState.CANCELLED, TaskState.FAILED):
            never = f"depends on {name!r}, which is {needed.state.value}: it will never be done"
            raise Refusal("invalid", never, field)


def _check_team(task: TaskSpec, where: str) -> None:
    if isinstance(task.team, bool) or not 1 <= task.team <= MOST_IN_A_TEAM:
        raise Refusal("invalid", f"a team of 1 to {MOST_IN_A_TEAM} robots, not of {task.team}", f"{where}.team")
    if task.team > 1 and task.skill not in TEAM_SKILLS:
        able = ", ".join(TEAM_SKILLS)
        raise Refusal("invalid", f"robots do not {task.skill} in teams; skills for teams: {able}", f"{where}.team")
    if task.team > 1 and task.robot_id is not None:
        raise Refusal(
            "invalid", "a team is not one robot: needs.models or bans say who may be in it", f"{where}.robot_id"
        )
    for index, name in enumerate(task.resources):
        if not name.strip() or len(name) > _LONGEST_NAME or name in task.resources[:index]:
            told = f"{name!r}: resources are names of 1 to {_LONGEST_NAME} letters, each once"
            raise Refusal("invalid", told, f"{where}.resources[{index}]")


def _check_place_kinds(draft: Draft, task: TaskSpec, where: str) -> None:
    places = draft.context.site.places
    to, dock = task.parameters.get("to"), task.parameters.get("dock")
    if isinstance(to, str) and places[to].surface is None:
        raise Refusal("invalid", f"nothing can be put down at {to!r}: it has no surface", f"{where}.parameters.to")
    if isinstance(dock, str) and places[dock].kind is not PlaceKind.DOCK:
        docks = ", ".join(p.place_id for p in draft.context.site.docks())
        raise Refusal("invalid", f"{dock!r} is not a dock; docks: {docks}", f"{where}.parameters.dock")


def circle_in(draft: Draft, new: dict[str, tuple[str, ...]]) -> list[str]:
    """A circle among all tasks that have not ended, whatever their missions, with `new` dependencies in place of those
    they have; as `find_circle` gives it."""
    return find_circle({**{t.task_id: t.spec.depends_on for t in draft.state.open_tasks()}, **new})


def find_circle(waits_for: dict[str, tuple[str, ...]]) -> list[str]:
    """A circle in the dependencies as a list that starts and ends with the same id, or an empty list."""
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []
