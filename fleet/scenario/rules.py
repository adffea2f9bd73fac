"""What must hold in every run, whatever the scenario is about: the rules of docs/explanation/how-it-works.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.evidence import Verdict
from fleet.model.requests import SubmitMission
from fleet.model.robot import Posture
from fleet.model.spots import spot_pose
from fleet.model.tasks import Task, TaskState
from fleet.scenario.record import Finding
from fleet.supervisor.state import FleetState


def rule(index: int, what: str, broken: str = "", at_s: float | None = None) -> Finding:
    """A rule as a finding: kept where `broken` is empty."""
    return Finding(
        index=index, what=what, kind="rule", kept=not broken, detail=broken, broke_at_s=at_s if broken else None
    )


def rules(state: FleetState, records: Sequence[Record], since_s: float = 0.0) -> list[Finding]:
    """The rules that a journal can be held against. They are numbered from 0."""
    found = [
        _accepted(records, since_s),
        _checked(state),
        _fit_robots(records, since_s),
        _answered_once(records, since_s),
    ]
    return [
        Finding(index=i, what=f.what, kind=f.kind, kept=f.kept, detail=f.detail, broke_at_s=f.broke_at_s)
        for i, f in enumerate(found)
    ]


def _accepted(records: Sequence[Record], since_s: float) -> Finding:
    submitted = {
        r.event.request.request_id: r.event.request.body.mission.mission_id
        for r in records
        if isinstance(r.event, ev.RequestReceived) and isinstance(r.event.request.body, SubmitMission)
    }
    for r in records:
        if isinstance(r.event, ev.RequestSettled) and not r.event.accepted and r.event.request_id in submitted:
            why = f"{submitted[r.event.request_id]}: {r.event.problem}: {r.event.field}: {r.event.detail}"
            return rule(0, "every mission is accepted", why, round(r.at_s - since_s, 3))
    return rule(0, "every mission is accepted")


def _checked(state: FleetState) -> Finding:
    wrong = [
        t.task_id
        for t in state.tasks.values()
        if t.state is TaskState.DONE
        and t.requested_by != "verification"  # a look is what it saw: evidence, and no claim about the world
        and spot_pose(str(t.spec.parameters.get("place"))) is None  # it made room: shown by who passes
        and not _confirmed(state, t)
        and not _accepted_by_a_person(state, t)
    ]
    return rule(0, "no task counts as done on a robot's word alone", ", ".join(wrong))


def _confirmed(state: FleetState, task: Task) -> bool:
    verification, claim = state.verifications.get(task.claim_id or ""), state.claims.get(task.claim_id or "")
    if verification is None or claim is None or verification.verdict is not Verdict.CONFIRMED:
        return False
    return bool(set(verification.sources) - {claim.robot_id})


def _accepted_by_a_person(state: FleetState, task: Task) -> bool:
    return any(
        task.task_id in e.task_ids and e.decision is not None and e.decision.option_id == "accept"
        for e in state.escalations.values()
    )


@dataclass(slots=True)
class _Robot:
    """Why it must not get work, as far as the journal says so."""

    reasons: dict[str, bool] = field(default_factory=dict)

    def unfit(self) -> str:
        return ", ".join(name for name, holds in self.reasons.items() if holds)


def _fit_robots(records: Sequence[Record], since_s: float) -> Finding:
    """Nothing is assigned to a robot that is fallen, stopped, silent, held, or in a person's hands."""
    what = "nothing is assigned to a robot that lies, is stopped, silent, held, or taken over by a person"
    robots: dict[str, _Robot] = {}
    everybody_held = False
    for r in records:
        event = r.event
        if isinstance(event, ev.RobotReported):
            reasons = robots.setdefault(event.state.robot_id, _Robot()).reasons
            reasons["fallen"], reasons["stopped"] = event.state.posture is Posture.FALLEN, event.state.e_stop
        elif isinstance(event, (ev.ContactLost, ev.ContactRegained)):
            robots.setdefault(event.robot_id, _Robot()).reasons["silent"] = isinstance(event, ev.ContactLost)
        elif isinstance(event, ev.LeaseMoved):
            robots.setdefault(event.robot_id, _Robot()).reasons["taken over"] = bool(event.person)
        elif isinstance(event, ev.HoldSet) and event.robot_id is None:
            everybody_held = event.engaged
        elif isinstance(event, ev.HoldSet) and event.robot_id is not None:
            robots.setdefault(event.robot_id, _Robot()).reasons["held"] = event.engaged
        elif isinstance(event, ev.TaskAssigned):
            why = "all are held" if everybody_held else robots.setdefault(event.robot_id, _Robot()).unfit()
            if why:
                return rule(0, what, f"{event.task_id} to {event.robot_id}: {why}", round(r.at_s - since_s, 3))
    return rule(0, what)


def _answered_once(records: Sequence[Record], since_s: float) -> Finding:
    what = "a question is decided once"
    seen: set[str] = set()
    for r in records:
        if isinstance(r.event, ev.EscalationDecided):
            escalation_id = r.event.decision.escalation_id
            if escalation_id in seen:
                return rule(0, what, escalation_id, round(r.at_s - since_s, 3))
            seen.add(escalation_id)
    return rule(0, what)
