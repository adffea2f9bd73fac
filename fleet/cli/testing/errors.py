"""How a test of a fleet fails. All are assertions: pytest shows them as failures and not as errors."""

from __future__ import annotations

from fleet.scenario.record import Finding


class NotInTime(AssertionError):
    """`forward(until=...)` waited in vain."""


class RequestRefused(AssertionError):
    """The supervisor did not accept a request. `problem` is its short code, e.g. `invalid` or `stale`."""

    def __init__(self, what: str, problem: str, field: str, detail: str) -> None:
        at = f"{field}: " if field else ""
        super().__init__(f"{what} was refused ({problem}): {at}{detail}")
        self.problem, self.field, self.detail = problem, field, detail


class ExpectationBroken(AssertionError):
    """An expectation was not kept. `findings` are all of those that were not; the minute before the first of them broke
    is in the report of the failure."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(_line(f) for f in findings))
        self.findings = findings


def _line(finding: Finding) -> str:
    when = f" (at {finding.broke_at_s:.1f} s)" if finding.broke_at_s is not None else ""
    because = f" It matters because {finding.because}" if finding.because else ""
    return f"not kept: {finding.what}: {finding.detail}{when}{because}"
