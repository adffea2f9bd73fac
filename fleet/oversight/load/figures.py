"""The figures of ISA-18.2 (and EEMUA 191) for one operator, from what became of the questions.

Windows of ten minutes follow each other from the first record on. What is counted is what people were shown; silenced
questions are counted beside it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fleet.model.escalation import DecidedHow
from fleet.model.severity import Severity
from fleet.oversight.load.gather import Asked, Gathered
from fleet.oversight.load.missed import Missed, missed

WINDOW_S, DAY_S = 600.0, 86400.0
FLOOD = 10  # more than so many in ten minutes for one operator
STANDING_S = 86400.0  # a source whose questions were open, or came back within ten minutes, for longer than a day
CHATTER = 3  # the same source so often in ten minutes
AIMS = {"per_10_min": 1.0, "per_10_min_most": 2.0, "per_day": 150.0, "flood_share": 0.01, "top_ten_share": 0.05,
        "stale_per_day": 5.0}  # fmt: skip
SPLIT = {Severity.LOW: 0.80, Severity.MEDIUM: 0.15, Severity.HIGH: 0.05}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of questions (its dedup key), and how many it gave rise to."""

    source: str
    questions: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """What one person did."""

    name: str
    decided: int
    by_default: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """All figures. Rates are for one operator: the questions divided by `people`. Times in s, shares in [0, 1]; None
    where there was nothing to measure. `per_window` are the questions put in each window, for all operators."""

    begins_s: float
    ends_s: float
    people: int
    questions: int
    put: int
    pages: int
    per_10_min: float
    per_10_min_p99: float
    per_10_min_max: float
    over_bearable: float
    per_day: float
    floods: int
    flood_share: float
    flood_longest_s: float
    priorities: dict[str, float]
    top_ten: tuple[Source, ...]
    top_ten_share: float
    chattering: tuple[Source, ...]
    stale_per_day: float
    standing: int
    overtaken: int
    shelved: int
    silenced: dict[str, int]
    outages: int
    acknowledged_after_s: float | None
    acknowledged_p90_s: float | None
    decided_after_s: float | None
    decided_p90_s: float | None
    answered: int
    safe_defaults: int
    missed: tuple[Missed, ...]
    missed_kinds: dict[str, int]
    acted: int
    reviewed: int
    persons: tuple[PersonLine, ...]
    per_window: tuple[int, ...]


def figures(found: Gathered, people: int = 1, days: float | None = None) -> LoadReport:
    """The report on a journal's last `days` (all of it by default), for so many people on shift."""
    ends = found.ends_s
    begins = found.begins_s or 0.0
    if days is not None:
        begins = max(begins, ends - days * DAY_S)
    asked = [q for q in found.questions.values() if q.raised_at_s >= begins]
    put = [q for q in asked if q.put_at_s is not None]
    counts = _windows(put, begins, ends)
    each = [c / people for c in counts]
    span_days = max((ends - begins) / DAY_S, 1e-9)
    sources = Counter(q.source for q in put)
    top = tuple(_source(name, n, len(put)) for name, n in sources.most_common(10))
    lost = [m for m in missed(found) if m.at_s >= begins]
    to_take, to_decide = _times(put)
    floods = [f for f in found.floods if (f[1] or ends) >= begins]
    standing = _standing(put)
    return LoadReport(
        begins_s=begins,
        ends_s=ends,
        people=people,
        questions=len(asked),
        put=len(put),
        pages=sum(q.pages for q in asked),
        per_10_min=sum(each) / len(each) if each else 0.0,
        per_10_min_p99=_percentile(sorted(each), 0.99) or 0.0,
        per_10_min_max=max(each, default=0.0),
        over_bearable=_share(sum(c > AIMS["per_10_min_most"] for c in each), len(each)),
        per_day=len(put) / people / max(span_days, WINDOW_S / DAY_S),
        floods=len(floods),
        flood_share=_share(sum(c > FLOOD for c in each), len(each)),
        flood_longest_s=max(((end or ends) - begin for begin, end in floods), default=0.0),
        priorities={s.value: _share(sum(q.severity is s for q in put), len(put)) for s in Severity},
        top_ten=top,
        top_ten_share=sum(s.share for s in top),
        chattering=_chattering(put),
        stale_per_day=len(standing) / max(span_days, 1.0),
        standing=len(standing),
        overtaken=sum(q.overtaken for q in put),
        shelved=sum(q.shelved for q in asked),
        silenced=dict(sorted(Counter(q.silenced_by for q in asked if q.silenced_by).items())),
        outages=found.outages,
        acknowledged_after_s=median(to_take) if to_take else None,
        acknowledged_p90_s=_percentile(to_take, 0.9),
        decided_after_s=median(to_decide) if to_decide else None,
        decided_p90_s=_percentile(to_decide, 0.9),
        answered=sum(q.how is DecidedHow.ANSWERED for q in asked),
        safe_defaults=sum(q.how is DecidedHow.SAFE_DEFAULT for q in asked),
        missed=tuple(lost),
        missed_kinds={k: sum(m.kind == k for m in lost) for k in ("asked_too_late", "default_wrong", "never_asked")},
        acted=found.acted,
        reviewed=found.reviewed,
        persons=_persons(asked),
        per_window=tuple(counts),
    )


