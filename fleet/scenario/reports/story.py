"""A run in words: the last minute before something broke, and how a run went in one line."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.scenario.record import Finding, Moment, RunRecord, Verdict

LAST_S = 60.0
"""How much of the timeline a failure shows, in s."""
MOST_LINES = 80
_WORDS = {
    Verdict.KEPT: "every expectation kept",
    Verdict.BROKEN: "broken",
    Verdict.ERROR: "could not be done",
    Verdict.INTERRUPTED: "interrupted",
}


def moment_text(moment: Moment) -> str:
    """What happened, without the time: that stands beside it."""
    return (moment.text or moment.kind).replace(f" at {moment.at_s:.1f} s", "", 1)


def moment_line(moment: Moment) -> str:
    """One line: when, from whom, what."""
    return f"{moment.at_s:8.1f} s  {moment.source:<8}  {moment_text(moment)}"


def last_minute(timeline: Sequence[Moment], at_s: float, most: int = MOST_LINES) -> list[str]:
    """What happened in the minute up to `at_s` (s of fleet time since the start), at most `most` lines, the latest."""
    lines = [moment_line(m) for m in timeline if at_s - LAST_S <= m.at_s <= at_s + 1e-6]
    if len(lines) > most:
        lines = [f"          ... {len(lines) - most} more before", *lines[-most:]]
    return lines


def broke_at(record: RunRecord, finding: Finding) -> float:
    """The moment to look at for a broken expectation: when it broke, else the end of the run."""
    return record.simulated_s if finding.broke_at_s is None else finding.broke_at_s


def judged(record: RunRecord, finding: Finding) -> bool:
    """Whether it is known if the expectation was kept. Of a run that did not come to its end only what had already
    broken is known: the rest might still have gone either way."""
    if not finding.evaluated:
        return False
    if record.verdict in (Verdict.KEPT, Verdict.BROKEN):
        return True
    return not finding.kept and finding.broke_at_s is not None and finding.broke_at_s < record.simulated_s - 1e-6


def broken(record: RunRecord) -> tuple[Finding, ...]:
    """The expectations that are known to be broken."""
    return tuple(f for f in record.broken if judged(record, f))


def failure_text(record: RunRecord, finding: Finding) -> str:
    """What a person needs who finds this expectation broken: what, when, the last minute, the command that replays."""
    at = broke_at(record, finding)
    where = f"{record.scenario_file}:{finding.line}" if finding.line else record.scenario_file
    awaited = f"awaited until {at:.1f} s" if finding.kind in ("within", "eventually") else "not so at the end"
    when = awaited if finding.broke_at_s is None else f"broke at {at:.1f} s"
    head = [f"{finding.what}", f"{where}: {when}" + (f": {finding.detail}" if finding.detail else "")]
    heard = last_minute(record.timeline, at) or ["          (nothing was recorded)"]
    if finding.because:
        head.append(f"It matters because {finding.because}")
    return "\n".join([*head, f"The last minute before {at:.1f} s:", *heard, f"Replay: {record.replay_command}"])


def outcome(record: RunRecord) -> str:
    """How it went, in a few words."""
    words = _WORDS[record.verdict]
    if record.verdict is Verdict.BROKEN:
        words = f"{len(broken(record))} of {len(record.findings)} expectations broken"
    return f"{words}: {record.error}" if record.error else words


def name_of(record: RunRecord) -> str:
    """A run's name for lists: scenario and seed."""
    return f"{record.scenario} seed {record.seed}"
