"""The report's figures as lines: what was measured, what is aimed at, whether it was kept."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.severity import Severity
from fleet.oversight.load.figures import AIMS, SPLIT, LoadReport


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """One figure in words. `kept` is None where nothing is aimed at."""

    what: str
    value: str
    aim: str = ""
    kept: bool | None = None


def figure_lines(report: LoadReport) -> tuple[FigureLine, ...]:
    """All figures, in the order in which people look at them."""
    of = "one operator" if report.people == 1 else f"each of {report.people} operators"
    taken = _times(report.acknowledged_after_s, report.acknowledged_p90_s)
    decided = _times(report.decided_after_s, report.decided_p90_s)
    answers = f"{report.answered}, {report.safe_defaults}"
    return (
        _bounded(f"questions in 10 minutes for {of}, mean", report.per_10_min, AIMS["per_10_min"], "about 1"),
        _bounded("  99 % of the windows below", report.per_10_min_p99, AIMS["per_10_min_most"], "2 at most"),
        FigureLine(what="  in the fullest window", value=f"{report.per_10_min_max:g}"),
        _bounded("questions a day", report.per_day, AIMS["per_day"], "150"),
        _part("windows with a flood (more than 10)", report.flood_share, AIMS["flood_share"], "< 1 %"),
        FigureLine(what="floods on record, the longest", value=f"{report.floods}, {report.flood_longest_s:.0f} s"),
        _bounded("stale sources a day (before people > 24 h)", report.stale_per_day, AIMS["stale_per_day"], "< 5"),
        _part("share of the ten noisiest sources", report.top_ten_share, AIMS["top_ten_share"], "<= 5 %"),
        FigureLine(
            what="chattering sources (3 times in 10 minutes)",
            value=str(len(report.chattering)),
            aim="0",
            kept=not report.chattering,
        ),
        _split(report),
        FigureLine(what="people were called, for questions put", value=f"{report.pages} times, {report.put}"),
        FigureLine(what="silenced (inhibition, maintenance)", value=_silenced(report)),
        FigureLine(what="put aside", value=f"{report.shelved} times"),
        FigureLine(what="overtaken by events before an answer", value=str(report.overtaken)),
        FigureLine(what="taken up after, median and 90 %", value=taken),
        FigureLine(what="decided after, median and 90 %", value=decided),
        FigureLine(what="answered by people, left to the safe default", value=answers),
        FigureLine(what="MISSED questions", value=_missed(report), aim="0", kept=not report.missed),
    )


def _bounded(what: str, value: float, aim: float, said: str) -> FigureLine:
    return FigureLine(what=what, value=f"{value:.2f}", aim=said, kept=value <= aim)


def _part(what: str, value: float, aim: float, said: str) -> FigureLine:
    return FigureLine(what=what, value=f"{value:.1%}", aim=said, kept=value <= aim)


def _split(report: LoadReport) -> FigureLine:
    order = (Severity.LOW, Severity.MEDIUM, Severity.HIGH)
    value = " / ".join(f"{report.priorities[s.value]:.0%}" for s in order)
    aim = "about " + " / ".join(f"{SPLIT[s]:.0%}" for s in order)
    kept = None if not report.put else report.priorities["high"] <= 2 * SPLIT[Severity.HIGH]
    return FigureLine(what="severity low / medium / high", value=value, aim=aim, kept=kept)


def _silenced(report: LoadReport) -> str:
    parts = ", ".join(f"{count} by {kind}" for kind, count in report.silenced.items())
    return parts or "none"


def _times(middle: float | None, late: float | None) -> str:
    return "nothing to measure" if middle is None or late is None else f"{middle:.0f} s, {late:.0f} s"


def _missed(report: LoadReport) -> str:
    parts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in report.missed_kinds.items() if count)
    return f"{len(report.missed)}" + (f" ({parts})" if parts else "")
