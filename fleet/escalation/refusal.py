"""Why a person's request is not taken."""

from __future__ import annotations


class Refusal(Exception):
    """A problem code, the field and a sentence (see `RequestOutcome`)."""

    def __init__(self, problem: str, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.field = field
