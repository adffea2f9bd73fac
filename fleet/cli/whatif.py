"""From an open question to a what-if about the live world; `predicted` makes predictions of its answer.

What an option would make the fleet do is not written down a second time here: the supervisor's own pure step is asked,
as if the option had been chosen now, and the commands it gives become the rollouts' plans.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.bus.base import Facts
from fleet.cli.whatif_predictions import predicted
from fleet.model.commands import CancelCommand, Command, ExecuteSkill, HoldRobot, ReleaseHold
from fleet.model.errors import InvalidField, NotFound
from fleet.model.escalation import Escalation, Option
from fleet.model.geometry import Pose
from fleet.model.requests import AnswerEscalation, Request, Role
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.context import Context
from fleet.supervisor.draft import Draft, execute
from fleet.supervisor.needs import object_pose, others_that_could, target_pose
from fleet.supervisor.parameters import resolve
from fleet.supervisor.state import FleetState
from fleet.supervisor.step import step
from robot_adapters.sim.plan import Step, plan_skill, walk_target
from sim_worlds import records, rollouts
from sim_worlds.rollouts import Goal, OptionPlan, RobotPlan

__all__ = ["Question", "goal_of", "predicted", "primitives_of", "question_of"]
_KINDS = {"pick": "Pick", "place": "Place", "give": "Give", "look": "Look", "dock": "Dock", "wait": "Wait"}
_REACH_M = 0.6
_UNDER_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED)
# What becomes of these is not the fleet's doing: a rollout has nothing to say about it.
_NOT_SIMULATED = ("cancel", "accept", "wait_for_person")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be run: see `sim_worlds.rollouts.Request` for the parts. `silent` says for which options nothing can
    be predicted, and why."""

    options: tuple[OptionPlan, ...]
    background: tuple[RobotPlan, ...]
    silent: dict[str, str]


def question_of(
    escalation_id: str, state: FleetState, now_s: float, context: Context, world: records.WorldInfo
) -> Question:
    """The escalation's possible options as plans, and everything else that is under way.

    Args:
        state: the supervisor's.
        now_s: fleet time, s.
        world: the world's robots, from its link.

    Raises:
        NotFound: no such escalation.
        InvalidField: it does not wait for an answer any more.
    """
    escalation = state.escalations.get(escalation_id)
    if escalation is None:
        raise NotFound("escalation", escalation_id, ", ".join(state.escalations) or "none")
    if not escalation.open:
        raise InvalidField("escalation", escalation_id, f"one that waits for an answer; it is {escalation.state.value}")
    reach = {r.robot_id: r.reach_m for r in world.robots}
    options, silent = [], {}
    for option in escalation.options:
        plan, why_silent = _plan_of(escalation, option, state, now_s, context, reach)
        if plan is None or plan.success is None:
            silent[option.option_id] = why_silent
        if plan is not None:
            options.append(plan)
    return Question(options=tuple(options), background=tuple(_background(state, reach)), silent=silent)


def _plan_of(
    escalation: Escalation,
    option: Option,
    state: FleetState,
    now_s: float,
    context: Context,
    reach: dict[str, float],
) -> tuple[OptionPlan | None, str]:
    """The option as a plan, None where it cannot be chosen; and why its success cannot be predicted, if so."""
    if not option.possible:
        return None, "it is not possible now"
    answer = AnswerEscalation(
        escalation_id=escalation.escalation_id,
        option_id=option.option_id,
        reason="what if",
        shown_digest=escalation.shown_digest,
    )
    request = Request(
        number=state.requests_taken + 1,
        request_id=f"what-if-{option.option_id}",
        idempotency_key=f"what-if-{option.option_id}",
        actor=escalation.acknowledged_by or "what-if",
        role=Role.OPERATOR,
        received_at_s=now_s,
        body=answer,
    )
    taken = step(state, Facts(), now_s, context, requests=(request,))
    note = taken.state.requests.get(request.request_id)
    if note is not None and not note.accepted:
        return None, note.detail
    tasks = [taken.state.tasks[t] for t in escalation.task_ids]
    if escalation.instruction_id:  # the tasks that the reading would become; those that wait for others come later
        tasks += [t for t in taken.state.tasks.values() if t.task_id not in state.tasks and not t.spec.depends_on]
    plans = list(_plans(taken.commands, state, reach))
    plans += _later(tasks, Draft(taken.state, now_s, context), {p.robot_id for p in plans}, reach)
    goals, why = _goals(option, tasks, {p.task_id for p in plans})
    plan = OptionPlan(
        option_id=option.option_id,
        label=option.label,
        plans=tuple(plans),
        hold=_ids(taken.commands, HoldRobot),
        resume=_ids(taken.commands, ReleaseHold),
        cancel=_ids(taken.commands, CancelCommand),
        success=goals[0] if len(goals) == 1 else rollouts.AllOf(goals=tuple(goals)) if goals else None,
    )
    return plan, why


def _ids(commands: Iterable[Command], kind: type[HoldRobot | ReleaseHold | CancelCommand]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.robot_id for c in commands if isinstance(c, kind)))


def _goals(option: Option, tasks: Sequence[Task], planned: set[str]) -> tuple[list[Goal], str]:
    """What would count as success of the tasks in question; and why nothing would, if so."""
    verb = str(option.action.get("do"))
    if not tasks or verb in _NOT_SIMULATED:
        return [], f"{verb}: depends on people, not on robots" if tasks else "it is about no task"
    goals: list[Goal] = []
    for task in tasks:
        if task.state is TaskState.QUEUED and task.task_id not in planned:
            return [], f"no robot could do {task.task_id} now"
        goal = goal_of(task)
        if goal is None:
            return [], f"nobody does {task.task_id} ({task.spec.skill}) then"
        goals.append(goal)
    return goals, ""


