"""Robots that fell: set aside at once, their work looked at, a person asked about what was in their hands."""

from __future__ import annotations

from dataclasses import replace

from fleet.escalation import questions
from fleet.model import events as ev
from fleet.model.escalation import Cause
from fleet.model.tasks import TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.recovery import hand_on

FALLEN = "it has fallen"
_EVIDENCE_WITHIN_S = 5.0  # how long the question waits for somebody to see where the load went


def robot_fell(draft: Draft, robot_id: str) -> None:
    """Keep a fallen robot from work and stop its task. Safe to call again.

    A task that had nothing in its hands goes to another robot at once. One whose load was dropped does not: what
    state the load is in, and whether it is safe to walk up to a robot that lies there, is for a person to say.
    """
    robot = draft.state.robots[robot_id]
    if robot.aside_because:
        return
    draft.emit(ev.RobotSetAside(robot_id=robot_id, aside=True, because=FALLEN))
    task = draft.state.task_of(robot_id)
    if task is None or task.state.terminal or task.state is TaskState.VERIFYING:
        return
    load = dropped_load(draft, robot_id)
    if task.members:  # the others stop at once, and keep what is in their hands
        draft.withdraw(task, f"{robot_id} has fallen", but=robot_id)
    if load is None:
        because = f"{robot_id} has fallen with empty hands; another robot takes it"
        hand_on(draft, replace(task, robot_id=robot_id), because)
    elif task.state is not TaskState.BLOCKED:
        draft.change(task, TaskState.BLOCKED, f"{robot_id} has fallen while carrying")


def dropped_load(draft: Draft, robot_id: str) -> str | None:
    """The object that the robot's task had it carry, if it had already taken it up."""
    robot = draft.state.robots[robot_id]
    task = draft.state.task_of(robot_id)
    if task is None:
        return None
    wanted = task.grounded.get("object")
    if not isinstance(wanted, str):
        return None
    return wanted if wanted in robot.last_held else None


def watch_falls(draft: Draft) -> None:
    """Notice falls in what robots report, ask once the evidence is in, and welcome back who stands again."""
    for robot_id, robot in draft.state.robots.items():
        if robot.fallen and not robot.aside_because:
            robot_fell(draft, robot_id)
    for robot_id, robot in list(draft.state.robots.items()):
        if robot.aside_because != FALLEN or _asked(draft, robot_id):
            continue
        task = draft.state.task_of(robot_id)
        load = dropped_load(draft, robot_id) if task is not None else None
        believed = draft.state.objects.get(load or "")
        fell_at = task.changed_at_s if task is not None else draft.now_s
        seen = load is None or (
            believed is not None and believed.holder != robot_id and believed.observed_at_s >= fell_at
        )
        if seen or draft.now_s - fell_at > _EVIDENCE_WITHIN_S:
            questions.robot_fallen(draft, robot_id, task, load)


def _asked(draft: Draft, robot_id: str) -> bool:
    """Whether a question about this fall was put already; recovered robots start afresh."""
    robot = draft.state.robots[robot_id]
    since = robot.aside_since_s
    return any(
        e.cause is Cause.ROBOT_FALLEN and robot_id in e.robot_ids and e.raised_at_s >= since and e.replaced_by is None
        for e in draft.state.escalations.values()
    )
