"""Holding expectations against what happened. Pure: the same happenings always give the same findings.

What was never put to the test is not kept: a `within` whose beginning never came, an `always` that had nothing to hold
for, a bound on something that was never measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fleet.scenario.expect import Always, AtEnd, Bound, Claim, Count, Expectation, InOrder, Never, Within
from fleet.scenario.measures import Measures
from fleet.scenario.pattern import Happening, Pattern, at, fits_fields
from fleet.scenario.record import Finding

_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run, as expectations see it: `happenings` in the order of time; `at_end` maps subject and id to fields.

    `truth` says whether the world itself was looked at; without it, what needs that is not evaluated.
    """

    happenings: Sequence[Happening]
    measures: Measures
    at_end: Mapping[str, Mapping[str, Mapping[str, Any]]]
    end_s: float
    truth: bool = True


@dataclass(frozen=True, slots=True)
class _Result:
    kept: bool
    detail: str = ""
    at_s: float | None = None


def findings(expectations: Sequence[Expectation], outcome: Outcome) -> tuple[Finding, ...]:
    """One finding for each expectation, in their order."""
    return tuple(_finding(i, e, outcome) for i, e in enumerate(expectations))


def _finding(index: int, expectation: Expectation, outcome: Outcome) -> Finding:
    evaluated = outcome.truth or not expectation.needs_truth
    if evaluated:
        result = _judge(expectation.claim, outcome)
    else:
        result = _Result(True, "not evaluated: only the world itself can tell, and it runs in another process")
    return Finding(
        index=index,
        what=str(expectation),
        kind=expectation.claim.kind,
        kept=result.kept,
        detail=result.detail,
        broke_at_s=None if result.kept else result.at_s,
        line=expectation.line,
        because=expectation.because,
        evaluated=evaluated,
    )


def _judge(claim: Claim, outcome: Outcome) -> _Result:
    if isinstance(claim, Within):
        return _within(claim, outcome)
    if isinstance(claim, Never):
        return _never(claim, outcome)
    if isinstance(claim, Always):
        return _always(claim, outcome)
    if isinstance(claim, InOrder):
        return _in_order(claim, outcome)
    if isinstance(claim, Count):
        return _count(claim, outcome)
    return _bound(claim, outcome) if isinstance(claim, Bound) else _at_end(claim, outcome)


def _found(outcome: Outcome, pattern: Pattern) -> list[tuple[int, Happening]]:
    return [(i, h) for i, h in enumerate(outcome.happenings) if pattern.fits(h)]


def _after(outcome: Outcome, index: int) -> Iterator[tuple[int, Happening]]:
    return ((i, outcome.happenings[i]) for i in range(index + 1, len(outcome.happenings)))


def _within(claim: Within, outcome: Outcome) -> _Result:
    start = Happening(at_s=0.0, kind="start")
    triggers = _found(outcome, claim.of) if claim.of is not None else [(-1, start)]
    if not triggers:
        return _Result(False, f"never put to the test: {claim.of} did not happen", outcome.end_s)
    longest = 0.0
    for index, trigger in triggers:
        limit = trigger.at_s + claim.seconds + _EPSILON_S
        later = (h for _, h in _after(outcome, index))
        answer = next((h for h in later if h.at_s > limit or claim.then.fits(h, trigger)), None)
        if answer is None or answer.at_s > limit:
            return _Result(False, _missed(claim, trigger, outcome), min(limit, outcome.end_s))
        longest = max(longest, answer.at_s - trigger.at_s)
    times = "" if len(triggers) == 1 else f" at most, {len(triggers)} times"
    return _Result(True, f"after {longest:.1f} s{times}")


def _missed(claim: Within, trigger: Happening, outcome: Outcome) -> str:
    since = f"at {trigger.at_s:.1f} s came {trigger.kind}, " if claim.of is not None else ""
    late = next((h for h in outcome.happenings if h.at_s > trigger.at_s and claim.then.fits(h, trigger)), None)
    if late is not None:
        return f"{since}but {claim.then} only after {late.at_s - trigger.at_s:.1f} s"
    cut = trigger.at_s + claim.seconds > outcome.end_s
    return f"{since}but no {claim.then}" + (f" before the run ended at {outcome.end_s:.1f} s" if cut else "")


def _never(claim: Never, outcome: Outcome) -> _Result:
    start = Happening(at_s=0.0, kind="start")
    begins = _found(outcome, claim.after) if claim.after is not None else [(-1, start)]
    if not begins:
        return _Result(False, f"never put to the test: {claim.after} did not happen", outcome.end_s)
    for index, begin in begins:
        for _, happening in _after(outcome, index):
            if claim.until is not None and claim.until.fits(happening, begin):
                break
            if claim.what.fits(happening, begin):
                return _Result(False, f"it did: {in_words(happening)}", happening.at_s)
    return _Result(True)


def _always(claim: Always, outcome: Outcome) -> _Result:
    met = _found(outcome, claim.what)
    if not met:
        return _Result(False, f"never put to the test: {claim.what} did not happen", outcome.end_s)
    wrong = next((h for _, h in met if not claim.holds.fits(h)), None)
    if wrong is not None:
        held = ", ".join(f"{name}: {at(wrong.fields, name)}" for name in claim.holds.where)
        return _Result(False, f"at {wrong.at_s:.1f} s: {held}", wrong.at_s)
    return _Result(True, f"{len(met)} times")


def _in_order(claim: InOrder, outcome: Outcome) -> _Result:
    index, before = -1, None
    times: list[str] = []
    for step in claim.steps:
        found = next(((i, h) for i, h in _after(outcome, index) if step.fits(h, before)), None)
        if found is None:
            since = f" after {times[-1]}" if times else ""
            return _Result(False, f"no {step}{since}", outcome.end_s)
        index, before = found
        times.append(f"{before.at_s:.1f} s")
    return _Result(True, "at " + ", ".join(times))


def _count(claim: Count, outcome: Outcome) -> _Result:
    met = _found(outcome, claim.what)
    kept = claim.least <= len(met) and (claim.most is None or len(met) <= claim.most)
    broke = outcome.end_s
    if not kept and claim.most is not None and len(met) > claim.most:
        broke = met[claim.most][1].at_s
    return _Result(kept, f"{len(met)} times", broke)


def _bound(claim: Bound, outcome: Outcome) -> _Result:
    value = outcome.measures.get(claim.measure)
    if value is None:
        return _Result(False, f"{claim.measure} was never measured", outcome.end_s)
    return _Result(claim.keeps(value), f"{value:g}", outcome.end_s)


def _at_end(claim: AtEnd, outcome: Outcome) -> _Result:
    there = outcome.at_end.get(claim.subject, {})
    meant = {name: fields for name, fields in there.items() if fnmatchcase(name, claim.which)}
    if not meant:
        return _Result(False, f"there was no {claim.subject} {claim.which}", outcome.end_s)
    wrong = [
        f"{name}: " + ", ".join(f"{path} {at(fields, path)}" for path in claim.where)
        for name, fields in meant.items()
        if not fits_fields(claim.where, fields, {})
    ]
    return _Result(not wrong, "; ".join(wrong) if wrong else f"{len(meant)} of them", outcome.end_s)


def in_words(happening: Happening) -> str:
    """A happening as a line for people."""
    inside = ", ".join(
        f"{k}={v}" for k, v in happening.fields.items() if isinstance(v, (str, int, float)) and v != "" and "." not in k
    )
    return f"{happening.kind} at {happening.at_s:.1f} s ({inside[:200]})"
