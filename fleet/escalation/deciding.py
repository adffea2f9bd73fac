"""The one way to decide anything that could be wrong: pass the gate, then act or ask, and keep the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from fleet.escalation import raising
from fleet.escalation.audits import drawn
from fleet.escalation.gate import records as names
from fleet.escalation.load import load
from fleet.escalation.reserved import known_facts, reserved_because
from fleet.escalation.truth import level_now
from fleet.model import events as ev
from fleet.model.ruling import Choice, Ruled
from fleet.policy.gather import on_record
from fleet.supervisor.draft import Draft

BY_GATE, BY_PROOF = "gate", "proof"
_NO_PAST_NEEDED = (names.CALIBRATED, names.ONE_OPTION, names.SURE_ENOUGH, names.WORTH_IT)


def decide_or_ask(
    draft: Draft,
    choice: Choice,
    subject: Mapping[str, str],
    *,
    act: Callable[[int], None],
    ask: Callable[[Ruled], str],
) -> Ruled:
    """Rule on `choice` and carry the ruling out.

    The gate rules first. Where it has no past cases of the class at all, `choice.proof` decides. Whatever is reserved
    is asked about. A question that nobody reserved may then be answered by a standing order, with the name of the
    person who gave it (`fleet.escalation.standing`).

    Args:
        subject: what it is about, in ids: `task`, `robot`, `object`, `claim`.
        act: does the option of that index.
        ask: puts the question, with the ruling on it, and returns the escalation's id.
    """
    return carry_out(draft, rule(draft, choice, subject), act=act, ask=ask)


def carry_out(draft: Draft, ruled: Ruled, *, act: Callable[[int], None], ask: Callable[[Ruled], str]) -> Ruled:
    """Put a ruling of `rule` on record and do as it says; it must be of this step, with nothing decided since."""
    if ruled.ruling.act:
        draft.emit(ev.RulingMade(ruled=ruled))
        chosen = ruled.ruling.chosen
        assert chosen is not None, "the gate acts on one option"
        act(chosen)
        return ruled
    ruled = replace(ruled, escalation_id=ask(ruled))
    draft.emit(ev.RulingMade(ruled=ruled))
    return ruled


def rule(draft: Draft, choice: Choice, subject: Mapping[str, str]) -> Ruled:
    """What would be ruled now. Nothing happens, nothing is kept: for rules that may as well wait for more evidence."""
    facts = known_facts(draft, choice, subject)
    choice = replace(choice, reserved=reserved_because(draft, choice, facts))
    ruled = replace(_by_gate(draft, choice, subject), facts=on_record(facts))
    if not ruled.ruling.act and not choice.reserved:
        ruled = _by_proof(ruled) or ruled
    if not ruled.ruling.act:
        return ruled
    share = draft.context.settings.audit_share
    return replace(ruled, review=drawn(ruled.ruling_id, share), review_chance=share)


def ask_always(
    draft: Draft,
    question: raising.Question,
    subject: Mapping[str, str],
    *,
    reserved: str = "",
    conflicts: tuple[str, ...] = (),
) -> str:
    """Put a question that only a person can answer; it passes the gate all the same, so that the reason is on record.

    Args:
        reserved: why no robot may decide; whoever asked for the work may then not approve it either.
        conflicts: or what the fleet cannot settle by itself: the request and the world do not go together.

    Returns:
        The escalation's id.
    """
    possible = tuple(o.label for o in question.options if o.possible)
    choice = Choice(
        decision_class=question.decision_class,
        severity=question.severity,
        options=possible,
        scores=tuple(1.0 / len(possible) for _ in possible),
        reserved=reserved,
        conflicts=conflicts,
    )
    ruled = decide_or_ask(
        draft, choice, subject, act=_never, ask=lambda r: raising.ask(draft, replace(question, ruled=r))
    )
    return ruled.escalation_id


def _never(chosen: int) -> None:
    raise AssertionError(f"acted on option {chosen} of a decision that is a person's")


def _by_gate(draft: Draft, choice: Choice, subject: Mapping[str, str]) -> Ruled:
    people = draft.context.oversight.operators(draft.now_s)
    ruling = draft.context.gate.rule(choice, load(draft.state, draft.now_s, people), level_now(draft, choice))
    return Ruled(
        ruling_id=f"R{draft.state.rulings + 1}",
        choice=_sayable(choice),
        ruling=ruling,
        subject=dict(subject),
        ruled_at_s=draft.now_s,
        policy=draft.context.in_force,
    )


def _by_proof(ruled: Ruled) -> Ruled | None:
    """Without any past cases of the class, evidence that leaves nothing to guess decides, as long as all else holds."""
    choice, ruling = ruled.choice, ruled.ruling
    others = all(c.holds for c in ruling.conditions if c.name not in _NO_PAST_NEEDED)
    if not choice.proof or ruling.examples or ruling.chosen is None or not others or choice.flaw:
        return None
    sentence = f"Decided without a person and without past cases: {choice.options[0]}. {choice.proof}."
    return replace(ruled, ruling=replace(ruling, act=True, chosen=0, sentence=sentence), by=BY_PROOF)


def _sayable(choice: Choice) -> Choice:
    """The choice as a journal can hold it: numbers that are none are kept in words."""
    wrong = []
    if not all(map(math.isfinite, choice.scores)):
        wrong.append("scores " + _in_words(choice.scores))
        choice = replace(choice, scores=())
    if not all(map(math.isfinite, choice.features)):
        wrong.append("features " + _in_words(choice.features))
        choice = replace(choice, features=())
    if not math.isfinite(choice.loss_if_wrong) or not math.isfinite(choice.delay_cost):
        wrong.append("loss if wrong and cost of delay " + _in_words((choice.loss_if_wrong, choice.delay_cost)))
        choice = replace(choice, loss_if_wrong=0.0, delay_cost=0.0)
    return replace(choice, flaw="given were " + "; ".join(wrong)) if wrong else choice


def _in_words(numbers: tuple[float, ...]) -> str:
    return ", ".join(f"{n:g}" for n in numbers)
