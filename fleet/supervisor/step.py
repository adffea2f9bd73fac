"""One step of the supervisor: facts in, events and commands out. Pure and deterministic."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fleet.bus.base import Facts
from fleet.journal.codec import normal
from fleet.model import events as ev
from fleet.model.commands import Command
from fleet.model.errors import InvalidField
from fleet.model.requests import Request
from fleet.supervisor.context import Context
from fleet.supervisor.decide import drafted
from fleet.supervisor.fold import apply
from fleet.supervisor.intake import intake
from fleet.supervisor.presence import weighs_people
from fleet.supervisor.state import FleetState

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step came to: `inputs` then `decisions` go to the journal as one batch, then `commands` to the bus."""

    state: FleetState
    inputs: tuple[ev.Event, ...]
    decisions: tuple[ev.Event, ...]
    commands: tuple[Command, ...]

    @property
    def events(self) -> tuple[ev.Event, ...]:
        """The batch for the journal."""
        return self.inputs + self.decisions


def step(
    state: FleetState,
    facts: Facts,
    now_s: float,
    context: Context,
    *,
    requests: tuple[Request, ...] = (),
    started: ev.SupervisorStarted | None = None,
) -> Step:
    """Take in what was heard and decide.

    Args:
        state: the fold of the journal so far.
        facts: what the bus collected since the last step.
        now_s: fleet time; a clock that was set back does not set the fleet back.
        requests: people's requests with numbers above `state.requests_taken`, in order.
        started: given once, in the first step of a new leader.
    """
    now_s = float(max(now_s, state.now_s))
    first: tuple[ev.Event, ...] = (started,) if started is not None else ()
    for event in first:
        state = apply(state, event, now_s)
    presence = weighs_people(context.allocator)
    heard = intake(state, facts, requests, now_s, context.settings, context.site.objects, presence)
    inputs = first + tuple(_readable(heard))
    for event in inputs[len(first) :]:
        state = apply(state, event, now_s)
    draft = drafted(state, inputs, now_s, context)
    return Step(state=draft.state, inputs=inputs, decisions=tuple(draft.events), commands=tuple(draft.commands))


def _readable(inputs: Iterable[ev.Event]) -> Iterator[ev.Event]:
    """The inputs as a replay will read them. One that no journal can hold (a robot that reports NaN) is left out: a bad
    sensor must not stop the fleet."""
    for event in inputs:
        try:
            yield normal(event)
        except InvalidField as error:
            _log.warning("ignored an input that cannot be: %s", error)
