"""The benchmark's fleet: the same every time, and what is wrong with it shows in the figures."""

from __future__ import annotations

from dataclasses import replace

from benchmarks._operator_load import PLAIN, a_day, merged
from benchmarks._shift_model import ShiftModel
from benchmarks._shift_site import Day
from fleet.escalation.queue.rules import OversightRules
from fleet.oversight.load.figures import figures
from fleet.oversight.load.gather import gather

SHORT = replace(Day(), robots=8, until_s=1800.0, tasks_per_hour=20.0)
CUT = replace(SHORT, outage_from_s=300.0, outage_s=900.0, outage_zone="west")


def test_the_same_seed_gives_the_same_day() -> None:
    once, again = (ShiftModel(SHORT, OversightRules(), seed=3).play() for _ in range(2))
    assert [r.event for r in once] == [r.event for r in again]
    assert len(once) > 50


def test_an_outage_is_one_question_with_the_queue_and_many_without() -> None:
    queued, plain = (figures(gather(ShiftModel(CUT, rules, seed=1).play())) for rules in (OversightRules(), PLAIN))
    assert queued.outages == 1
    assert plain.outages == 0
    assert queued.put < plain.put
    assert sum(queued.silenced.values()) > 0
    both = merged([queued, queued])
    assert both.put == 2 * queued.put
    assert len(both.per_window) == 2 * len(queued.per_window)


def test_outages_come_on_the_second_day_and_every_fifteenth_after_it() -> None:
    assert [n for n in range(30) if a_day(n).outage_from_s is not None] == [1, 16]
