"""What people ask for: each request is settled once, accepted or refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fleet.escalation.answers import Refusal, acknowledge, answer
from fleet.escalation.ordering import make_order, revoke_order, user_gone
from fleet.escalation.previews import take_previews
from fleet.escalation.queue import asides
from fleet.escalation.reviews import take_review
from fleet.model import events as ev
from fleet.model import key_requests as kr
from fleet.model import order_requests as orq
from fleet.model import oversight_requests as pq
from fleet.model import queue_requests as qr
from fleet.model import requests as rq
from fleet.model import task_requests as tq
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.commands import CancelCommand, GrantLease, HoldRobot, ReleaseHold
from fleet.model.instructions import GiveInstruction
from fleet.model.tasks import Task, TaskState
from fleet.oversight.people.blind import check_committed, commit_choice
from fleet.oversight.people.looks import take_looks
from fleet.oversight.people.watch import see_oversight
from fleet.supervisor import closures, instructing, keys, task_changes
from fleet.supervisor.draft import Draft
from fleet.supervisor.falls import FALLEN
from fleet.supervisor.resuming import resume_waiting
from fleet.supervisor.submission import check_mission

_ALLOWED = (rq.Role.OPERATOR, rq.Role.ADMIN)


def settle(draft: Draft, request: rq.Request) -> None:
    """Take a request, or refuse it; either way there is one `RequestSettled` for it."""
    if request.request_id in draft.state.requests:
        return
    try:
        _check_role(request)
        _HANDLERS[type(request.body)](draft, request, request.body)
    except Refusal as refusal:
        _settled(draft, request, refusal)
    else:
        _settled(draft, request, None)


def _check_role(request: rq.Request) -> None:
    """Services add what they were made for, people decide; neither does the other's part."""
    if isinstance(request.body, rq.SERVICE_KINDS) != (request.role is rq.Role.SERVICE):
        who = "a service" if request.role is rq.Role.SERVICE else "a person"
        raise Refusal("forbidden", f"{who} may not ask {type(request.body).__name__}", "role")
    if request.role not in (*_ALLOWED, rq.Role.SERVICE):
        raise Refusal("forbidden", f"a {request.role.value} may look but not act", "role")


def _settled(draft: Draft, request: rq.Request, refusal: Refusal | None) -> None:
    draft.emit(
        ev.RequestSettled(
            request_id=request.request_id,
            number=request.number,
            accepted=refusal is None,
            problem=refusal.problem if refusal else "",
            field=refusal.field if refusal else "",
            detail=refusal.detail if refusal else "",
        )
    )


def _submit(draft: Draft, request: rq.Request, body: rq.SubmitMission) -> None:
    check_mission(draft, body.mission, body.directive)
    if body.directive is not None:
        draft.emit(ev.DirectiveGiven(directive=body.directive, by=request.actor))
    draft.emit(ev.MissionAccepted(mission=body.mission, by=request.actor))


def _cancel_task(draft: Draft, request: rq.Request, body: rq.CancelTask) -> None:
    task = draft.state.tasks.get(body.task_id)
    if task is None:
        raise Refusal("not_found", f"no task named {body.task_id!r}", "task_id")
    if task.state.terminal:
        raise Refusal("conflict", f"{body.task_id} has ended already: it is {task.state.value}", "task_id")
    _cancel(draft, task, f"cancelled by {request.actor}: {body.reason}")


def _cancel(draft: Draft, task: Task, because: str) -> None:
    draft.withdraw(task, because)
    draft.change(task, TaskState.CANCELLED, because, forget_robot=True)


def _cancel_mission(draft: Draft, request: rq.Request, body: rq.CancelMission) -> None:
    mission = draft.state.missions.get(body.mission_id)
    if mission is None:
        raise Refusal("not_found", f"no mission named {body.mission_id!r}", "mission_id")
    if mission.state.terminal:
        raise Refusal("conflict", f"{body.mission_id} has ended already: it is {mission.state.value}", "mission_id")
    for task_id in mission.task_ids:
        task = draft.state.tasks[task_id]
        if not task.state.terminal:
            _cancel(draft, task, f"mission cancelled by {request.actor}: {body.reason}")


def _acknowledge(draft: Draft, request: rq.Request, body: rq.AcknowledgeEscalation) -> None:
    acknowledge(draft, request, body)


def _answer(draft: Draft, request: rq.Request, body: rq.AnswerEscalation) -> None:
    asked = draft.state.escalations.get(body.escalation_id)
    if asked is not None:
        check_committed(draft, asked, request.actor)
    answer(draft, request, body)


def _known_robot(draft: Draft, robot_id: str) -> None:
    if robot_id not in draft.state.robots:
        known = ", ".join(draft.state.robots) or "none yet"
        raise Refusal("not_found", f"no robot named {robot_id!r}; known: {known}", "robot_id")


