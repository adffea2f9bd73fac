"""The HTML report: one file, no request, within its size, nothing from a record runs as code."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from fleet.scenario.record import Track, Verdict
from fleet.scenario.reports.page import html_page, number, seconds
from fleet.scenario.reports.summary import summarise
from tests.fleet.scenario.reports.recorded import EVIL, a_run, not_done


def page_of(*records: object, **options: int) -> str:
    return html_page(summarise(records, [""] * len(records), None, False), records, **options)  # type: ignore[arg-type]


def data_of(page: str) -> list[dict[str, object]]:
    return [json.loads(d) for d in re.findall(r'<script type="application/json" class="data">(.*?)</script>', page)]


def test_it_asks_nobody_for_anything() -> None:
    page = page_of(a_run(1), a_run(2, broken=True))
    assert not re.findall(r'(?:src|href)="(?!#)', page)
    assert "url(" not in page
    assert set(re.findall(r"https?://[^\s\"']+", page)) == {"http://www.w3.org/2000/svg"}, "a name, not an address"
    assert "default-src 'none'" in page


def test_what_stands_in_a_record_stays_text() -> None:
    first = a_run(1, broken=True, protects=EVIL, error=EVIL, scenario=EVIL, replay_command=EVIL)
    moments = tuple(replace(m, text=EVIL) for m in first.timeline)
    rows = tuple(replace(t, because=EVIL) for t in first.tasks)
    page = page_of(replace(first, timeline=moments, tasks=rows))
    assert "<script>alert" not in page
    assert page.count("</script>") == 3, "the run's data, the floors, the program"
    [data] = data_of(page)
    assert data["moments"][0][3] == EVIL  # type: ignore[index]


def test_every_run_and_every_expectation_is_a_line_of_the_summary() -> None:
    page = page_of(a_run(1), a_run(2, broken=True), not_done())
    assert page.count('<td class="tick yes"') == 4
    assert page.count('<td class="tick no"') == 2
    assert page.count("the run did not come to its end") == 3
    assert 'href="#run-2"' in page and 'id="run-2"' in page
    assert "the worker died with signal 9, twice" in page


@pytest.mark.slow
def test_fifty_runs_of_ten_minutes_fit_into_twenty_megabytes() -> None:
    one = a_run(1, end_s=600.0)
    crowd = tuple(replace(one.tracks[0], subject=f"robot_{i}") for i in range(12))
    boxes = tuple(replace(one.tracks[1], kind="box", subject=f"box_{i}") for i in range(20))
    first = replace(one, tracks=crowd + boxes)
    page = page_of(*(replace(first, seed=seed) for seed in range(50)))
    assert len(page.encode()) < 20_000_000
    assert page.count('class="data"') == 50


def test_poses_get_coarser_and_then_kept_runs_are_left_out_to_stay_within_the_size() -> None:
    def wild(seed: int, broken: bool) -> object:
        run = a_run(seed, broken=broken)
        poses = tuple((i * 7 % 19 + 0.5, i * 5 % 11 + 0.5, i % 6) for i in range(len(run.frames_s)))
        return replace(run, tracks=(Track(kind="robot", subject="r", label="", radius_m=0.3, poses=poses),))

    page = page_of(wild(1, False), wild(2, True), most_bytes=400_000 + 2 * 60_000 + 9000)
    [left] = data_of(page)
    assert left["breaks"], "the broken run keeps its floor plan"
    assert "Not on this page: the floor plan and the timeline" in page


def test_numbers_and_times_are_short() -> None:
    assert [number(v) for v in (None, 3.0, 0.123456, 12345.0, 1e20)] == ["–", "3", "0.1235", "12,345", "1e+20"]
    assert [seconds(v) for v in (None, 3.04, 60.0, 119.99, 725.5)] == ["–", "3.0 s", "1:00.0", "2:00.0", "12:05.5"]


def test_what_was_not_evaluated_looks_like_neither_kept_nor_broken() -> None:
    run = a_run(1)
    open_one = replace(run.findings[0], evaluated=False, because="people would be hit")
    page = page_of(replace(run, findings=(open_one, *run.findings[1:])))
    assert page.count('<td class="tick open"') == 1
    assert page.count('<td class="tick yes"') == 2
    assert "Because people would be hit" in page


def test_an_interrupted_run_claims_neither_kept_nor_broken() -> None:
    page = page_of(a_run(1, verdict=Verdict.INTERRUPTED, error="stopped"))
    assert page.count('<td class="tick open"') == 3
    assert "not known" in page
