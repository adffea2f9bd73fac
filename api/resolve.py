"""From a body to what goes into the journal: ids given, times made absolute, everything named checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from api.inputs import DirectiveIn, MissionIn, SingleTaskIn, TaskIn, Timed
from fleet.model.errors import InvalidField
from fleet.model.requests import SubmitMission
from fleet.model.skills import check_parameters
from fleet.model.tasks import Directive, MissionSpec, Needs, RecoveryPolicy, TaskSpec
from fleet.supervisor.submission import find_circle

T = TypeVar("T")


class Resolver:
    """Turns bodies into specs at fleet time `now_s`. The same actor, key and body always give the same ids, so that
    a repeated call is the same request."""

    def __init__(self, actor: str, key: str, now_s: float) -> None:
        self._now_s = now_s
        self._stem = hashlib.sha256(f"{actor}\n{key}".encode()).hexdigest()[:10]

    def single(self, body: SingleTaskIn) -> SubmitMission:
        """A mission of one task."""
        task_id = body.task_id or f"t-{self._stem}"
        task = self._task(body, task_id, body.why)
        if task_id in task.depends_on:
            raise InvalidField("depends_on", task_id, "other tasks, not itself")
        title = f"{body.skill} ({task_id})"
        return SubmitMission(
            mission=MissionSpec(
                mission_id=f"m-{self._stem}", title=title, tasks=(task,), directive_id=body.directive_id, why=body.why
            )
        )

    def mission(self, body: MissionIn) -> SubmitMission:
        """A mission with all its tasks."""
        return SubmitMission(mission=self._mission(body))

    def directive(self, body: DirectiveIn) -> SubmitMission:
        """A directive with its first mission."""
        if body.mission.directive_id is not None:
            raise InvalidField("mission.directive_id", body.mission.directive_id, "nothing (it is this directive)")
        expires = self._absolute(body.expires_at_s, body.expires_in_s, "expires_at_s", "expires_in_s")
        if expires is not None and expires <= self._now_s:
            raise self._past(expires, "expires_at_s" if body.expires_in_s is None else "expires_in_s", body)
        directive_id = body.directive_id or f"d-{self._stem}"
        directive = Directive(
            directive_id=directive_id,
            objective=body.objective,
            reason=body.reason,
            limits=tuple(body.limits),
            authority=body.authority,
            expires_at_s=expires,
        )
        mission = _under("mission", partial(self._mission, body.mission, directive_id))
        return SubmitMission(mission=mission, directive=directive)

    def _mission(self, body: MissionIn, directive_id: str | None = None) -> MissionSpec:
        tasks: list[TaskSpec] = []
        for index, task in enumerate(body.tasks):
            task_id = task.task_id or f"t-{self._stem}-{index + 1}"
            make = partial(self._task, task, task_id, task.why or body.why)
            tasks.append(_under(f"tasks[{index}]", make))
        _check_graph(tasks)
        return MissionSpec(
            mission_id=body.mission_id or f"m-{self._stem}",
            title=body.title,
            tasks=tuple(tasks),
            directive_id=directive_id or body.directive_id,
            why=body.why,
        )

    def _task(self, body: TaskIn, task_id: str, why: str) -> TaskSpec:
        check_parameters(body.skill, body.parameters)
        earliest = self._absolute(
            body.earliest_start_s, body.earliest_start_in_s, "earliest_start_s", "earliest_start_in_s"
        )
        deadline = self._absolute(body.deadline_s, body.deadline_in_s, "deadline_s", "deadline_in_s")
        if deadline is not None:
            field = "deadline_s" if body.deadline_in_s is None else "deadline_in_s"
            if deadline <= self._now_s:
                raise self._past(deadline, field, body)
            if earliest is not None and deadline <= earliest:
                raise InvalidField(field, getattr(body, field), f"a time after the earliest start ({earliest:g} s)")
        if body.hard_deadline and deadline is None:
            raise InvalidField("hard_deadline", True, "a deadline beside it: deadline_s or deadline_in_s")
        return TaskSpec(
            task_id=task_id,
            skill=body.skill,
            parameters={name: value for name, value in body.parameters.items() if value is not None},
            why=why,
            needs=Needs(
                payload_kg=body.needs.payload_kg,
                hands=body.needs.hands,
                models=tuple(body.needs.models),
                not_robots=tuple(body.needs.not_robots),
                reach_m=body.needs.reach_m,
                speed_mps=body.needs.speed_mps,
                sensors=tuple(body.needs.sensors),
            ),
            depends_on=tuple(body.depends_on),
            earliest_start_s=earliest or 0.0,
            deadline_s=deadline,
            hard_deadline=body.hard_deadline,
            priority=body.priority,
            robot_id=body.robot_id,
            team=body.team,
            resources=tuple(body.resources),
            recovery=RecoveryPolicy(**body.recovery.model_dump()),
        )

    def _absolute(self, at_s: float | None, in_s: float | None, at_name: str, in_name: str) -> float | None:
        if at_s is not None and in_s is not None:
            raise InvalidField(in_name, in_s, f"either {at_name} or {in_name}, not both")
        return self._now_s + in_s if in_s is not None else at_s

    def _past(self, at_s: float, field: str, body: Timed | DirectiveIn) -> InvalidField:
        ago = self._now_s - at_s
        now = f"it is {self._now_s:.3f} s of fleet time now; that is {ago:.3f} s ago"
        return InvalidField(field, getattr(body, field), f"a time to come ({now})")


def _under(prefix: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except InvalidField as error:
        raise error.under(prefix) from error


def _check_graph(tasks: list[TaskSpec]) -> None:
    """Every id once, and no circle. Whether other tasks that are waited for exist is checked against the state."""
    index: dict[str, int] = {}
    for i, task in enumerate(tasks):
        if task.task_id in index:
            expected = f"an id of its own; tasks[{index[task.task_id]}] has that one"
            raise InvalidField(f"tasks[{i}].task_id", task.task_id, expected)
        index[task.task_id] = i
    circle = find_circle({task.task_id: task.depends_on for task in tasks})
    if circle:
        where = f"tasks[{index[circle[0]]}].depends_on"
        raise InvalidField(where, " -> ".join(circle), "no circle: each task waits for ones that can be done before it")
