"""The load of questions on one operator over 30 simulated days with a zone outage, and what the queue does about it.

The real supervisor and queue, scripted robots (`_shift_model`): the same days are played with the queue as it is, and
with neither inhibition nor grouping. Missed questions are counted beside the rates, in both. At lunch nobody
answers; what the queue's second tier is for shows where whoever answers for the shift does so then (`_covered`).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from benchmarks._harness import Metric, finish
from benchmarks._shift_model import ShiftModel
from benchmarks._shift_site import DAY_S, HOUR_S, Day
from fleet.escalation.queue.rules import OutageSettings, OversightRules, PolicySettings, Route, TierSettings
from fleet.oversight.load.figures import AIMS, LoadReport, Source, figures
from fleet.oversight.load.gather import Gathered, gather

DAYS, QUICK_DAYS = 30, 2
COMPARED = 6  # days that are played in both ways
OUTAGE_EVERY = 15  # on the second day, and every so many days after it
RUSH_PER_HOUR = 40.0  # tasks, around an outage: it never comes on a quiet day
_TIERS = (TierSettings(to=("role:operator",), within_s=90.0), TierSettings(to=("accountable",), within_s=90.0))
PLAIN = OversightRules(
    policies=(PolicySettings(id="plain", tiers=_TIERS, group_within_s=0.0, group_by=("cause", "zone")),),
    routes=(Route(policy="plain"),),
    inhibit=(),
    outage=OutageSettings(robots=10_000),
)
"""Every question by itself."""


def a_day(number: int, *, hours: float = 24.0, covered: bool = False) -> Day:
    """The day of that number; on some the network of the east is down for an hour."""
    outage = 9 * HOUR_S if number % OUTAGE_EVERY == 1 else None
    return replace(Day(), outage_from_s=outage, until_s=hours * HOUR_S, rush_per_hour=RUSH_PER_HOUR, covered=covered)


def report(rules: OversightRules, numbers: Sequence[int], seed: int = 0, *, covered: bool = False) -> list[LoadReport]:
    """A report on each of these days: every day begins with a fleet at rest, and its ids begin anew. Every source is
    among its `top_ten`, so that days can be put together."""
    return [_on(gather(ShiftModel(a_day(n, covered=covered), rules, seed=1000 * seed + n).play())) for n in numbers]


def _on(found: Gathered) -> LoadReport:
    put = [q.source for q in found.questions.values() if q.put_at_s is not None]
    every = tuple(Source(source=s, questions=n, share=n / len(put)) for s, n in Counter(put).most_common())
    return replace(figures(found), top_ten=every)


def merged(each: Sequence[LoadReport]) -> LoadReport:
    """One report on several days of equal length."""
    windows = tuple(w for r in each for w in r.per_window)
    put = sum(r.put for r in each)
    ordered = sorted(windows)
    sources: dict[str, int] = {}
    for r in each:
        for s in r.top_ten:
            sources[s.source] = sources.get(s.source, 0) + s.questions
    top = sorted(sources.values(), reverse=True)[:10]
    kinds = {k: sum(r.missed_kinds[k] for r in each) for k in each[0].missed_kinds}
    return replace(
        each[0],
        ends_s=DAY_S * len(each),
        questions=sum(r.questions for r in each),
        put=put,
        pages=sum(r.pages for r in each),
        per_10_min=sum(windows) / len(windows),
        per_10_min_p99=float(ordered[int(0.99 * (len(ordered) - 1))]),
        per_10_min_max=float(ordered[-1]),
        per_day=put / len(each),
        floods=sum(r.floods for r in each),
        flood_share=sum(w > 10 for w in windows) / len(windows),
        top_ten_share=sum(top) / put if put else 0.0,
        stale_per_day=sum(r.standing for r in each) / len(each),
        overtaken=sum(r.overtaken for r in each),
        silenced={k: sum(r.silenced.get(k, 0) for r in each) for k in ("inhibition", "maintenance")},
        safe_defaults=sum(r.safe_defaults for r in each),
        answered=sum(r.answered for r in each),
        missed=tuple(m for r in each for m in r.missed),
        missed_kinds=kinds,
        per_window=windows,
    )


def measure(quick: bool = False) -> dict[str, Metric]:
    """The figures with the queue as it is (`operator_...`) over all days; then over the same few days, the outage's
    among them, with it, without it, and with it and somebody to call at lunch (`operator_..._compared`, `..._plain`,
    `..._covered`)."""
    every = range(QUICK_DAYS if quick else DAYS)
    some = list(every)[: QUICK_DAYS if quick else COMPARED]
    queued = _timed("with the queue", OversightRules(), every)
    plain = _timed("without inhibition and grouping", PLAIN, some)
    covered = _timed("with the queue, and somebody to call at lunch", OversightRules(), some, covered=True)
    return {
        **_metrics(merged(queued), "", len(queued), aimed=True),
        **_metrics(merged(queued[: len(some)]), "_compared", len(some)),
        **_metrics(merged(plain), "_plain", len(some)),
        **_metrics(merged(covered), "_covered", len(some)),
    }


def _timed(what: str, rules: OversightRules, numbers: Sequence[int], *, covered: bool = False) -> list[LoadReport]:
    begun = time.process_time()
    each = report(rules, numbers, covered=covered)
    took = time.process_time() - begun
    total = merged(each)
    print(
        f"{len(each)} days {what}: {total.questions} questions, {total.put} put, {total.pages} calls, "
        f"{len(total.missed)} missed ({_at_lunch(total)} of them at lunch), {total.floods} floods on record "
        f"({took:.0f} s of processor time)",
        flush=True,
    )
    return each


def _at_lunch(r: LoadReport) -> int:
    """Missed questions whose time was up while nobody answered any."""
    begins, ends = Day().lunch_s
    return sum(begins <= missed.at_s < ends for missed in r.missed)


def _metrics(r: LoadReport, suffix: str, count: int, aimed: bool = False) -> dict[str, Metric]:
    def metric(value: float, unit: str, aim: float | None = None) -> Metric:
        return Metric(value=value, unit=unit, aim=aim if aimed else None)

    hours = count * 24
    return {
        f"operator_per_10_min{suffix}": metric(r.per_10_min, "questions", AIMS["per_10_min"]),
        f"operator_per_10_min_p99{suffix}": metric(r.per_10_min_p99, "questions", AIMS["per_10_min_most"]),
        f"operator_per_10_min_max{suffix}": metric(r.per_10_min_max, "questions"),
        f"operator_calls_per_10_min{suffix}": metric(r.pages / (hours * 6), "calls"),
        f"operator_per_day{suffix}": metric(r.per_day, "questions", AIMS["per_day"]),
        f"operator_flood_share{suffix}": metric(r.flood_share, "of windows", AIMS["flood_share"]),
        f"operator_stale_per_day{suffix}": metric(r.stale_per_day, "sources", AIMS["stale_per_day"]),
        f"operator_top_ten_share{suffix}": metric(r.top_ten_share, "of questions", AIMS["top_ten_share"]),
        f"operator_silenced{suffix}": metric(sum(r.silenced.values()), "questions"),
        f"operator_missed{suffix}": metric(len(r.missed), "questions", 0.0),
        f"operator_missed_at_lunch{suffix}": metric(_at_lunch(r), "questions"),
        f"operator_missed_too_late{suffix}": metric(r.missed_kinds["asked_too_late"], "questions"),
        f"operator_missed_default_wrong{suffix}": metric(r.missed_kinds["default_wrong"], "questions"),
        f"operator_missed_never_asked{suffix}": metric(r.missed_kinds["never_asked"], "questions"),
        f"operator_safe_defaults{suffix}": metric(r.safe_defaults, "questions"),
    }


def main() -> None:
    """By itself: `python -m benchmarks._operator_load [--quick]`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DAYS} days instead of {DAYS}")
    finish("operator_load", measure(parser.parse_args().quick))


if __name__ == "__main__":
    main()
