"""The journal in words: who did what, when and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.console.views import (
    timeline_instructions,
    timeline_keys,
    timeline_learning,
    timeline_people,
    timeline_plan,
    timeline_queue,
    timeline_team,
    timeline_traffic,
)
from api.console.views.words import CAUSES, asked_for, plainly, span
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.escalation import DecidedHow
from fleet.model.evidence import Verdict
from fleet.model.instructions import GiveInstruction
from fleet.model.tasks import TaskState

Line = tuple[str, str, str]
"""Topic (task, question, robot, evidence, person, system), tone ("", "notice", "alarm", "minor") and the sentence."""


def entry(record: Record) -> dict[str, Any]:
    """One record as a line of the timeline. `minor` lines are hidden until asked for."""
    topic, tone, text = sentence(record.event)
    return {"seq": record.seq, "at_s": record.at_s, "topic": topic, "tone": tone, "text": text}


def sentence(event: ev.Event) -> Line:
    """What the event says, in words. Every kind of event has its own."""
    return _SAYERS[type(event)](event)


_SAYERS: dict[type, Callable[[Any], Line]] = {}


def _says(kind: type) -> Callable[[Callable[[Any], Line]], Callable[[Any], Line]]:
    def register(sayer: Callable[[Any], Line]) -> Callable[[Any], Line]:
        _SAYERS[kind] = sayer
        return sayer

    return register


def _because(because: str) -> str:
    return f": {because}" if because else ""


@_says(ev.SupervisorStarted)
def _started(event: ev.SupervisorStarted) -> Line:
    return "system", "notice", f"Supervisor {event.supervisor_id} took the lead (epoch {event.epoch})"


@_says(ev.RobotDescribed)
def _described(event: ev.RobotDescribed) -> Line:
    it = event.description
    return "robot", "", f"{it.robot_id} became known: {it.model} by {it.vendor}"


@_says(ev.RobotReported)
def _reported(event: ev.RobotReported) -> Line:
    it = event.state
    tone = "alarm" if it.posture.value == "fallen" or it.e_stop else "minor"
    stopped = ", emergency stop pressed" if it.e_stop else ""
    return "robot", tone, f"{it.robot_id} reports: {it.posture.value}, battery {it.battery_fraction:.0%}{stopped}"


@_says(ev.ContactLost)
def _lost(event: ev.ContactLost) -> Line:
    return "robot", "notice", f"No contact with {event.robot_id} for {event.silent_s:.1f} s; it may be perfectly well"


@_says(ev.ContactRegained)
def _regained(event: ev.ContactRegained) -> Line:
    return "robot", "", f"{event.robot_id} is heard again after {span(event.silent_s)}"


@_says(ev.CommandReported)
def _commanded(event: ev.CommandReported) -> Line:
    it = event.update
    tone = "notice" if it.status.value in ("failed", "rejected", "blocked") else "minor"
    return "robot", tone, f"{it.robot_id} on task {it.task_id}: {it.status.value}{_because(it.reason)}"


@_says(ev.ObservationMade)
def _observed(event: ev.ObservationMade) -> Line:
    it = event.observation
    seen = ", ".join(d.subject_id for d in it.detections) or "nothing"
    return "evidence", "minor", f"{it.source_kind} {it.source} saw {seen} (looking at {', '.join(it.covered) or '?'})"


@_says(ev.RequestReceived)
def _asked(event: ev.RequestReceived) -> Line:
    it = event.request
    tone = "minor" if isinstance(it.body, rq.SERVICE_KINDS) else ""
    return "person", tone, f"{it.actor} ({it.role.value}) {_wish(it.body)}"


def _wish(body: rq.RequestBody) -> str:
    match body:
        case rq.SubmitMission(mission=mission):
            only = mission.tasks[0] if len(mission.tasks) == 1 else None
            return f"asked to {asked_for(only)}" if only else f"asked for mission “{mission.title}”"
        case GiveInstruction(directive_id=directive_id, text=text):
            return f"said “{text:.200}” ({directive_id})"
        case rq.CancelTask(task_id=task_id, reason=reason):
            return f"cancelled task {task_id}{_because(reason)}"
        case rq.CancelMission(mission_id=mission_id, reason=reason):
            return f"cancelled mission {mission_id}{_because(reason)}"
        case rq.AcknowledgeEscalation(escalation_id=escalation_id):
            return f"took question {escalation_id}"
        case rq.AnswerEscalation(escalation_id=escalation_id, option_id=option_id, reason=reason):
            return f"answered question {escalation_id} with “{option_id}”{_because(reason)}"
        case rq.SetHold(robot_id=robot_id, engage=engage, reason=reason):
            return f"{'held' if engage else 'released'} {robot_id or 'ALL robots'}{_because(reason)}"
        case rq.TakeLease(robot_id=robot_id, reason=reason):
            return f"took {robot_id} over{_because(reason)}"
        case rq.ReturnLease(robot_id=robot_id, reason=reason):
            return f"handed {robot_id} back{_because(reason)}"
        case rq.ReportRecovered(robot_id=robot_id, reason=reason):
            return f"reported that {robot_id} has been seen to{_because(reason)}"
        case rq.PreviewOptions(escalation_id=escalation_id):
            return f"tried the options of question {escalation_id} ahead"
    return timeline_people.wish(body) or timeline_traffic.wish(body) or timeline_queue.wish(body)


@_says(ev.RequestSettled)
def _settled(event: ev.RequestSettled) -> Line:
    if event.accepted:
        return "person", "minor", f"Request {event.number} was accepted"
    return "person", "notice", f"Request {event.number} was refused ({plainly(event.problem)}){_because(event.detail)}"


@_says(ev.DirectiveGiven)
def _directive(event: ev.DirectiveGiven) -> Line:
    return "person", "", f"{event.by} directs: {event.directive.objective}{_because(event.directive.reason)}"


@_says(ev.MissionAccepted)
def _mission(event: ev.MissionAccepted) -> Line:
    it = event.mission
    many = f"{len(it.tasks)} task{'' if len(it.tasks) == 1 else 's'}"
    return "task", "", f"Mission “{it.title or it.mission_id}” is on the books with {many}"


@_says(ev.MissionEnded)
def _mission_ended(event: ev.MissionEnded) -> Line:
    tone = "" if event.state.value == "done" else "notice"
    return "task", tone, f"Mission {event.mission_id} is {event.state.value}{_because(event.because)}"


@_says(ev.TaskChanged)
def _task(event: ev.TaskChanged) -> Line:
    loud = event.state in (TaskState.FAILED, TaskState.ESCALATED, TaskState.BLOCKED)
    return "task", "notice" if loud else "", f"Task {event.task_id} is {event.state.value}{_because(event.because)}"


@_says(ev.TaskGrounded)
def _grounded(event: ev.TaskGrounded) -> Line:
    chosen = ", ".join(f"{name} = {value}" for name, value in event.grounded.items())
    return "task", "", f"For task {event.task_id}, {event.by} chose {chosen}{_because(event.because)}"


@_says(ev.TaskProgressed)
def _progressed(event: ev.TaskProgressed) -> Line:
    return "task", "minor", f"Task {event.task_id}: {event.phase or 'under way'}, {event.fraction:.0%}"


@_says(ev.TaskAssigned)
def _assigned(event: ev.TaskAssigned) -> Line:
    next_best = f"; {event.runner_up} would have been next" if event.runner_up else ""
    return "task", "", f"{event.robot_id} got task {event.task_id}{next_best}"


@_says(ev.CommandCancelled)
def _cancelled(event: ev.CommandCancelled) -> Line:
    return "task", "", f"{event.robot_id} was told to give up task {event.task_id}{_because(event.because)}"


@_says(ev.ClaimChecked)
def _checked(event: ev.ClaimChecked) -> Line:
    it = event.verification
    tone = "" if it.verdict is Verdict.CONFIRMED else "notice"
    likely = f", {it.likely:.0%} likely to be true" if it.likely is not None else ""
    return "evidence", tone, f"Claim on task {it.task_id} {it.verdict.value}{likely}{_because(it.because)}"


@_says(ev.EscalationRaised)
def _raised(event: ev.EscalationRaised) -> Line:
    it = event.escalation
    why = CAUSES.get(it.cause, plainly(it.cause.value))
    return "question", "notice", f"Question {it.escalation_id} ({why.lower()}): {it.question}"


@_says(ev.EscalationMerged)
def _merged(event: ev.EscalationMerged) -> Line:
    more = ", ".join((*event.task_ids, *event.robot_ids))
    return "question", "", f"Question {event.escalation_id} came up again and now also concerns {more}"


@_says(ev.EscalationAcknowledged)
def _acknowledged(event: ev.EscalationAcknowledged) -> Line:
    return "question", "", f"{event.by} is looking at question {event.escalation_id}"


@_says(ev.EscalationReleased)
def _free_again(event: ev.EscalationReleased) -> Line:
    return "question", "notice", f"Question {event.escalation_id} is everybody's again{_because(event.because)}"


@_says(ev.EscalationDecided)
def _decided(event: ev.EscalationDecided) -> Line:
    it = event.decision
    if it.how is DecidedHow.SAFE_DEFAULT:
        text = f"Nobody answered question {it.escalation_id} in time: safe default “{it.option_id}”"
        return "question", "notice", f"{text} ({it.operator} answers for it)"
    return "question", "", f"{it.operator} decided question {it.escalation_id}: “{it.option_id}”{_because(it.reason)}"


@_says(ev.EscalationMoved)
def _moved(event: ev.EscalationMoved) -> Line:
    after = f"; asked again as {event.replaced_by}" if event.replaced_by else ""
    return "question", "", f"Question {event.escalation_id} is {event.state.value}{_because(event.because)}{after}"


@_says(ev.OptionsPreviewed)
def _previewed(event: ev.OptionsPreviewed) -> Line:
    runs = max((p.prediction.runs for p in event.previews), default=0)
    return "question", "minor", f"Options of question {event.escalation_id} were tried ahead, {runs} times each"


@_says(ev.RulingMade)
def _ruled(event: ev.RulingMade) -> Line:
    return "question", "minor", event.ruled.ruling.sentence


@_says(ev.RobotSetAside)
def _aside(event: ev.RobotSetAside) -> Line:
    verb = "gets no work" if event.aside else f"gets work again, says {event.by}"
    return "robot", "notice" if event.aside else "", f"{event.robot_id} {verb}{_because(event.because)}"


@_says(ev.HoldSet)
def _hold(event: ev.HoldSet) -> Line:
    who = event.robot_id or "ALL robots"
    done = "held" if event.engaged else "released"
    return (
        "robot",
        "alarm" if event.engaged and not event.robot_id else "notice",
        f"{who} {done} by {event.by}{_because(event.because)}",
    )


@_says(ev.LeaseMoved)
def _lease(event: ev.LeaseMoved) -> Line:
    holder = event.person or "the supervisor"
    return (
        "robot",
        "notice" if event.person else "",
        f"{event.robot_id} is now commanded by {holder}{_because(event.because)}",
    )


@_says(ev.ObjectFound)
def _found(event: ev.ObjectFound) -> Line:
    where = (
        f"with {event.holder}"
        if event.holder
        else event.place or f"{event.zone or 'the floor'} ({event.x:.1f}, {event.y:.1f})"
    )
    return "evidence", "minor", f"{event.object_id} is believed to be at {where}, on the word of {event.source}"


_SAYERS.update(timeline_instructions.SAYERS)
_SAYERS.update(timeline_learning.SAYERS)
_SAYERS.update(timeline_queue.SAYERS)
_SAYERS.update(timeline_people.SAYERS)
_SAYERS.update(timeline_keys.SAYERS)
_SAYERS.update(timeline_plan.SAYERS)
_SAYERS.update(timeline_team.SAYERS)
_SAYERS.update(timeline_traffic.SAYERS)
assert set(ev.EVENT_KINDS.values()) == set(_SAYERS), "every kind of event needs its words"