def goal_of(task: Task) -> Goal | None:
    """How the task's success shows in the world; None where it does not."""
    given = task.grounded
    thing, to, person = given.get("object"), given.get("to"), given.get("person")
    if task.spec.skill in ("carry", "place") and thing and to:
        return rollouts.ObjectAt(object_id=thing, place_id=to)
    if task.spec.skill == "hand_over" and thing and person:
        return rollouts.ObjectHeldBy(object_id=thing, holder=person)
    if task.spec.skill == "pick" and thing and task.robot_id:
        return rollouts.ObjectHeldBy(object_id=thing, holder=task.robot_id)
    if task.spec.skill == "walk_to" and task.robot_id and given.get("place"):
        return rollouts.RobotAt(robot_id=task.robot_id, place_id=given["place"])
    if task.state in _UNDER_WAY and task.robot_id is not None:
        return rollouts.PlansDone(names=(task.task_id,))
    return None


def _plans(commands: Iterable[Command], state: FleetState, reach: dict[str, float]) -> Iterable[RobotPlan]:
    for command in commands:
        if isinstance(command, ExecuteSkill):
            primitives = primitives_of(command, state, reach.get(command.robot_id, _REACH_M))
            yield RobotPlan(robot_id=command.robot_id, task_id=command.task_id, primitives=primitives)


def _later(tasks: Sequence[Task], draft: Draft, taken: set[str], reach: dict[str, float]) -> Iterable[RobotPlan]:
    """For tasks that all robots are too busy for: the one that ends its work nearest to where the task begins."""
    for task in tasks:
        if task.state is not TaskState.QUEUED or draft.state.hold_all:
            continue
        out = {*taken, *task.excluded_robots, *task.spec.needs.not_robots}
        able = [r for r in others_that_could(draft, task, without=None) if r not in out and _free_some_day(draft, r)]
        start = object_pose(draft, str(task.grounded.get("object", ""))) or target_pose(draft, task)
        ranked = sorted((_way_m(draft, robot_id, start), robot_id) for robot_id in able)
        if not ranked or not math.isfinite(ranked[0][0]):
            continue
        robot_id = ranked[0][1]
        taken.add(robot_id)
        command = ExecuteSkill(
            command_id="",
            robot_id=robot_id,
            task_id=task.task_id,
            epoch=0,
            skill=task.spec.skill,
            parameters=resolve(draft, task, robot_id),
        )
        primitives = primitives_of(command, draft.state, reach.get(robot_id, _REACH_M))
        yield RobotPlan(robot_id=robot_id, task_id=task.task_id, primitives=primitives, then=True)


def _free_some_day(draft: Draft, robot_id: str) -> bool:
    """Whether it needs nobody's help or leave to work."""
    robot = draft.state.robots[robot_id]
    return not (robot.fallen or robot.held_because or robot.lease_person)


def _way_m(draft: Draft, robot_id: str, start: Pose | None) -> float:
    """From where the robot will end its present work, or is."""
    robot, under_way = draft.state.robots[robot_id], draft.state.task_of(robot_id)
    pose = target_pose(draft, under_way) if under_way is not None else None
    if pose is None and robot.state is not None:
        pose = robot.state.pose
    if pose is None:
        return math.inf
    return draft.context.travel.distance_m(pose, start) if start is not None else 0.0


def _background(state: FleetState, reach: dict[str, float]) -> Iterable[RobotPlan]:
    """Commands under way go on, as their adapters would bring them to an end."""
    for task in state.tasks_in(*_UNDER_WAY):
        robot = state.robots.get(task.robot_id or "")
        if robot is None or task.command_id is None or robot.task_id != task.task_id:
            continue
        command = execute(task, robot.epoch)
        primitives = primitives_of(command, state, reach.get(command.robot_id, _REACH_M), keep_ids=True)
        yield RobotPlan(robot_id=command.robot_id, task_id=task.task_id, primitives=primitives, goes_on=True)


def primitives_of(
    command: ExecuteSkill, state: FleetState, reach_m: float, keep_ids: bool = False
) -> tuple[records.AnyPrimitive, ...]:
    """A command's steps as primitives, from where the robot is believed to be. A load in its hands is not fetched.

    With `keep_ids` they have the ids that the adapter gives them in the live world.
    """
    plan = plan_skill(command.skill, command.parameters, reach_m)
    robot = state.robots[command.robot_id].state
    steps = list(plan.steps)
    if not keep_ids and robot is not None and plan.object_id in robot.held:
        first = next((i for i, s in enumerate(steps) if s.carries), len(steps))
        steps = steps[first:] or steps[-1:]
    x, y = (robot.pose.x, robot.pose.y) if robot is not None else (0.0, 0.0)
    made = []
    for each in steps:
        made.append(_primitive(each, f"{command.command_id}/{each.phase}" if keep_ids else "", command.task_id, x, y))
        if each.goal is not None:
            x, y = each.goal.x, each.goal.y
    return tuple(made)


def _primitive(each: Step, command_id: str, task_id: str, x: float, y: float) -> records.AnyPrimitive:
    ids: dict[str, Any] = {"command_id": command_id, "task_id": task_id}
    if each.kind != "walk":
        made: records.AnyPrimitive = getattr(records, _KINDS[each.kind])(**ids, **each.fields)
        return made
    to_x, to_y, yaw = walk_target(each, x, y)
    return records.Walk(**ids, x_m=to_x, y_m=to_y, yaw_rad=yaw)
