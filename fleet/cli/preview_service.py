"""The previewer of a live fleet: follows the journal, asks the simulated world for rollouts, puts what they showed.

Nothing waits for it. Whatever goes wrong here, a question is asked, answered and closed all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

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
from fleet.cli.whatif import Question
from fleet.deployment.preview_settings import PreviewSettings
from fleet.journal.sqlite import SqliteStore
from fleet.model.errors import Conflict, InvalidField, NotFound
from fleet.model.requests import PreviewOptions, Role
from fleet.supervisor.context import Context
from fleet.supervisor.fold import fold
from fleet.supervisor.state import FleetState
from sim_worlds.errors import SimError
from sim_worlds.link import WorldLink
from sim_worlds.rollouts import Evaluation, Request

log = logging.getLogger(__name__)

_PAGE = 1000
_FAILURES = 3
_AGAIN_S = 5.0
_POLL_S = 0.2

Sleep = Callable[[float], bool]
"""Waits so many real seconds; whether it is time to end."""


class Follower:
    """The fleet's state by the journal, without writing to it."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        found = store.load_latest_snapshot()
        self.seq, self.state = found if found is not None else (0, FleetState())

    def look(self) -> FleetState:
        """Read what is new."""
        while records := self._store.read(self.seq, _PAGE):
            for record in records:
                self.state = fold(self.state, record)
            self.seq = records[-1].seq
        return self.state


class PreviewService:
    """One previewer. `step` does one round, or nothing.

    Args:
        connect: opens a link to the world; it is closed after the round, so that idle previewers cost the world
            nothing.
        sleep: see `Sleep`.
        steady_s: real time.
    """

    def __init__(
        self,
        store: SqliteStore,
        context: Context,
        settings: PreviewSettings,
        connect: Callable[[], WorldLink],
        sleep: Sleep,
        steady_s: Callable[[], float],
    ) -> None:
        self._store, self._context, self._settings = store, context, settings
        self._connect, self._sleep, self._steady_s = connect, sleep, steady_s
        self._journal = Follower(store)
        self._done: set[str] = set()
        self._failures: dict[str, int] = {}
        self._later: dict[str, float] = {}

    def run(self) -> None:
        """Until `sleep` says that it is time to end."""
        while not self._sleep(_POLL_S):
            self.step()

    def step(self) -> Round | None:
        """Run the round that is wanted most, and put its result. Returns it; None where nothing was to be done."""
        now = self._steady_s()
        self._later = {key: until for key, until in self._later.items() if until > now}
        wanted = next_round(self._journal.look(), self._settings, self._done | self._later.keys())
        if wanted is None:
            return None
        try:
            body = self._tried(wanted)
        except SimError as problem:
            self._put_off(wanted, str(problem))
            return wanted
        except (NotFound, InvalidField) as gone:
            log.info("%s: %s", wanted.escalation_id, gone)  # it was answered a moment ago
            return wanted
        if body is not None:
            self._done.add(wanted.key)
            self._put(wanted, body)
        return wanted

    def _put_off(self, wanted: Round, problem: str) -> None:
        """A world that is away comes back; one that fails again and again with the same question will go on to."""
        count = self._failures[wanted.key] = self._failures.get(wanted.key, 0) + 1
        if count >= _FAILURES:
            self._done.add(wanted.key)
            log.warning("%s: not tried ahead, given up after %d failures: %s", wanted.escalation_id, count, problem)
        else:
            self._later[wanted.key] = self._steady_s() + _AGAIN_S * count
            log.info("%s: tried ahead later: %s", wanted.escalation_id, problem)

    def _put(self, wanted: Round, body: PreviewOptions) -> None:
        try:
            self._store.put(PREVIEWER, Role.SERVICE, wanted.key, body, self._journal.state.now_s)
        except Conflict:
            log.info("%s: another previewer has tried it ahead %d times", wanted.escalation_id, wanted.runs)

    # A round

    def _tried(self, wanted: Round) -> PreviewOptions | None:
        """None where nobody waits for it any more. Raises `SimError` where the world does not answer or fails."""
        state = self._journal.state
        link = self._connect()
        try:
            question: Question | None = question_for(wanted, state, state.now_s, self._context, link.describe())
            while question is not None and question.options:
                try:
                    found = self._answer(link, wanted, request_for(wanted, question, self._settings))
                except SimError as no:  # over a socket an OptionError comes as its text
                    question = without_refused(question, str(no))
                    if question is None:
                        raise
                    continue
                return None if found is None else body_of(found, question, wanted, state)
            assert question is not None
            return body_of_none(question, wanted, state)
        finally:
            link.close()

    def _answer(self, link: WorldLink, wanted: Round, request: Request) -> Evaluation | None:
        ticket = link.evaluate(_in_time(request, self._settings))
        while (status := link.evaluation(ticket)).state == "running":
            if self._sleep(_POLL_S) or not wanted.still_wanted(self._journal.look()):
                link.give_up(ticket)
                return None
        found = status.evaluation
        if found is None:
            raise SimError(f"the rollouts failed: {status.detail}")
        if found.done == 0:
            why = found.errors[0].strip().splitlines()[-1] if found.errors else "none was done in time"
            raise SimError(f"no rollout succeeded: {why}")
        return found


def _in_time(request: Request, settings: PreviewSettings) -> Request:
    return msgspec.structs.replace(request, deadline_s=settings.patience_s)
