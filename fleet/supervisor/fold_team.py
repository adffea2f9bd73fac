"""What events make of teams, and of what people change about tasks."""

# ruff: noqa: ARG001  (every handler has the same signature, whether or not it needs the time)
from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.commands import CommandStatus, CommandUpdate
from fleet.model.tasks import Member, Stage, Task
from fleet.supervisor.folding import on
from fleet.supervisor.state import FleetState


def with_report(task: Task, update: CommandUpdate) -> Task:
    """The task after a member told how it is doing; the team is as far as the member that is least far."""
    told = tuple(_told(m, update, task.stage) if m.command_id == update.command_id else m for m in task.members)
    first = min((m for m in told if not m.ready), key=lambda m: m.fraction, default=told[0])
    claims = [m.claim_id for m in told]
    return replace(
        task,
        members=told,
        phase=first.phase or task.phase,
        fraction=min(m.fraction for m in told),
        claim_id=claims[0] if all(claims) else None,
    )


def _told(member: Member, update: CommandUpdate, stage: Stage | None) -> Member:
    done = update.status is CommandStatus.DONE and update.claim is not None
    claim = update.claim.claim_id if done and update.claim is not None and stage is Stage.CARRY else member.claim_id
    return replace(
        member,
        phase=update.phase or member.phase,
        fraction=max(member.fraction, update.fraction),
        ready=member.ready or done,
        claim_id=claim,
    )


def without_command(task: Task, command_id: str) -> Task:
    """The task after a member was told to give that command up: what it says of it changes nothing any more."""
    left = tuple(replace(m, command_id="") if m.command_id == command_id else m for m in task.members)
    return replace(task, members=left)


@on(ev.TeamAdvanced)
def _advanced(state: FleetState, event: ev.TeamAdvanced, at_s: float) -> FleetState:
    task, lead = state.tasks[event.task_id], event.members[0]
    return state.with_task(
        replace(
            task,
            stage=event.stage,
            members=event.members,
            command_id=lead.command_id,
            command_parameters=lead.parameters,
            heard_at_s=at_s,
        )
    )


@on(ev.TaskPinned)
def _pinned(state: FleetState, event: ev.TaskPinned, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    needs = replace(task.spec.needs, not_robots=event.not_robots)
    return state.with_task(replace(task, spec=replace(task.spec, robot_id=event.robot_id, needs=needs)))


@on(ev.TaskOrdered)
def _ordered(state: FleetState, event: ev.TaskOrdered, at_s: float) -> FleetState:
    task = state.tasks[event.task_id]
    return state.with_task(replace(task, spec=replace(task.spec, depends_on=event.depends_on)))
