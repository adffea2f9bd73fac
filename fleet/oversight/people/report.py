"""What is known of how one person decides. Computed from the state alone; shown to that person first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fleet.escalation.outcomes import turned_out
from fleet.model.escalation import DecidedHow, Decision, Escalation
from fleet.model.oversight import CanaryOutcome
from fleet.model.severity import Severity
from fleet.supervisor.state import FleetState

SHOWN_TO_ADMINS_AFTER_S = 7 * 86_400.0
HASTY_S = 5.0  # sooner after it was asked nobody has read a question of high severity


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonReport:
    """How one person decided, up to `until_s` of fleet time. Shares are None where there is nothing to divide.

    Args:
        answered: real questions; by severity in `by_severity`.
        median_s: from a question to its answer.
        hasty: of high severity and answered within 5 s.
        unread: of high severity and answered without any evidence opened, where the console measured it.
        measured: answers for which time on evidence was measured; `median_evidence_s` is of those.
        blind: answers that were said first, before scores and predictions; `changed` of them were given differently
            afterwards.
        turned_out: what the answers led to: `well` (all tasks done), `came_back` (the same question within ten
            minutes), `failed`, `open` (not known yet), `ended` (nothing was to be done).
        compared: answers to questions that somebody else answered too; `agreed` of them were the same.
        canaries: `caught`, `missed` synthetic questions.
        orders: standing orders in their name that are live, and how many questions those answered.
        by_default: safe defaults that they answer for.
    """

    person: str
    until_s: float
    answered: int
    by_severity: dict[str, int]
    median_s: float | None
    hasty: int
    unread: int
    measured: int
    median_evidence_s: float | None
    blind: int
    changed: int
    turned_out: dict[str, int]
    compared: int
    agreed: int
    canaries: dict[str, int]
    orders: int
    answered_by_orders: int
    by_default: int


def of_person(state: FleetState, person: str, until_s: float) -> PersonReport:
    """How `person` decided, as far as decisions up to `until_s` tell."""
    decided = [(e, e.decision) for e in state.escalations.values() if e.decision is not None]
    theirs = [(e, d) for e, d in decided if d.operator == person and d.decided_at_s <= until_s]
    canaries = state.oversight.canaries
    real = [(e, d) for e, d in theirs if d.how is DecidedHow.ANSWERED and e.escalation_id not in canaries]
    high = [(e, d) for e, d in real if e.severity is Severity.HIGH]
    spent = {e.escalation_id: _evidence_s(state, e.escalation_id, person) for e, _ in real}
    measured = [s for s in spent.values() if s is not None]
    compared = [same for e, d in real for same in (_agreement(decided, e, d),) if same is not None]
    first = [(d, c) for e, d in real for c in (state.oversight.committed(e.escalation_id, person),) if c is not None]
    led_to = [turned_out(state, e, d) for e, d in real]
    return PersonReport(
        person=person,
        until_s=until_s,
        answered=len(real),
        by_severity={s.value: sum(1 for e, _ in real if e.severity is s) for s in Severity},
        median_s=_median([d.decided_at_s - e.raised_at_s for e, d in real]),
        hasty=sum(1 for e, d in high if d.decided_at_s - e.raised_at_s < HASTY_S),
        unread=sum(1 for e, _ in high if spent[e.escalation_id] == 0.0),
        measured=len(measured),
        median_evidence_s=_median(measured),
        blind=len(first),
        changed=sum(1 for d, c in first if d.option_id != c.option_id),
        turned_out={how: led_to.count(how) for how in ("well", "came_back", "failed", "open", "ended")},
        compared=len(compared),
        agreed=sum(compared),
        canaries=_canaries(state, person, until_s),
        orders=sum(1 for o in state.orders.values() if o.owner == person and o.state.live),
        answered_by_orders=sum(1 for _, d in theirs if d.how is DecidedHow.STANDING_ORDER),
        by_default=sum(1 for _, d in theirs if d.how is DecidedHow.SAFE_DEFAULT),
    )


def _median(values: Sequence[float]) -> float | None:
    return round(float(median(values)), 1) if values else None


def _evidence_s(state: FleetState, escalation_id: str, person: str) -> float | None:
    """Seconds with evidence open; None where the console of this person did not measure it."""
    looks = [k for k in state.oversight.looks.get(escalation_id, ()) if k.person == person]
    return sum(k.seconds for k in looks if k.ref != "question") if looks else None


def _agreement(decided: Sequence[tuple[Escalation, Decision]], asked: Escalation, made: Decision) -> bool | None:
    """Whether most others who were asked the same decided the same; None where nobody else was."""
    others = [
        d.option_id == made.option_id
        for e, d in decided
        if e.dedup_key == asked.dedup_key and d.how is DecidedHow.ANSWERED and d.operator != made.operator
    ]
    return 2 * sum(others) >= len(others) if others else None


def _canaries(state: FleetState, person: str, until_s: float) -> dict[str, int]:
    outcomes = [c.outcome for c in state.oversight.canaries.values() if c.by == person and c.revealed_at_s <= until_s]
    return {o.value: outcomes.count(o) for o in (CanaryOutcome.CAUGHT, CanaryOutcome.MISSED)}


def people(state: FleetState) -> list[str]:
    """Everybody who has answered a question, in the order in which they first did."""
    decided = (e.decision for e in state.escalations.values() if e.decision is not None)
    return list(dict.fromkeys(d.operator for d in decided if d.how is DecidedHow.ANSWERED))


def shown_until_s(state: FleetState, person: str, now_s: float) -> float:
    """Up to when others may see how a person decided: what they have seen themselves, and what is a week old."""
    return max(state.oversight.seen.get(person, 0.0), now_s - SHOWN_TO_ADMINS_AFTER_S, 0.0)
