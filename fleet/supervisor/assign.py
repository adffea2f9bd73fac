"""Giving out work: queued tasks and robots go to the allocator, its plan becomes assignments and commands."""

from __future__ import annotations

from fleet.allocation.problem import Assignment, Obstacle, Plan, Problem, Unassigned
from fleet.escalation import questions
from fleet.model import events as ev
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft, execute
from fleet.supervisor.jobs import job_of, one_an_object
from fleet.supervisor.learning import doubts
from fleet.supervisor.looking import give_up_look, is_look
from fleet.supervisor.parameters import resolve
from fleet.supervisor.room import waits_for_room
from fleet.supervisor.suiting import assign_or_ask

_NEEDS_SOMEBODY = (Obstacle.FALLEN, Obstacle.ASIDE, Obstacle.FAULT)
_HOPELESS_AFTER_S = 10.0  # robots may still be starting up, or about to report
_STOPPED = (Obstacle.E_STOP, Obstacle.MODE, Obstacle.SILENT)  # may pass by itself, and somebody should know if not
_STOPPED_AFTER_S = 60.0


def assign_waiting(draft: Draft) -> None:
    """Plan for all queued tasks at once; ask about those that nobody will ever be able to do."""
    queued = [t for t in draft.state.tasks_in(TaskState.QUEUED) if draft.now_s >= t.not_before_s]
    if not queued or draft.state.hold_all:
        return
    waiting = [t for t in queued if not waits_for_room(draft, t)]
    plan = _plan(draft, waiting)
    for assignment in plan.assignments:
        _assign(draft, assignment)
    for left in plan.unassigned:
        task = draft.state.tasks[left.task_id]
        waited_s = draft.now_s - task.changed_at_s
        if is_look(task):
            if _hopeless(left, waited_s):
                give_up_look(draft, task)
        elif waited_s >= _HOPELESS_AFTER_S and _hopeless(left, waited_s):
            questions.no_capable_robot(draft, task, {r: reason.text for r, reason in left.reasons.items()})


def _plan(draft: Draft, waiting: list[Task]) -> Plan:
    context = draft.context
    jobs = [job_of(draft, task) for task in one_an_object(draft, waiting)]
    problem = Problem(
        jobs=tuple(jobs),
        robots=tuple(draft.state.robots.values()),
        docks=tuple(p.approach for p in context.site.docks()),
        travel=context.travel,
        now_s=draft.now_s,
        battery_reserve=context.settings.battery_reserve,
        doubts=doubts(draft.state),
    )
    return context.allocator.plan(problem)


def _assign(draft: Draft, assignment: Assignment) -> None:
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
    """The dock the task names, or the nearest one that nobody stands at or is on the way to."""
    state = draft.state.robots[robot_id].state
    if state is None:
        return None
    taken = {r.state.docked_at for key, r in draft.state.robots.items() if r.state is not None and key != robot_id}
    under_way = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED, TaskState.VERIFYING)
    taken |= {t.command_parameters.get("dock") for t in draft.state.tasks_in(*under_way) if t.robot_id != robot_id}
    named = task.grounded.get("dock")
    if isinstance(named, str):
        return named if named not in taken else None
    free = [p for p in draft.context.site.docks() if p.place_id not in taken]
    nearest = min(
        free, key=lambda p: (draft.context.travel.distance_m(state.pose, p.approach), p.place_id), default=None
    )
    return nearest.place_id if nearest is not None else None


def _hopeless(left: Unassigned, waited_s: float) -> bool:
    """Whether waiting cannot help: every robot lacks something for good, or somebody would have to see to it first."""
    needs = _NEEDS_SOMEBODY + (_STOPPED if waited_s >= _STOPPED_AFTER_S else ())
    return all(r.obstacle.lasting or r.obstacle in needs for r in left.reasons.values())
