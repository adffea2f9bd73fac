"""Canaries: now and then a question that is none, with an option that contradicts what it says, to measure attention.

It is about no task and no robot, so that nothing can follow from an answer. It is marked in the journal from the
beginning, kept from people until it is answered, and told to them then.
"""

from __future__ import annotations

import hashlib
from itertools import permutations

from fleet.escalation.precedents import precedents
from fleet.escalation.raising import HOLD, cancel_option, hold_option
from fleet.escalation.situation import situation_digest
from fleet.model import events as ev
from fleet.model.escalation import Cause, DecidedHow, Escalation, Evidence, GroundingCheck, Option, Prediction, Severity
from fleet.model.oversight import Canary, CanaryOutcome
from fleet.model.site import ObjectRecord
from fleet.model.wire import digest
from fleet.supervisor.draft import Draft
from fleet.supervisor.grounding import say
from fleet.supervisor.state import FleetState

ON_DUTY_S = 1800.0  # somebody who answered so lately is there
_CLASS = "which_described_object"


def is_canary(state: FleetState, escalation_id: str) -> bool:
    """Whether the question is synthetic; it counts in no figure of the fleet's own."""
    return escalation_id in state.oversight.canaries


def watch_canaries(draft: Draft) -> None:
    """Plant one where it is due and disturbs nobody."""
    every_s = draft.context.settings.canary_every_s
    if every_s <= 0 or draft.state.hold_all or draft.state.queue.flood is not None:
        return
    known = draft.state.oversight.canaries.values()
    last_s = max((c.planted_at_s for c in known), default=0.0)
    # Not on the minute: who knows when the next one comes is attentive then.
    due_s = last_s + every_s * (0.5 + _share(f"when|{len(known)}"))
    if draft.now_s < due_s or draft.state.open_escalations() or not _somebody_is_there(draft):
        return
    chosen = _pair(draft, len(known))
    if chosen is not None:
        _plant(draft, *chosen)


def _share(text: str) -> float:
    return int.from_bytes(hashlib.sha256(f"canary|{text}".encode()).digest()[:8], "big") / float(1 << 64)


def _somebody_is_there(draft: Draft) -> bool:
    return any(
        e.decision is not None
        and e.decision.how is DecidedHow.ANSWERED
        and draft.now_s - e.decision.decided_at_s <= ON_DUTY_S
        for e in draft.state.escalations.values()
    )


def _pair(draft: Draft, number: int) -> tuple[ObjectRecord, ObjectRecord] | None:
    """An object to describe, and another that the description plainly does not fit."""
    objects = [o for o in draft.context.site.objects.values() if o.attributes]
    pairs = [(a, b) for a, b in permutations(objects, 2) if a.kind == b.kind and _differ(a, b)]
    return pairs[int(_share(f"which|{number}") * len(pairs))] if pairs else None


def _differ(a: ObjectRecord, b: ObjectRecord) -> bool:
    shared = a.attributes.keys() & b.attributes.keys()
    return any(a.attributes[k].casefold() != b.attributes[k].casefold() for k in shared)


def _plant(draft: Draft, meant: ObjectRecord, decoy: ObjectRecord) -> None:
    said = say(meant.attributes)
    escalation_id = f"E{len(draft.state.escalations) + 1}"
    source = "an instruction that came in"
    options = (
        *(
            _option(draft, record)
            for record in sorted((meant, decoy), key=lambda o: _share(escalation_id + o.object_id))
        ),
        cancel_option("None of these: cancel the task"),
        hold_option(draft, ()),
    )
    cause = Cause.AMBIGUOUS_INSTRUCTION
    key = f"{cause.value}|-|{said} →|{_CLASS}"  # like a real one's, and equal to none: none is merged into this
    asked = Escalation(
        escalation_id=escalation_id,
        dedup_key=key,
        cause=cause,
        decision_class=_CLASS,
        severity=Severity.MEDIUM,
        question=f"Which object is meant by {said}: {meant.object_id} or {decoy.object_id}?",
        unknowns=(f"nothing else was said than {said}",),
        options=options,
        evidence=tuple(_evidence(draft, record, source) for record in (meant, decoy)),
        safe_default=HOLD,
        raised_at_s=draft.now_s,
        deadline_s=draft.now_s + draft.context.settings.answer_within_s,
        situation_digest=situation_digest(draft.state, draft.context.site, cause, (), (), ()),
        raised_by="supervisor",
        precedents=precedents(draft.state, cause, key, None, ()),
    )
    draft.emit(ev.EscalationRaised(escalation=asked))
    wrong = ", ".join(f"{k} {v}" for k, v in sorted(decoy.attributes.items()))
    because = f"{decoy.object_id} is {wrong}; what was said is {said}"
    canary = Canary(
        escalation_id=escalation_id,
        bad=(f"object:{decoy.object_id}",),
        because=because,
        planted_at_s=draft.now_s,
    )
    draft.emit(ev.CanaryPlanted(canary=canary))


def _option(draft: Draft, record: ObjectRecord) -> Option:
    where = _where(draft, record)
    looks = ", ".join(f"{k} {v}" for k, v in sorted(record.attributes.items()))
    return Option(
        option_id=f"object:{record.object_id}",
        label=f"{record.object_id} ({looks}), at {where}",
        action={"do": "ground", "object": record.object_id},
        predicted=Prediction(basis="success is not known: no rollout was run"),
        if_wrong="the wrong object is delivered and somebody has to notice",
        checks=(GroundingCheck(name="exists", ok=True, detail=f"on the site's inventory, last seen: {where}"),),
    )


def _evidence(draft: Draft, record: ObjectRecord, source: str) -> Evidence:
    looks = ", ".join(f"{k} {v}" for k, v in sorted(record.attributes.items()))
    return Evidence(
        kind="inventory",
        ref=record.object_id,
        summary=f"{record.object_id}: {looks}, {record.mass_kg:g} kg, at {_where(draft, record)}",
        source=source,
        at_s=draft.now_s,
        digest=digest(record),
    )


def _where(draft: Draft, record: ObjectRecord) -> str:
    believed = draft.state.objects.get(record.object_id)
    if believed is not None:
        return believed.holder or believed.place or believed.zone
    return record.place_id or "an unknown place"


def reveal(draft: Draft, escalation: Escalation) -> None:
    """Say what came of a canary that was decided."""
    decision = escalation.decision
    canary = draft.state.oversight.canaries[escalation.escalation_id]
    if decision is None or canary.outcome is not CanaryOutcome.OPEN:
        return
    if decision.how is not DecidedHow.ANSWERED:
        outcome = CanaryOutcome.UNANSWERED
    else:
        outcome = CanaryOutcome.MISSED if decision.option_id in canary.bad else CanaryOutcome.CAUGHT
    by = decision.operator if outcome is not CanaryOutcome.UNANSWERED else ""
    draft.emit(ev.CanaryRevealed(escalation_id=escalation.escalation_id, outcome=outcome, by=by))
