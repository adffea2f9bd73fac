"""Follows the journal and puts what is to be told into the outbox. Reads only; never in the fleet's way."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

from fleet.clock import Clock
from fleet.escalation.queue.rules import WebhookSettings
from fleet.journal.base import JournalReader, Record
from fleet.model import events as ev
from fleet.model.orders import OrderState
from fleet.model.severity import Severity
from fleet.webhooks.outbox import Outbox

FLOOD = "flood"
_RANK = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2}
_PAGE = 500
_EPOCH_S = 1e8  # fleet time above this is the time of day; below, it is a simulator's clock


class Follower:
    """Moves each webhook's cursor along the journal."""

    def __init__(self, journal: JournalReader, outbox: Outbox, hooks: Sequence[WebhookSettings], clock: Clock) -> None:
        self._journal, self._outbox, self._hooks, self._clock = journal, outbox, tuple(hooks), clock
        head = journal.head()
        for hook in self._hooks:
            self._outbox.start_at(hook.id, head)  # a webhook that is new hears of what is new

    def collect(self) -> int:
        """Read what is new for every webhook. Returns how many letters were put."""
        return sum(self._collect(hook) for hook in self._hooks)

    def _collect(self, hook: WebhookSettings) -> int:
        put = 0
        seq = self._outbox.cursor(hook.id) or 0
        if self._journal.head() < seq:  # a new journal in the old one's place: what it says is news from its beginning
            seq = 0
        while records := self._journal.read(seq, _PAGE):
            with self._outbox.writing() as db:
                for record in records:
                    put += sum(
                        _put(db, hook, record.seq, letter, self._wall(record))
                        for letter in self._told(db, hook, record)
                    )
                db.execute("UPDATE cursors SET seq = ? WHERE hook = ?", (records[-1].seq, hook.id))
            seq = records[-1].seq
        return put

    def _wall(self, record: Record) -> float:
        return record.at_s if record.at_s > _EPOCH_S else self._clock.wall_s()

    def _told(self, db: sqlite3.Connection, hook: WebhookSettings, record: Record) -> Iterator[dict[str, object]]:
        event, wall_s = record.event, self._wall(record)
        if isinstance(event, ev.EscalationRouted):
            db.execute("INSERT OR REPLACE INTO members VALUES (?, ?)", (event.escalation_id, event.group_id))
        elif isinstance(event, ev.EscalationNotified):
            yield from _notified(db, hook, event, wall_s)
        elif isinstance(event, ev.EscalationAcknowledged):
            rows = db.execute("SELECT key FROM members WHERE escalation = ?", (event.escalation_id,)).fetchall()
            yield from _follow_up(db, hook, rows[0][0] if rows else "", "acknowledge", wall_s, event.by)
        elif isinstance(event, ev.GroupClosed):
            yield from _follow_up(db, hook, event.group_id, "resolve", wall_s)
        elif isinstance(event, ev.FloodBegan):
            details: dict[str, object] = {"questions": event.questions}
            yield _trigger(db, hook, FLOOD, f"Flood of questions: {event.because}", Severity.HIGH, wall_s, details)
        elif isinstance(event, ev.FloodEnded):
            yield from _follow_up(db, hook, FLOOD, "resolve", wall_s)
        elif isinstance(event, ev.StandingOrderChanged):
            yield from _order(db, hook, event, wall_s)


def _order(
    db: sqlite3.Connection, hook: WebhookSettings, event: ev.StandingOrderChanged, wall_s: float
) -> Iterator[dict[str, object]]:
    """A standing order with which people no longer agree is an incident until somebody takes it back, or it ends."""
    key = f"order-{event.order_id}"
    if event.state is not OrderState.SUSPENDED:
        yield from _follow_up(db, hook, key, "resolve", wall_s)
    elif _RANK[Severity.MEDIUM] >= _RANK[hook.least_severity]:
        text = f"Standing order {event.order_id} is suspended: {event.because}"
        yield _trigger(db, hook, key, text, Severity.MEDIUM, wall_s, {"order": event.order_id})


def _notified(
    db: sqlite3.Connection, hook: WebhookSettings, event: ev.EscalationNotified, wall_s: float
) -> Iterator[dict[str, object]]:
    notice = event.notice
    known = db.execute("SELECT 1 FROM incidents WHERE hook = ? AND key = ?", (hook.id, notice.group_id)).fetchone()
    too_low = _RANK[notice.severity] < _RANK[hook.least_severity]
    if known is None and (too_low or (hook.only_pages and not notice.page)):
        return
    details = {
        "questions": list(notice.escalation_ids),
        "tier": notice.tier + 1,
        "told": list(notice.to),
        "because": notice.because,
        "deadline_s": notice.deadline_s,
        "called": notice.page,
    }
    yield _trigger(db, hook, notice.group_id, notice.text, notice.severity, wall_s, details)


def _trigger(
    db: sqlite3.Connection,
    hook: WebhookSettings,
    key: str,
    summary: str,
    severity: Severity,
    wall_s: float,
    details: dict[str, object],
) -> dict[str, object]:
    values = (hook.id, key, wall_s, severity.value, summary)
    db.execute("INSERT OR IGNORE INTO incidents VALUES (?, ?, ?, ?, ?)", values)
    (begun,) = db.execute(
        "SELECT begun_at_s FROM incidents WHERE hook = ? AND key = ?", (hook.id, key)
    ).fetchone()  # fmt: skip
    return {
        "key": key,
        "action": "trigger",
        "summary": summary,
        "severity": severity.value,
        "begun_at_s": begun,
        "at_s": wall_s,
        "details": details,
    }


def _follow_up(
    db: sqlite3.Connection, hook: WebhookSettings, key: str, action: str, wall_s: float, by: str = ""
) -> Iterator[dict[str, object]]:
    row = db.execute(
        "SELECT begun_at_s, severity, summary FROM incidents WHERE hook = ? AND key = ?", (hook.id, key)
    ).fetchone()
    if row is None:
        return  # nobody was told of it: there is nothing to take back
    if action == "resolve":
        db.execute("DELETE FROM incidents WHERE hook = ? AND key = ?", (hook.id, key))
    begun, severity, summary = row
    yield {
        "key": key,
        "action": action,
        "summary": summary,
        "severity": severity,
        "begun_at_s": begun,
        "at_s": wall_s,
        "by": by,
        "details": {},
    }


def _put(db: sqlite3.Connection, hook: WebhookSettings, seq: int, letter: dict[str, object], wall_s: float) -> int:
    db.execute(
        "INSERT INTO waiting (hook, seq, body, put_at_s, next_at_s) VALUES (?, ?, ?, ?, ?)",
        (hook.id, seq, json.dumps(letter), wall_s, wall_s),
    )
    return 1
