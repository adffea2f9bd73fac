"""One step's decisions: react to what was heard, then to what time brings, then give out work. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.escalation.answers import watch_held, watch_questions
from fleet.escalation.conflicts import watch_conflicts
from fleet.escalation.queue.keeper import watch_queue
from fleet.escalation.standing import watch_orders
from fleet.model import events as ev
from fleet.model.commands import CancelCommand, Command, GrantLease, HoldRobot
from fleet.model.robot import RobotState
from fleet.model.tasks import TaskState
from fleet.oversight.people.watch import watch_people
from fleet.policy.announce import announce_policies
from fleet.supervisor.assign import assign_waiting
from fleet.supervisor.closures import watch_closures
from fleet.supervisor.contact import watch_contact
from fleet.supervisor.context import Context
from fleet.supervisor.draft import Draft, execute
from fleet.supervisor.falls import watch_falls
from fleet.supervisor.housekeeping import keep_house
from fleet.supervisor.instructing import watch_instructions
from fleet.supervisor.jams import watch_jams
from fleet.supervisor.missions import watch_missions
from fleet.supervisor.progress import take_report, watch_tasks
from fleet.supervisor.readiness import watch_waiting
from fleet.supervisor.requests import settle
from fleet.supervisor.stalls import watch_stalls
from fleet.supervisor.state import FleetState
from fleet.supervisor.teams import watch_teams
from fleet.supervisor.whereabouts import watch_whereabouts


def decide(
    state: FleetState, inputs: Sequence[ev.Event], now_s: float, context: Context
) -> tuple[list[ev.Event], list[Command]]:
    """What follows from `inputs`, which are already folded into `state`, at fleet time `now_s`.

    The same state, inputs and time give the same events, in every process: a journal can be run again and compared.
    """
    draft = drafted(state, inputs, now_s, context)
    return draft.events, draft.commands


def drafted(state: FleetState, inputs: Sequence[ev.Event], now_s: float, context: Context) -> Draft:
    """As `decide`, with the state that the decisions lead to."""
    draft = Draft(state, now_s, context)
    for event in inputs:
        _react(draft, event)
    watch_falls(draft)
    watch_whereabouts(draft)
    watch_tasks(draft)
    watch_teams(draft)
    watch_stalls(draft)
    watch_contact(draft)
    watch_closures(draft)
    watch_jams(draft)
    watch_questions(draft)
    watch_held(draft)
    watch_instructions(draft)
    watch_waiting(draft)
    watch_conflicts(draft)
    keep_house(draft)
    assign_waiting(draft)
    watch_orders(draft)
    watch_people(draft)
    watch_queue(draft)
    watch_missions(draft)
    return draft


def _react(draft: Draft, event: ev.Event) -> None:
    if isinstance(event, ev.CommandReported):
        take_report(draft, event.update)
    elif isinstance(event, ev.RequestReceived):
        settle(draft, event.request)
    elif isinstance(event, ev.SupervisorStarted):
        _take_over(draft)
    elif isinstance(event, ev.ContactRegained):
        _repeat_orders(draft, event.robot_id)
    elif isinstance(event, ev.RobotReported):
        _insist_on_hold(draft, event.state)


def _take_over(draft: Draft) -> None:
    """A new leader tells every robot again what it was told: the ids are the same, so nothing is done twice."""
    announce_policies(draft)
    for robot_id in draft.state.robots:
        _repeat_orders(draft, robot_id)


def _insist_on_hold(draft: Draft, report: RobotState) -> None:
    """Hold again a robot that should and does not: its host was restarted, or somebody released it on the spot."""
    robot = draft.state.robots[report.robot_id]
    if (draft.state.hold_all or robot.held_because) and not report.holding:
        _repeat_hold(draft, report.robot_id)


def _repeat_hold(draft: Draft, robot_id: str) -> None:
    robot = draft.state.robots[robot_id]
    because, by = draft.state.hold_all or robot.held_because, draft.state.hold_all_by or robot.held_by
    draft.tell(HoldRobot(robot_id=robot_id, because=because, by=by))


def _repeat_orders(draft: Draft, robot_id: str) -> None:
    robot = draft.state.robots[robot_id]
    if draft.state.hold_all or robot.held_because:
        _repeat_hold(draft, robot_id)
    if robot.lease_person:
        draft.tell(GrantLease(robot_id=robot_id, holder=robot.lease_person, epoch=robot.epoch))
        return
    if robot.closing_command_id is not None:
        because = "told before, said again"
        draft.tell(
            CancelCommand(command_id=robot.closing_command_id, robot_id=robot_id, epoch=robot.epoch, because=because)
        )
    task = draft.state.task_of(robot_id)
    if task is not None and task.state in (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED):
        command_id = task.command_of(robot_id)
        if command_id is not None and robot.closing_command_id != command_id and not robot.aside_because:
            draft.tell(execute(task, robot.epoch, robot_id))
