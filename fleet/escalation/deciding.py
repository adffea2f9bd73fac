"""The one way to decide anything that could be wrong: pass the gate, then act or ask, and keep the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from fleet.escalation.audits import drawn
from fleet.escalation.load import load
from fleet.model import events as ev
from fleet.model.ruling import Choice, Ruled
from fleet.supervisor.draft import Draft


def decide_or_ask(
    draft: Draft,
    choice: Choice,
    subject: Mapping[str, str],
    *,
    act: Callable[[int], None],
    ask: Callable[[Ruled], str],
) -> Ruled:
    """Rule on `choice` and carry the ruling out.

    Args:
        subject: what it is about, in ids: `task`, `robot`, `object`, `claim`.
        act: does the option of that index.
        ask: puts the question, with the ruling on it, and returns the escalation's id.
    """
    ruled = _ruled(draft, choice, subject)
    if ruled.ruling.act:
        draft.emit(ev.RulingMade(ruled=ruled))
        chosen = ruled.ruling.chosen
        assert chosen is not None, "the gate acts on one option"
        act(chosen)
        return ruled
    ruled = replace(ruled, escalation_id=ask(ruled))
    draft.emit(ev.RulingMade(ruled=ruled))
    return ruled


def _ruled(draft: Draft, choice: Choice, subject: Mapping[str, str]) -> Ruled:
    settings = draft.context.settings
    ruling_id = f"R{draft.state.rulings + 1}"
    ruling = draft.context.gate.rule(choice, load(draft.state, draft.now_s))
    return Ruled(
        ruling_id=ruling_id,
        choice=choice,
        ruling=ruling,
        subject=dict(subject),
        ruled_at_s=draft.now_s,
        policy=draft.context.gate.digest,
        review=ruling.act and drawn(ruling_id, settings.audit_share),
        review_chance=settings.audit_share if ruling.act else 1.0,
    )
