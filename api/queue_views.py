"""The queue of questions as it is given out: what waits in which order, what is put aside, what is silenced by what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from fleet.escalation.load import load
from fleet.escalation.queue.waiting import in_order, waiters, waiting_cost
from fleet.model.escalation import Escalation
from fleet.model.queue import Entry
from fleet.model.wire import to_plain
from fleet.supervisor.state import FleetState


class TierView(BaseModel):
    """One tier of a question's policy, and whether it was told."""

    to: list[str] = Field(examples=[["role:operator"]])
    within_s: float = Field(examples=[90.0])
    told_at_s: float | None
    people: list[str] = Field(examples=[["Mia Berger"]], description="who was told")


class PlaceView(BaseModel):
    """A question's place in the queue."""

    escalation_id: str = Field(examples=["E7"])
    question: str
    severity: str
    state: str
    zone: str
    group_id: str
    policy: str = Field(examples=["standard"])
    tier: int = Field(description="from 0; -1 before anybody was told")
    tiers: list[TierView]
    next_tier_at_s: float | None = Field(description="fleet time, s; null where none is left or it is not running")
    deadline_s: float
    acknowledged_by: str | None
    delegated_to: str
    shelved: dict[str, Any] | None
    suppressed: dict[str, Any] | None
    cost: float = Field(description="of letting it wait; orders the queue and has no unit")
    cost_words: str = Field(examples=["42 s left, 2 tasks get late, 1 people near"])


class GroupView(BaseModel):
    """Questions that belong together."""

    group_id: str
    key: str
    escalation_ids: list[str]


class SourceView(BaseModel):
    """What silences questions, and which."""

    source: str = Field(examples=["O1"])
    kind: str = Field(examples=["outage"])
    what: str
    since_s: float | None
    until_s: float | None
    escalation_ids: list[str]


class QueueView(BaseModel):
    """The queue as it stands."""

    now_s: float
    flood: dict[str, Any] | None = Field(description="since when, and how many questions so far; null: there is none")
    load: float = Field(description="questions of the last ten minutes, relative to what one person can bear (2)")
    waiting: list[PlaceView] = Field(description="the dearest to let wait first")
    shelved: list[PlaceView]
    silenced: list[PlaceView]
    groups: list[GroupView]
    sources: list[SourceView]


def place_view(
    state: FleetState, asked: Escalation, entry: Entry, now_s: float, waiting_for: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """See `PlaceView`."""
    cost = waiting_cost(state, asked, now_s, waiting_for)
    runs = entry.notified_at_s is not None and entry.shelved is None and entry.suppressed is None
    more = entry.tier + 1 < len(entry.policy.tiers) and asked.acknowledged_by is None
    within_s = entry.policy.tiers[max(entry.tier, 0)].within_s
    return {
        "escalation_id": asked.escalation_id,
        "question": asked.question,
        "severity": asked.severity.value,
        "state": asked.state.value,
        "zone": entry.zone,
        "group_id": entry.group_id,
        "policy": entry.policy.policy_id,
        "tier": entry.tier,
        "tiers": [_tier(entry, i) for i in range(len(entry.policy.tiers))],
        "next_tier_at_s": (entry.notified_at_s or 0.0) + within_s if runs and more and asked.open else None,
        "deadline_s": asked.deadline_s,
        "acknowledged_by": asked.acknowledged_by,
        "delegated_to": entry.delegated_to,
        "shelved": to_plain(entry.shelved),
        "suppressed": to_plain(entry.suppressed),
        "cost": cost.score,
        "cost_words": cost.words,
    }


def _tier(entry: Entry, number: int) -> dict[str, Any]:
    tier = entry.policy.tiers[number]
    told = next((t for t in entry.tried if t.tier == number), None)
    people = list(dict.fromkeys(name for t in entry.tried if t.tier == number for name in t.to))
    return {
        "to": list(tier.to),
        "within_s": tier.within_s,
        "told_at_s": told.at_s if told is not None else None,
        "people": people,
    }


def queue_view(state: FleetState, now_s: float) -> dict[str, Any]:
    """See `QueueView`."""
    queue = state.queue
    placed = [(e, queue.entries[e.escalation_id]) for e in state.open_escalations() if e.escalation_id in queue.entries]
    order = {asked.escalation_id: i for i, (asked, _) in enumerate(in_order(state, now_s))}

    waiting_for = waiters(state)

    def views(kept: list[tuple[Escalation, Entry]]) -> list[dict[str, Any]]:
        return [place_view(state, asked, entry, now_s, waiting_for) for asked, entry in kept]

    waiting = [pair for pair in placed if pair[0].escalation_id in order]
    waiting.sort(key=lambda pair: order[pair[0].escalation_id])
    return {
        "now_s": now_s,
        "flood": to_plain(queue.flood),
        "load": round(load(state, now_s), 3),
        "waiting": views(waiting),
        "shelved": views([p for p in placed if p[1].shelved is not None]),
        "silenced": views([p for p in placed if p[1].suppressed is not None]),
        "groups": [to_plain({"group_id": g.group_id, "key": g.key, "escalation_ids": g.escalation_ids})
                   for g in queue.groups.values()],
        "sources": sources(state),
    }  # fmt: skip


def sources(state: FleetState) -> list[dict[str, Any]]:
    """Everything that silences questions now, each with those that it silences."""
    queue, found = state.queue, []
    for outage in queue.outages.values():
        what = f"{len(outage.robot_ids)} robots of {outage.kind} {outage.place} are silent"
        found.append(_source(state, outage.outage_id, "outage", what, outage.since_s, None))
    for window in queue.windows.values():
        where = " and ".join(filter(None, (window.zone, ", ".join(window.robot_ids))))
        what = f"maintenance at {where} by {window.by}: {window.reason}"
        found.append(_source(state, window.window_id, "maintenance", what, window.from_s, window.to_s))
    if state.hold_all:
        what = f"all robots are held by {state.hold_all_by}: {state.hold_all}"
        found.append(_source(state, "hold_all", "hold", what, None, None))
    questions = {e.suppressed.source for e in queue.entries.values() if e.suppressed is not None}
    for escalation_id in sorted(questions & set(state.escalations)):
        asked = state.escalations[escalation_id]
        if asked.open:
            found.append(_source(state, escalation_id, "question", asked.question, asked.raised_at_s, None))
    return found


def _source(
    state: FleetState, source: str, kind: str, what: str, since_s: float | None, until_s: float | None
) -> dict[str, Any]:
    silenced = [i for i in state.queue.silenced_by(source) if state.escalations[i].open]
    return {
        "source": source,
        "kind": kind,
        "what": what,
        "since_s": since_s,
        "until_s": until_s,
        "escalation_ids": silenced,
    }
