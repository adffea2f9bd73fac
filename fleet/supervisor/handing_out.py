"""Giving a task to the robot that was chosen: the gate first, then the command."""

from __future__ import annotations

from fleet.allocation.problem import Assignment
from fleet.model import events as ev
from fleet.model.tasks import Task
from fleet.supervisor.closed_off import shut_now
from fleet.supervisor.docks import docks_out_of_order, docks_taken
from fleet.supervisor.draft import Draft, execute
from fleet.supervisor.parameters import resolve
from fleet.supervisor.suiting import assign_or_ask


def assign(draft: Draft, assignment: Assignment) -> None:
    """Give the task to the robot of the assignment, if the gate lets it pass and, for a dock task, a dock is free."""
    task = draft.state.tasks[assignment.task_id]
    dock = _free_dock(draft, assignment.robot_id, task) if task.spec.skill == "dock" else None
    if task.spec.skill == "dock" and dock is None:
        return  # every dock is taken or promised; it stays queued
    assign_or_ask(draft, task, assignment, lambda: _hand_out(draft, task, assignment, dock))


def _hand_out(draft: Draft, task: Task, assignment: Assignment, dock: str | None) -> None:
    robot = draft.state.robots[assignment.robot_id]
    draft.emit(
        ev.TaskAssigned(
            task_id=task.task_id,
            robot_id=assignment.robot_id,
            command_id=f"{task.task_id}#{task.attempt + 1}",
            epoch=robot.epoch,
            parameters=resolve(draft, task, assignment.robot_id, dock),
            terms={name: round(cost, 3) for name, cost in assignment.terms.items()},
            runner_up=assignment.runner_up,
        )
    )
    draft.tell(execute(draft.state.tasks[task.task_id], robot.epoch))


def _free_dock(draft: Draft, robot_id: str, task: Task) -> str | None:
    """The dock the task names, or the nearest one that nobody stands at or is on the way to and that is in order."""
    state = draft.state.robots[robot_id].state
    if state is None:
        return None
    taken = docks_taken(draft, robot_id)
    named = task.grounded.get("dock")
    if isinstance(named, str):
        return named if named not in taken else None
    out = docks_out_of_order(draft)
    shut, robot = shut_now(draft), draft.state.robots[robot_id]
    free = [
        p
        for p in draft.context.site.docks()
        if p.place_id not in taken
        and p.place_id not in out
        and not (shut is not None and shut.keeps_out(robot, (p.approach,)))
    ]
    nearest = min(
        free, key=lambda p: (draft.context.travel.distance_m(state.pose, p.approach), p.place_id), default=None
    )
    return nearest.place_id if nearest is not None else None