def _set_hold(draft: Draft, request: rq.Request, body: rq.SetHold) -> None:
    if body.robot_id is not None:
        _known_robot(draft, body.robot_id)
    because = body.reason or ("held" if body.engage else "released")
    draft.emit(ev.HoldSet(robot_id=body.robot_id, engaged=body.engage, because=because, by=request.actor))
    chosen = [body.robot_id] if body.robot_id is not None else list(draft.state.robots)
    for robot_id in chosen:
        robot = draft.state.robots[robot_id]
        if body.engage:
            draft.tell(HoldRobot(robot_id=robot_id, because=because, by=request.actor))
        elif not robot.held_because and not draft.state.hold_all:
            # a robot that is held for two reasons goes on only when both are gone
            draft.tell(ReleaseHold(robot_id=robot_id, epoch=robot.epoch, by=request.actor))


def _take_lease(draft: Draft, request: rq.Request, body: rq.TakeLease) -> None:
    _known_robot(draft, body.robot_id)
    robot = draft.state.robots[body.robot_id]
    if robot.lease_person:
        raise Refusal("conflict", f"{robot.lease_person} has taken {body.robot_id} over already", "robot_id")
    task = draft.state.task_of(body.robot_id)
    command_id = task.command_of(body.robot_id) if task is not None else None
    if task is not None and command_id is not None and not task.state.terminal:
        if task.members:  # the others stop and keep what is in their hands
            draft.withdraw(task, f"{request.actor} takes {body.robot_id} over", but=body.robot_id)
        draft.tell(
            CancelCommand(
                command_id=command_id,
                robot_id=body.robot_id,
                epoch=robot.epoch,
                because=f"{request.actor} takes over",
            )
        )
    _move_lease(draft, body.robot_id, request.actor, f"{request.actor} takes over: {body.reason}")
    task = draft.state.task_of(body.robot_id)
    if task is not None and task.state in (TaskState.ASSIGNED, TaskState.EXECUTING):
        draft.change(task, TaskState.BLOCKED, f"{request.actor} has taken {body.robot_id} over")


def _return_lease(draft: Draft, request: rq.Request, body: rq.ReturnLease) -> None:
    _known_robot(draft, body.robot_id)
    person = draft.state.robots[body.robot_id].lease_person
    if not person:
        raise Refusal("conflict", f"nobody has taken {body.robot_id} over", "robot_id")
    if person != request.actor and request.role is not rq.Role.ADMIN:
        raise Refusal("conflict", f"{person} has {body.robot_id}; they or an admin may hand it back", "robot_id")
    _move_lease(draft, body.robot_id, "", f"{request.actor} hands it back: {body.reason}")
    task = draft.state.task_of(body.robot_id)
    if task is not None and not task.state.terminal:
        draft.change(task, TaskState.QUEUED, f"{request.actor} has handed {body.robot_id} back", forget_robot=True)


def _move_lease(draft: Draft, robot_id: str, person: str, because: str) -> None:
    epoch = max(draft.state.robots[robot_id].epoch, draft.state.leader_epoch) + 1
    draft.emit(ev.LeaseMoved(robot_id=robot_id, person=person, epoch=epoch, because=because))
    draft.tell(GrantLease(robot_id=robot_id, holder=person or "supervisor", epoch=epoch))


def _recovered(draft: Draft, request: rq.Request, body: rq.ReportRecovered) -> None:
    _known_robot(draft, body.robot_id)
    robot = draft.state.robots[body.robot_id]
    if not robot.aside_because:
        raise Refusal("conflict", f"{body.robot_id} was not set aside", "robot_id")
    if robot.aside_because == FALLEN and robot.fallen:
        raise Refusal("conflict", f"{body.robot_id} still reports that it has fallen", "robot_id")
    because = f"{request.actor}: {body.reason}"
    draft.emit(ev.RobotSetAside(robot_id=body.robot_id, aside=False, because=because, by=request.actor))
    resume_waiting(draft, body.robot_id, because)


_HANDLERS: dict[type, Callable[[Draft, rq.Request, Any], None]] = {
    rq.SubmitMission: _submit,
    rq.CancelTask: _cancel_task,
    rq.CancelMission: _cancel_mission,
    rq.AcknowledgeEscalation: _acknowledge,
    rq.AnswerEscalation: _answer,
    rq.SetHold: _set_hold,
    rq.TakeLease: _take_lease,
    rq.ReturnLease: _return_lease,
    rq.ReportRecovered: _recovered,
    rq.ReviewRuling: take_review,
    rq.PreviewOptions: take_previews,
    qr.DelegateEscalation: asides.delegate,
    qr.ShelveEscalation: asides.shelve,
    qr.UnshelveEscalation: asides.unshelve,
    qr.SetMaintenance: asides.set_maintenance,
    qr.EndMaintenance: asides.end_maintenance,
    GiveInstruction: instructing.give,
    kr.RegisterKey: keys.register,
    kr.RevokeKey: keys.revoke,
    orq.MakeStandingOrder: make_order,
    orq.RevokeStandingOrder: revoke_order,
    orq.ReportUserGone: user_gone,
    pq.CommitChoice: commit_choice,
    pq.ReportLooked: take_looks,
    pq.SeeOversight: see_oversight,
    tq.PinTask: task_changes.pin,
    tq.BanRobot: task_changes.ban,
    tq.OrderTask: task_changes.order,
    CloseWay: closures.close,
    OpenWay: closures.open_again,
}
