"""Running a journal again: to the state it gives, and against the decisions that were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from fleet.journal.base import JournalReader, Record
from fleet.journal.codec import CODEC
from fleet.model.errors import JournalCorrupt
from fleet.model.events import Event, is_input
from fleet.supervisor.context import Context
from fleet.supervisor.decide import decide
from fleet.supervisor.fold import fold
from fleet.supervisor.state import FleetState

_PAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """A batch in which the program would now decide otherwise than the journal says. `at` counts the batch's decisions
    from 0; an empty text stands for "nothing"."""

    batch: int
    seq: int
    at: int
    recorded: str
    decided: str

    def __str__(self) -> str:
        recorded, decided = _around_the_difference(self.recorded, self.decided)
        where = f"batch {self.batch}, seq {self.seq}, decision {self.at}"
        return f"{where}: the journal says {recorded or 'nothing'}, the program decides {decided or 'nothing'}"


def _around_the_difference(recorded: str, decided: str, width: int = 100) -> tuple[str, str]:
    """Both texts cut down to where they begin to differ, with the event's kind in front."""
    shorter = min(len(recorded), len(decided))
    same = next((i for i in range(shorter) if recorded[i] != decided[i]), shorter)
    if max(len(recorded), len(decided)) <= 2 * width:
        return recorded, decided
    start = max(0, same - width // 2)

    def cut(text: str) -> str:
        kind, end = text.partition(" ")[0], start + width
        shown = text[start:end] + ("..." if len(text) > end else "")
        return f"{kind} ...{shown}" if text and start else shown

    return cut(recorded), cut(decided)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCheck:
    """What came of running all decisions again. `state` is the state at the end, by the journal's own events."""

    batches: int
    decisions: int
    state: FleetState
    divergences: tuple[Divergence, ...] = ()


def records_of(reader: JournalReader, after: int = 0, page: int = _PAGE) -> Iterator[Record]:
    """All records, a page at a time: a journal need not fit into memory."""
    while records := reader.read(after=after, limit=page):
        yield from records
        after = records[-1].seq


def replay_state(reader: JournalReader, upto: int | None = None) -> FleetState:
    """The state after record `upto` (or the last one), from the first record on; snapshots are not used.

    Raises:
        JournalCorrupt: a record is damaged, or does not fit the state before it.
    """
    state = FleetState()
    for record in records_of(reader):
        if upto is not None and record.seq > upto:
            break
        state = _folded(state, record)
    return state


def replay_decisions(reader: JournalReader, context: Context, most: int = 20) -> DecisionCheck:
    """Decide every batch again from its inputs and compare with what was decided then.

    The state goes on with the journal's decisions, so that one difference does not bring forth others. `context` must
    be the one of the run: the same site, settings and allocator. Stops after `most` divergences.

    Raises:
        JournalCorrupt: a record is damaged, or does not fit the state before it.
    """
    state, batches, decisions = FleetState(), 0, 0
    divergences: list[Divergence] = []
    for batch, group in groupby(records_of(reader), key=lambda record: record.batch):
        records = list(group)
        batches += 1
        inputs = [record for record in records if is_input(record.event)]
        recorded = [record for record in records if not is_input(record.event)]
        if records != inputs + recorded:
            raise JournalCorrupt(f"batch {batch}, from seq {records[0].seq}: an input comes after a decision")
        for record in inputs:
            state = _folded(state, record)
        now_s = max(records[0].at_s, state.now_s)
        decided, _ = decide(state, [record.event for record in inputs], now_s, context)
        found = _first_difference(batch, records[-1].seq, recorded, decided)
        if found is not None:
            divergences.append(found)
            if len(divergences) >= most:
                break
        decisions += len(recorded)
        for record in recorded:
            state = _folded(state, record)
    return DecisionCheck(batches=batches, decisions=decisions, state=state, divergences=tuple(divergences))


def _folded(state: FleetState, record: Record) -> FleetState:
    try:
        return fold(state, record)
    except (AssertionError, LookupError, TypeError, ValueError) as error:
        raise JournalCorrupt(
            f"seq {record.seq}: {type(record.event).__name__} does not fit the state before it: {error}"
        ) from error


def _first_difference(
    batch: int, last_seq: int, recorded: Sequence[Record], decided: Iterable[Event]
) -> Divergence | None:
    then = [_text(record.event) for record in recorded]
    now = [_text(event) for event in decided]
    for at in range(max(len(then), len(now))):
        was = then[at] if at < len(then) else ""
        would = now[at] if at < len(now) else ""
        if was != would:
            seq = recorded[at].seq if at < len(recorded) else last_seq
            return Divergence(batch=batch, seq=seq, at=at, recorded=was, decided=would)
    return None


def _text(event: Event) -> str:
    """The event as the journal writes it, so that only what would be written is compared."""
    return f"{type(event).__name__} {CODEC.encode(event).body}"