def _times(put: Sequence[Asked]) -> tuple[list[float], list[float]]:
    """Seconds from being told to taking up, and to the answer, sorted."""
    told = [(q, q.put_at_s) for q in put if q.put_at_s is not None]
    to_take = sorted(q.seen_at_s - put_at_s for q, put_at_s in told if q.seen_at_s is not None)
    decided = (q.decided_at_s - put_at_s for q, put_at_s in told if q.how is DecidedHow.ANSWERED and q.decided_at_s)
    return to_take, sorted(decided)


def _windows(put: Sequence[Asked], begins: float, ends: float) -> list[int]:
    counts = [0] * max(1, math.ceil((ends - begins) / WINDOW_S))
    for q in put:
        at = int(((q.put_at_s or begins) - begins) // WINDOW_S)
        counts[min(max(at, 0), len(counts) - 1)] += 1
    return counts


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def _source(name: str, count: int, of: int) -> Source:
    return Source(source=name, questions=count, share=_share(count, of))


def _by_source(put: Sequence[Asked]) -> dict[str, list[Asked]]:
    found: dict[str, list[Asked]] = {}
    for q in sorted(put, key=lambda q: q.put_at_s or 0.0):
        found.setdefault(q.source, []).append(q)
    return found


def _chattering(put: Sequence[Asked]) -> tuple[Source, ...]:
    """Sources that came at least `CHATTER` times within ten minutes."""
    found = []
    for name, questions in _by_source(put).items():
        times = [q.put_at_s or 0.0 for q in questions]
        ends = times[CHATTER - 1 :]
        if any(b - a <= WINDOW_S for a, b in zip(times, ends, strict=False)):
            found.append(_source(name, len(times), len(put)))
    return tuple(sorted(found, key=lambda s: (-s.questions, s.source)))


def _standing(put: Sequence[Asked]) -> list[str]:
    """Sources that people had before them for more than a day, with pauses of at most ten minutes."""
    found = []
    for name, questions in _by_source(put).items():
        since = until = questions[0].put_at_s or 0.0
        for q in questions:
            begins, ends = q.put_at_s or 0.0, q.closed_at_s or q.deadline_s
            since = since if begins - until <= WINDOW_S else begins
            until = max(until, ends)
            if until - since > STANDING_S:
                found.append(name)
                break
    return found


def _persons(asked: Sequence[Asked]) -> tuple[PersonLine, ...]:
    decided = Counter(q.by for q in asked if q.how is DecidedHow.ANSWERED)
    default = Counter(q.by for q in asked if q.how is DecidedHow.SAFE_DEFAULT)
    names = sorted({*decided, *default})
    return tuple(PersonLine(name=n, decided=decided[n], by_default=default[n]) for n in names)
