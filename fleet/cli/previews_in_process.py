"""Previews in a run of one process and virtual time: the same every time, because rollouts are."""

from __future__ import annotations

from fleet.cli.previewing import (
    PREVIEWER,
    Round,
    body_of,
    body_of_none,
    next_round,
    question_for,
    request_for,
    without_refused,
)
from fleet.cli.stack import Stack
from fleet.cli.whatif import Question
from fleet.deployment.preview_settings import PreviewSettings
from fleet.model.errors import FleetError
from fleet.model.requests import PreviewOptions, Role
from sim_worlds.rollouts import Evaluation, OptionError, Request, begin
from sim_worlds.world import World

ROUND_TAKES_S = 1.0
"""Fleet time from one round to the next: what a round would take beside a live world, as a round number."""


class PreviewsInProcess:
    """`act` once a tick. A round is run at one moment of fleet time and is on record with the supervisor's next step.

    Args:
        stack: whose open questions are previewed. Its process must have no threads.
    """

    def __init__(self, stack: Stack, settings: PreviewSettings) -> None:
        self.stack, self.settings = stack, settings
        self._done: set[str] = set()
        self._due_s = 0.0

    def act(self) -> None:
        """Run the round that is due, if any, and put its result.

        Raises:
            FleetError: a rollout failed: here that is a defect, and hiding it would make two runs differ.
        """
        stack = self.stack
        now = stack.clock.now_s()
        if now < self._due_s - 1e-9 or not stack.supervised or stack.link.down:
            return
        wanted = next_round(stack.state, self.settings, self._done)
        if wanted is None:
            return
        self._done.add(wanted.key)
        self._due_s = now + ROUND_TAKES_S
        stack.ask(PREVIEWER, Role.SERVICE, wanted.key, self._tried(wanted, now))

    def _tried(self, wanted: Round, now: float) -> PreviewOptions:
        state, world = self.stack.state, self.stack.world
        question: Question | None = question_for(wanted, state, now, self.stack.context, world.describe())
        while question is not None and question.options:
            try:
                found = _run(world, request_for(wanted, question, self.settings))
            except OptionError as no:
                question = without_refused(question, str(no))
                if question is None:
                    raise FleetError(f"previews of {wanted.escalation_id}: {no}") from no
                continue
            if found.errors or not found.complete:
                raise FleetError(f"previews of {wanted.escalation_id}: {found.done} of {found.wanted}: {found.errors}")
            return body_of(found, question, wanted, state)
        assert question is not None
        return body_of_none(question, wanted, state)


def _run(world: World, request: Request) -> Evaluation:
    pending = begin(world, request)
    try:
        found = pending.wait()
    finally:
        pending.close()
    assert found is not None, "without a deadline it waits until the answer is there"
    return found
