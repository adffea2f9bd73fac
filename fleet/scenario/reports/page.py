"""One HTML page for a report: no request to anywhere, opens from a file, works for years.

Tables are plain HTML; floor plan and Gantt are drawn by the page's own script from data in the page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from fleet.model.wire import to_plain
from fleet.scenario.record import Finding, FloorPlan, RunRecord, Verdict
from fleet.scenario.reports.story import broke_at, broken, judged, moment_text, name_of, outcome
from fleet.scenario.reports.summary import Summary
from fleet.scenario.reports.thin import thinned

PAGE_BYTES = 20_000_000
"""The most that a page may weigh; poses are thinned out until it does not."""
TOLERANCES_M = (0.03, 0.08, 0.2, 0.5)
MOST_MOMENTS, MOST_ROWS, MOST_EVIDENCE = 3000, 400, 6
_SCRIPTS = ("clock.js", "floor.js", "gantt.js", "page.js")


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as the template shows it. `data` is what the script draws, as JSON; empty: left out for its size."""

    number: int
    record: RunRecord
    data: str
    left_out: tuple[str, ...]
    """What of the record is not on the page, in words."""


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """The runs of one scenario, for the table of runs x expectations."""

    name: str
    protects: str
    expectations: tuple[str, ...]
    runs: tuple[RunView, ...]


def html_page(summary: Summary, records: Sequence[RunRecord], most_bytes: int = PAGE_BYTES) -> str:
    """The page. Runs that broke come first where not all details fit into `most_bytes`."""
    floors: list[FloorPlan] = []
    for record in records:
        if record.floor is not None and record.floor not in floors:
            floors.append(record.floor)
    views = _views(records, floors, most_bytes)
    return _template().render(
        summary=summary,
        scenarios=_scenarios(views),
        views=views,
        floors=_embedded(to_plain(floors)),
        style=_asset("page.css"),
        script="\n".join(_asset(name) for name in _SCRIPTS),
        outcome=outcome,
        name_of=name_of,
        broke_at=broke_at,
        mark=_mark,
        groups=_groups,
        most_rows=MOST_ROWS,
        most_evidence=MOST_EVIDENCE,
    )


def _mark(record: RunRecord, finding: Finding) -> tuple[str, str, str]:
    """Class, sign and word; never only a colour."""
    if not judged(record, finding):
        return "open", "–", "not known" if finding.evaluated else "not evaluated"
    return ("yes", "✓", "kept") if finding.kept else ("no", "✗", "not kept")


def _groups(record: RunRecord) -> list[tuple[str, list[Finding]]]:
    """What the scenario expects, and apart from it what must hold in every run."""
    own = [f for f in record.findings if f.kind != "rule"]
    rules = [f for f in record.findings if f.kind == "rule"]
    return [(title, group) for title, group in (("", own), ("Rules of every run", rules)) if group]


def _scenarios(views: Sequence[RunView]) -> list[ScenarioView]:
    """Runs of one scenario are lines of one table; one that ended in an error has no findings, but the same columns."""
    groups: dict[str, list[RunView]] = {}
    for view in views:
        groups.setdefault(view.record.scenario, []).append(view)
    found = []
    for name, runs in groups.items():
        what = max((tuple(f.what for f in v.record.findings) for v in runs), key=len)
        found.append(ScenarioView(name, runs[0].record.protects, what, tuple(runs)))
    return found


def _views(records: Sequence[RunRecord], floors: list[FloorPlan], most_bytes: int) -> list[RunView]:
    """With the finest poses that fit; what does not fit even with the coarsest is left out, kept runs first."""
    room = most_bytes - 400_000 - 60_000 * len(records)  # script, style, and the tables of each run
    order = sorted(range(len(records)), key=lambda i: (records[i].verdict is Verdict.KEPT, i))
    data: dict[int, str] = {}
    for tolerance in TOLERANCES_M:
        data = {i: _embedded(_drawn(records[i], floors, tolerance)) for i in order}
        if sum(len(text) for text in data.values()) <= room:
            break
    used, views = 0, {}
    for i in order:
        used += len(data[i])
        fits = used <= room
        views[i] = RunView(i, records[i], data[i] if fits else "", _left_out(records[i], fits))
    return [views[i] for i in range(len(records))]


def _left_out(record: RunRecord, fits: bool) -> tuple[str, ...]:
    said = [] if fits else ["the floor plan and the timeline, for the size of the page: they are in run.json"]
    if fits and (more := len(record.timeline) - MOST_MOMENTS) > 0:
        said.append(f"{more} moments of the timeline")
    for name, rows in (("tasks", record.tasks), ("questions", record.questions), ("faults", record.faults)):
        if len(rows) > MOST_ROWS:
            said.append(f"{len(rows) - MOST_ROWS} {name}")
    return tuple(said)


def _drawn(record: RunRecord, floors: list[FloorPlan], tolerance_m: float) -> dict[str, Any]:
    """What the script needs of a run. Times in s, rounded to what the eye can see."""
    robots = [t.subject for t in record.tracks if t.kind == "robot"]
    robots += sorted({s.subject for s in record.spans} - set(robots))
    return {
        "end": round(record.simulated_s, 2),
        "floor": floors.index(record.floor) if record.floor is not None else None,
        "robots": robots,
        "tracks": [
            {
                "kind": t.kind,
                "id": t.subject,
                "label": t.label,
                "r": round(t.radius_m, 2),
                "runs": thinned(record.frames_s, t.poses, tolerance_m),
            }
            for t in record.tracks
        ],
        "spans": [[s.kind, s.subject, s.label, s.state, _at(s.from_s), _at(s.to_s)] for s in record.spans],
        "questions": [
            [q.escalation_id, q.cause, q.question, _at(q.raised_at_s), _at(_ended(q.decided_at_s, q.closed_at_s))]
            for q in record.questions
        ],
        "faults": [
            [f.fault_id, f.kind, f.target, _at(f.started_s), _at(f.over_s)]
            for f in record.faults
            if f.started_s is not None
        ],
        "breaks": [[f.index + 1, f.what, _at(broke_at(record, f))] for f in broken(record)],
        "moments": [[_at(m.at_s), m.source, m.kind, moment_text(m)] for m in record.timeline[-MOST_MOMENTS:]],
    }


def _ended(decided_s: float | None, closed_s: float | None) -> float | None:
    return decided_s if decided_s is not None else closed_s


def _at(time_s: float | None) -> float | None:
    return None if time_s is None else round(time_s, 2)


def _embedded(data: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@lru_cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("fleet.scenario.reports", "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols"],
    )
    environment.filters.update(number=number, seconds=seconds, speed=speed)
    return environment.get_template("page.html.j2")


def _asset(name: str) -> str:
    return (files("fleet.scenario.reports") / "assets" / name).read_text(encoding="utf-8")


def number(value: float | None) -> str:
    """A measure for people: four figures."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.4g}"


def seconds(value: float | None) -> str:
    """A time of the run, as 2:03.4 from a minute on."""
    if value is None:
        return "–"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value, 1), 60)
    return f"{int(minutes)}:{rest:04.1f}"


def speed(value: float) -> str:
    """How many times faster than real time."""
    return f"{value:.0f}×" if value >= 10 else f"{value:.2g}×"
