"""Time on evidence: what people had open, and for how long, as their console says and time allows."""

from __future__ import annotations

import math

from fleet.escalation.answers import Refusal
from fleet.model import events as ev
from fleet.model.oversight import Look
from fleet.model.oversight_requests import ReportLooked
from fleet.model.requests import Request
from fleet.supervisor.draft import Draft

QUESTION = "question"
_MOST = 100
_SLACK_S = 2.0


def take_looks(draft: Draft, request: Request, body: ReportLooked) -> None:
    """Keep what somebody looked at. Nobody looks at anything for longer than it has been there.

    Raises:
        Refusal: there is no such question or evidence, or the times cannot be.
    """
    escalation = draft.state.escalations.get(body.escalation_id)
    if escalation is None:
        raise Refusal("not_found", f"no escalation named {body.escalation_id!r}", "escalation_id")
    if not 0 < len(body.looked) <= _MOST:
        raise Refusal("invalid", f"expected 1 to {_MOST} pieces of evidence, got {len(body.looked)}", "looked")
    end_s = escalation.decision.decided_at_s if escalation.decision is not None else draft.now_s
    there_for_s = end_s - escalation.raised_at_s + _SLACK_S
    known = {e.ref for e in escalation.evidence} | {QUESTION}
    before = draft.state.oversight.looks.get(body.escalation_id, ())
    spent = {ref: sum(k.seconds for k in before if (k.person, k.ref) == (request.actor, ref)) for ref in known}
    for i, look in enumerate(body.looked):
        where = f"looked[{i}]"
        if look.ref not in known:
            raise Refusal("invalid", f"{look.ref!r} is not evidence of this question", f"{where}.ref")
        if not math.isfinite(look.seconds) or look.seconds < 0:
            raise Refusal("invalid", f"got {look.seconds}, expected seconds of 0 or more", f"{where}.seconds")
        spent[look.ref] += look.seconds
        if spent[look.ref] > there_for_s:
            said = f"{spent[look.ref]:.0f} s in all for {look.ref}, but it was there for {there_for_s:.0f} s"
            raise Refusal("invalid", said, f"{where}.seconds")
    draft.emit(
        ev.EvidenceLooked(
            looks=tuple(
                Look(
                    escalation_id=body.escalation_id,
                    person=request.actor,
                    ref=look.ref,
                    seconds=round(look.seconds, 1),
                    at_s=draft.now_s,
                )
                for look in body.looked
            )
        )
    )
