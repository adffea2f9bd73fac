"""The inbox: open questions in the order in which they run out, and the answered ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from api.console.views.queue import queue_banner, queue_place
from api.console.views.ruling import why_asked
from api.console.views.words import CAUSES, action_words, plainly, task_title
from fleet.escalation.queue.waiting import waiters
from fleet.model.escalation import Escalation, Evidence, Option, Precedent, Severity
from fleet.model.evidence import Detection, Observation
from fleet.model.prediction import OptionPreview
from fleet.oversight.people.blind import hidden_from, order_for
from fleet.supervisor.state import FleetState

_RANK = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}
ANSWERED_SHOWN = 50
TURNED_OUT = {
    "well": "all of it was done",
    "came_back": "the question came back",
    "failed": "it failed",
    "open": "not known yet when this was asked",
    "ended": "nothing was left to do",
}


def inbox(
    state: FleetState, observed: Mapping[str, Observation] = MappingProxyType({}), person: str = ""
) -> dict[str, Any]:
    """Open questions, the one that runs out first on top, and the last answered ones, newest first. `observed` are
    observations by id: the state has only the newest of each source, a question may rest on an older one. `person`
    looks: recommendations of drawn questions are kept back from who has not said what they would choose."""
    waiting = sorted(state.open_escalations(), key=lambda e: (e.deadline_s, _RANK[e.severity], e.escalation_id))
    ended = [e for e in state.escalations.values() if not e.open]
    ended.sort(key=_ended_at, reverse=True)
    known = waiters(state)
    return {
        "open": [{**question(state, e, observed, person), "queue": queue_place(state, e, known)} for e in waiting],
        "ended": [question(state, e, observed) for e in ended[:ANSWERED_SHOWN]],
        "ended_total": len(ended),
        "queue": queue_banner(state),
    }


def question(
    state: FleetState, asked: Escalation, observed: Mapping[str, Observation], person: str = ""
) -> dict[str, Any]:
    """One question with all that a person needs to answer it. `digest` is what the answer is bound to."""
    default = asked.option(asked.safe_default)
    blind = hidden_from(state.oversight, asked, person)
    said = state.oversight.committed(asked.escalation_id, person)
    return {
        "id": asked.escalation_id,
        "state": asked.state.value,
        "severity": asked.severity.value,
        "cause": asked.cause.value,
        "why": CAUSES.get(asked.cause, plainly(asked.cause.value)),
        "decision_class": plainly(asked.decision_class),
        "question": asked.question,
        "unknowns": list(asked.unknowns),
        "gate": None if blind else why_asked(asked),
        "options": _kept_back(asked, person)
        if blind
        else [_option(o, asked.safe_default, asked.preview(o.option_id)) for o in asked.options],
        "previews": "" if blind else asked.previews_digest,
        "blind": blind,
        "said_first": said.option_id if said is not None else "",
        "precedents": [] if blind else [_precedent(p) for p in asked.precedents],
        "beside": _beside(state, asked),
        "evidence": [_evidence(state, e, observed) for e in asked.evidence],
        "safe_default": asked.safe_default,
        "safe_default_label": default.label if default else asked.safe_default,
        "raised_at_s": asked.raised_at_s,
        "raised_by": asked.raised_by,
        "deadline_s": asked.deadline_s,
        "digest": asked.shown_digest,
        "tasks": [_task(state, task_id) for task_id in asked.task_ids],
        "robots": list(asked.robot_ids),
        "objects": list(asked.object_ids),
        "acknowledged_by": asked.acknowledged_by or "",
        "acknowledged_until_s": asked.acknowledged_until_s,
        "decision": _decision(asked),
        "carried_out": asked.carried_out,
        "replaced_by": asked.replaced_by or "",
    }


def _kept_back(asked: Escalation, person: str) -> list[dict[str, Any]]:
    """The options without what recommends one, in an order that recommends none."""
    shown = [_option(o, asked.safe_default, None) for o in asked.options]
    nothing = dict.fromkeys(("success", "duration_s", "energy_wh", "makes_late"))
    rank = {option_id: i for i, option_id in enumerate(order_for(asked, person))}
    kept = [{**o, **nothing, "basis": "kept back until you have said what you would choose"} for o in shown]
    return sorted(kept, key=lambda o: rank[str(o["id"])])


def _beside(state: FleetState, asked: Escalation) -> list[str]:
    """What else is to be said of a question that is over: it was synthetic, or a standing order fitted it."""
    if asked.open:
        return []
    weighed, canary = state.weighed.get(asked.escalation_id), state.oversight.canaries.get(asked.escalation_id)
    found = [f"Standing order {', '.join(weighed.order_ids)}: {weighed.because}"] if weighed is not None else []
    if canary is not None:
        found.append(f"This question was synthetic, to see whether it is read: {canary.because}. Nothing came of it.")
    return found


def _precedent(before: Precedent) -> dict[str, Any]:
    return {
        "id": before.escalation_id,
        "question": before.question,
        "label": before.label,
        "by": before.by,
        "reason": before.reason,
        "at_s": before.decided_at_s,
        "turned_out": TURNED_OUT.get(before.turned_out, before.turned_out),
        "distance": before.distance,
    }


def _ended_at(asked: Escalation) -> float:
    return asked.decision.decided_at_s if asked.decision else asked.closed_at_s or asked.raised_at_s


def _option(option: Option, safe_default: str, preview: OptionPreview | None) -> dict[str, Any]:
    predicted = option.predicted
    return {
        "id": option.option_id,
        "label": option.label,
        "does": action_words(option.action),
        "basis": predicted.basis,
        "success": predicted.success,
        "duration_s": predicted.duration_s,
        "energy_wh": predicted.energy_wh,
        "makes_late": list(predicted.makes_late) if predicted.makes_late is not None else None,
        "if_wrong": option.if_wrong,
        "reversible": option.reversible,
        "possible": option.possible,
        "checks": [{"name": plainly(c.name), "ok": c.ok, "detail": c.detail} for c in option.checks],
        "safe_default": option.option_id == safe_default,
        "preview": None if preview is None else _preview(preview),
    }


def _preview(preview: OptionPreview) -> dict[str, Any]:
    """The numbers; a page that shows the question fetches the replay, which is long, by itself."""
    found = preview.prediction
    return {
        "runs": found.runs,
        "basis": found.basis,
        "success": found.success,
        "low": found.success_low,
        "high": found.success_high,
        "duration_s": found.duration_s,
        "closest_m": found.closest_person_m,
        "falls": found.falls,
        "energy_wh": found.energy_wh,
        "late": list(found.makes_late) if found.makes_late is not None else None,
        "problems": list(preview.problems),
    }


def _evidence(state: FleetState, evidence: Evidence, observed: Mapping[str, Observation]) -> dict[str, Any]:
    return {
        "kind": plainly(evidence.kind),
        "ref": evidence.ref,
        "summary": evidence.summary,
        "source": evidence.source,
        "at_s": evidence.at_s,
        "digest": evidence.digest,
        "details": _details(state, evidence, observed),
    }


def _details(state: FleetState, evidence: Evidence, observed: Mapping[str, Observation]) -> list[str]:
    """What lies behind a piece of evidence, as far as it is still at hand."""
    ref = evidence.ref
    if (observation := observed.get(ref)) is not None:
        looked = f"{observation.source_kind} {observation.source} looked at {', '.join(observation.covered) or '?'}"
        return [looked, *map(_seen, observation.detections)] if observation.detections else [looked, "saw nothing"]
    if (claim := state.claims.get(ref)) is not None:
        said = ", ".join(f"{plainly(k)}: {v}" for k, v in claim.statement.items())
        lines = [f"{claim.robot_id} claims after {claim.skill}: {said}"]
        checked = state.verifications.get(ref)
        return [*lines, f"{checked.verdict.value}: {checked.because}"] if checked else lines
    return []


def _seen(found: Detection) -> str:
    where = found.place or found.zone or f"({found.x:.1f}, {found.y:.1f})"
    held = f", held by {found.holder}" if found.holder else ""
    looks = ", ".join(f"{k} {v}" for k, v in found.attributes.items())
    return f"saw {found.subject_id}{f' ({looks})' if looks else ''} at {where}{held}, confidence {found.confidence:.0%}"


def _task(state: FleetState, task_id: str) -> dict[str, str]:
    task = state.tasks.get(task_id)
    if task is None:
        return {"id": task_id, "title": "", "why": "", "robot": "", "state": ""}
    return {
        "id": task_id,
        "title": task_title(task),
        "why": task.spec.why,
        "robot": task.robot_id or "",
        "state": task.state.value,
    }


def _decision(asked: Escalation) -> dict[str, Any] | None:
    made = asked.decision
    if made is None:
        return None
    option = asked.option(made.option_id)
    return {
        "option": made.option_id,
        "label": option.label if option else made.option_id,
        "how": made.how.value,
        "operator": made.operator,
        "role": made.role,
        "reason": made.reason,
        "at_s": made.decided_at_s,
        "took_s": made.decided_at_s - asked.raised_at_s,
    }
