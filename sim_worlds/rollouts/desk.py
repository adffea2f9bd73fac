"""Where questions about the live world are handed in: a ticket at once, the answer later. Never holds the world up."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import msgspec

from sim_worlds.errors import Refused
from sim_worlds.rollouts.evaluation import Pending, begin
from sim_worlds.rollouts.options import Request
from sim_worlds.rollouts.results import EvaluationStatus
from sim_worlds.rollouts.sister import RolloutFailed

if TYPE_CHECKING:
    from sim_worlds.world import World

AT_ONCE = 2
"""Questions under way at the same time: each has a process and workers of its own."""
_KEPT = 16
_DEADLINE_S = 600.0


class RawStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`EvaluationStatus` with the answer still encoded: the live world's process does not decode it."""

    ticket: str
    state: str
    done: int
    wanted: int
    detail: str = ""
    evaluation: msgspec.Raw = msgspec.Raw(b"\xc0")  # null

    def decoded(self) -> EvaluationStatus:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(self), type=EvaluationStatus)


class Desk:
    """The questions of one world. The newest 16 answers are kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._numbers = count(1)
        self._pending: dict[str, Pending] = {}
        self._answers: dict[str, RawStatus] = {}

    def ask(self, request: Request) -> str:
        """Begin to answer; returns the ticket. A question without a deadline gets one of 600 s.

        Raises:
            OptionError: it cannot be asked of this world.
            Refused: code `busy`, while as many questions as may be are under way.
            RolloutFailed: this process has threads.
        """
        self.sweep()
        if len(self._pending) >= AT_ONCE:
            under_way = ", ".join(self._pending)
            raise Refused("busy", f"{AT_ONCE} questions are under way ({under_way}); wait for one of them", True)
        if request.deadline_s is None:
            request = msgspec.structs.replace(request, deadline_s=_DEADLINE_S)
        pending = begin(self.world, request)
        ticket = f"q{next(self._numbers)}"
        self._pending[ticket] = pending
        return ticket

    def look(self, ticket: str) -> RawStatus:
        """How the question stands. Raises `Refused` with code `unknown_ticket`."""
        self.sweep()
        if ticket in self._answers:
            return self._answers[ticket]
        if ticket not in self._pending:
            known = ", ".join([*self._answers, *self._pending]) or "none"
            raise Refused("unknown_ticket", f"ticket: got {ticket!r}, expected one of: {known}")
        pending = self._pending[ticket]
        return RawStatus(ticket=ticket, state="running", done=pending.done, wanted=pending.wanted)

    def give_up(self, ticket: str) -> None:
        """Nobody waits for it any more: its work is ended, the ticket forgotten. No error for an unknown one."""
        pending = self._pending.pop(ticket, None)
        if pending is not None:
            pending.close()
        self._answers.pop(ticket, None)

    def sweep(self) -> None:
        """Take what has come; call it now and then, so that nobody who has answered is kept waiting."""
        for ticket, pending in list(self._pending.items()):
            try:
                data = pending.poll_raw()
            except RolloutFailed as failure:
                status = RawStatus(
                    ticket=ticket, state="failed", done=pending.done, wanted=pending.wanted, detail=str(failure)
                )
            else:
                if data is None:
                    continue
                status = RawStatus(
                    ticket=ticket,
                    state="done",
                    done=pending.done,
                    wanted=pending.wanted,
                    evaluation=msgspec.Raw(data),
                )
            del self._pending[ticket]
            self._answers[ticket] = status
            while len(self._answers) > _KEPT:
                del self._answers[next(iter(self._answers))]

    def close(self) -> None:
        """Give up what is under way."""
        for pending in self._pending.values():
            pending.close()
        self._pending.clear()
