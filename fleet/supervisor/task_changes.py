"""What people change about tasks that were asked for before: who may do them, and what they wait for."""

from __future__ import annotations

from fleet.escalation.refusal import Refusal
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.task_requests import BanRobot, OrderTask, PinTask
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import needed_payload_kg, unfit_because
from fleet.supervisor.submission import check_waited_for, circle_in

_WITH_A_ROBOT = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)
_NOT_BEGUN = (TaskState.REQUESTED,)


def pin(draft: Draft, request: rq.Request, body: PinTask) -> None:
    """That robot and no other, or any again."""
    task = _open_task(draft, body.task_id)
    if body.robot_id is None:
        if task.spec.robot_id is None:
            raise Refusal("conflict", f"{task.task_id} is pinned to no robot", "robot_id")
        _say_who(draft, request, task, None, task.spec.needs.not_robots, body.reason)
        return
    _check_robot(draft, body.robot_id)
    if task.spec.team > 1:
        raise Refusal("invalid", f"{task.task_id} is for a team of {task.spec.team}: ban robots instead", "robot_id")
    if body.robot_id in task.spec.needs.not_robots:
        raise Refusal("conflict", f"{body.robot_id} was ruled out for {task.task_id}; allow it first", "robot_id")
    description = draft.state.robots[body.robot_id].description
    named = (task.grounded or task.spec.parameters).get("object")
    load = draft.context.site.objects.get(named) if isinstance(named, str) else None
    unfit = unfit_because(description, task, needed_payload_kg(draft, task, load), pinned_to=None)
    if unfit:
        raise Refusal("invalid", f"{body.robot_id} can never do {task.task_id}: {unfit}", "robot_id")
    _say_who(draft, request, task, body.robot_id, task.spec.needs.not_robots, body.reason)


def ban(draft: Draft, request: rq.Request, body: BanRobot) -> None:
    """Not that robot, or that robot again."""
    task = _open_task(draft, body.task_id)
    _check_robot(draft, body.robot_id)
    banned = task.spec.needs.not_robots
    if body.banned and body.robot_id == task.spec.robot_id:
        raise Refusal("conflict", f"{task.task_id} is pinned to {body.robot_id}; unpin it first", "robot_id")
    if (body.robot_id in banned) is body.banned:
        how = "already ruled out" if body.banned else "not ruled out"
        raise Refusal("conflict", f"{body.robot_id} is {how} for {task.task_id}", "robot_id")
    rest = tuple(r for r in banned if r != body.robot_id)
    _say_who(draft, request, task, task.spec.robot_id, (*rest, body.robot_id) if body.banned else rest, body.reason)


def order(draft: Draft, request: rq.Request, body: OrderTask) -> None:
    """What it waits for, of whichever mission."""
    task = _open_task(draft, body.task_id)
    if task.state not in _NOT_BEGUN and not (task.state is TaskState.QUEUED and task.attempt == 0):
        raise Refusal("conflict", f"{task.task_id} has begun: it is {task.state.value}", "task_id")
    check_waited_for(draft, body.after, "after")
    circle = circle_in(draft, {task.task_id: body.after})
    if circle:
        raise Refusal("invalid", f"tasks would wait for each other in a circle: {' -> '.join(circle)}", "after")
    because = f"{request.actor}: {body.reason}"
    draft.emit(ev.TaskOrdered(task_id=task.task_id, depends_on=body.after, by=request.actor, because=because))


def _open_task(draft: Draft, task_id: str) -> Task:
    task = draft.state.tasks.get(task_id)
    if task is None:
        raise Refusal("not_found", f"no task named {task_id!r}", "task_id")
    if task.state.terminal:
        raise Refusal("conflict", f"{task_id} has ended already: it is {task.state.value}", "task_id")
    return task


def _check_robot(draft: Draft, robot_id: str) -> None:
    if robot_id not in draft.state.robots:
        known = ", ".join(draft.state.robots) or "none yet"
        raise Refusal("not_found", f"no robot named {robot_id!r}; known: {known}", "robot_id")


def _say_who(
    draft: Draft, request: rq.Request, task: Task, robot_id: str | None, not_robots: tuple[str, ...], reason: str
) -> None:
    """Note who may do it. Who is at it and may not any more gives it up, unless the load is in its hands."""
    because = f"{request.actor}: {reason}"
    wrong = _wrong_robots(task, robot_id, not_robots)
    for other in wrong:
        report = draft.state.robots[other].state
        if report is not None and task.grounded.get("object") in report.held:
            held = task.grounded["object"]
            raise Refusal(
                "conflict", f"{other} has {held} in its hands already; cancel {task.task_id} or take {other} over",
                "robot_id",
            )  # fmt: skip
    draft.emit(
        ev.TaskPinned(task_id=task.task_id, robot_id=robot_id, not_robots=not_robots, by=request.actor, because=because)
    )
    if wrong and task.state in _WITH_A_ROBOT:
        draft.withdraw(task, because)
        draft.change(draft.state.tasks[task.task_id], TaskState.QUEUED, because, forget_robot=True)


def _wrong_robots(task: Task, robot_id: str | None, not_robots: tuple[str, ...]) -> list[str]:
    """Who is at it and would not be allowed to."""
    return [r for r in task.robot_ids if r in not_robots or robot_id not in (None, r)]
