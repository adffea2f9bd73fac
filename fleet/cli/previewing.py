"""What is to be tried ahead next, and what came of it: the part of the previewer that knows no process and no clock."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

from fleet.cli.whatif import Question, question_of
from fleet.cli.whatif_predictions import previews_of
from fleet.deployment.preview_settings import PreviewSettings
from fleet.escalation.previews import runs_of
from fleet.model.escalation import Escalation
from fleet.model.prediction import OptionPreview
from fleet.model.requests import SERVICE_PREFIX, PreviewOptions
from fleet.supervisor.context import Context
from fleet.supervisor.state import FleetState
from sim_worlds.records import WorldInfo
from sim_worlds.rollouts import Evaluation, Request

FIRST_RUNS = 4
PREVIEWER = f"{SERVICE_PREFIX}previewer"
"""On whose word previews are on record."""
_WHICH = re.compile(r"options\[(\d+)\] \(")


@dataclass(frozen=True, slots=True)
class Round:
    """So many runs of each option of this question, as it is asked with this digest."""

    escalation_id: str
    shown_digest: str
    runs: int

    @property
    def key(self) -> str:
        """Under which it is put: two previewers that try the same round have one request between them."""
        return f"preview-{self.escalation_id}-{self.shown_digest[:16]}-{self.runs}"

    def still_wanted(self, state: FleetState) -> bool:
        """Whether the question still waits, as it was asked."""
        asked = state.escalations.get(self.escalation_id)
        return asked is not None and asked.open and asked.shown_digest == self.shown_digest


def next_round(state: FleetState, settings: PreviewSettings, done: Collection[str] = ()) -> Round | None:
    """The round to be run now: every question gets its first before any gets its second, the most urgent first.

    Args:
        done: keys of rounds that are not to be run (again).
    """
    waiting = sorted(state.open_escalations(), key=lambda e: (runs_of(e.previews), e.deadline_s, e.escalation_id))
    for escalation in waiting:
        runs = _next_runs(escalation, settings)
        if runs is not None:
            found = Round(escalation.escalation_id, escalation.shown_digest, runs)
            if found.key not in done:
                return found
    return None


def _next_runs(escalation: Escalation, settings: PreviewSettings) -> int | None:
    """None where what is known is enough."""
    known = runs_of(escalation.previews)
    if known >= settings.runs or (escalation.previews and not known):
        return None
    if known and precise(escalation.previews, settings.enough):
        return None
    return min(2 * known if known else FIRST_RUNS, settings.runs)


def precise(previews: tuple[OptionPreview, ...], enough: float) -> bool:
    """Whether no interval of success reaches further than `enough` to either side."""
    bounds = [(p.prediction.success_low, p.prediction.success_high) for p in previews]
    return all(low is None or high is None or (high - low) / 2 <= enough for low, high in bounds)


def seed_of(escalation_id: str, settings: PreviewSettings) -> int:
    """Of one question's runs: the same in every round, so that a finer round goes on where the one before ended."""
    return zlib.crc32(f"{settings.seed}/{escalation_id}".encode())


def question_for(wanted: Round, state: FleetState, now_s: float, context: Context, world: WorldInfo) -> Question:
    """See `whatif.question_of`."""
    return question_of(wanted.escalation_id, state, now_s, context, world)


def request_for(wanted: Round, question: Question, settings: PreviewSettings) -> Request:
    """The rollouts of one round."""
    return Request(
        options=question.options,
        background=question.background,
        horizon_s=settings.horizon_s,
        n=wanted.runs,
        seed=seed_of(wanted.escalation_id, settings),
        workers=settings.workers,
        moved_only=not settings.exact,
        replay=True,
    )


def without_refused(question: Question, complaint: str) -> Question | None:
    """The question without the option that the world refused to simulate; None where it refused something else.

    Args:
        complaint: the text of the world's `OptionError`.
    """
    named = _WHICH.match(complaint)
    if named is None or int(named[1]) >= len(question.options):
        return None
    option = question.options[int(named[1])]
    rest = tuple(o for o in question.options if o is not option)
    return replace(question, options=rest, silent={**question.silent, option.option_id: complaint})


def body_of(found: Evaluation, question: Question, wanted: Round, state: FleetState) -> PreviewOptions:
    """What is put on record."""
    escalation = state.escalations[wanted.escalation_id]
    return PreviewOptions(
        escalation_id=wanted.escalation_id,
        shown_digest=wanted.shown_digest,
        previews=previews_of(found, escalation, question.silent, state),
    )


def body_of_none(question: Question, wanted: Round, state: FleetState) -> PreviewOptions:
    """What is put on record where no option could be simulated: why, and nothing else."""
    nothing = Evaluation(
        at_s=state.now_s,
        horizon_s=0.0,
        seed=0,
        start="live",
        n=wanted.runs,
        done=0,
        wanted=0,
        complete=True,
        took_s=0.0,
        deadline_s=None,
        baseline="",
        options=(),
        deaths=(),
        errors=(),
    )
    return body_of(nothing, question, wanted, state)
