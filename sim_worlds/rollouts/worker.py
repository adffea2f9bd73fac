"""`python -m sim_worlds.rollouts.worker`: runs rollouts of one checkpoint, told through its standard input.

A Ray worker has threads and may not fork; this process has none. It ends when its standard input does.
"""

from __future__ import annotations

import math
import os
import pickle
import select
import sys
from collections.abc import Iterator

import msgspec

from sim_worlds.rollouts.evaluation import restored
from sim_worlds.rollouts.options import OptionPlan, Request
from sim_worlds.rollouts.pool import ForkPool, Job
from sim_worlds.rollouts.simulate import simulate
from sim_worlds.wire import Frames, framed
from sim_worlds.world import World


class Setup(msgspec.Struct, frozen=True, tag=True):
    """The first message."""

    checkpoint: bytes
    """Of `World.checkpoint`, as msgpack."""
    request: Request
    options: tuple[OptionPlan, ...]


class Order(msgspec.Struct, frozen=True, tag=True):
    """One run to do; answered by a `Report`."""

    option: int
    run: int


class Report(msgspec.Struct, frozen=True):
    """What became of it: a pickled `RunResult`, the way the process that ran it died, or a traceback."""

    result: bytes = b""
    death: str = ""
    error: str = ""


class _Abandoned(Exception):
    """Whoever gave the orders is gone."""


def main() -> int:
    """Works until its input ends."""
    output = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not get between the answers
    messages = _messages()
    setup = next(messages, None)
    if not isinstance(setup, Setup):
        return 0 if setup is None else 2
    world = restored(msgspec.msgpack.decode(setup.checkpoint))
    for order in messages:
        if not isinstance(order, Order):
            return 2
        try:
            report = _report(world, setup, Job(order.option, order.run))
        except _Abandoned:
            return 0
        data = memoryview(framed(report))
        while data:
            data = data[os.write(output, data) :]
    return 0


def _report(world: World, setup: Setup, job: Job) -> Report:
    pool = ForkPool(lambda job: simulate(world, setup.request, setup.options[job.option], job.run), 1)
    found = pool.run([job], math.inf, lambda _: _check_input(), repeat=False)
    return Report(
        result=pickle.dumps(found.results[job]) if job in found.results else b"",
        death="".join(how for _, how, _ in found.deaths),
        error="".join(found.errors),
    )


def _messages() -> Iterator[Setup | Order]:
    frames, decoder = Frames(1 << 30), msgspec.msgpack.Decoder(Setup | Order)
    while data := os.read(0, 1 << 20):
        for message in frames.feed(data):
            yield decoder.decode(message)


def _check_input() -> None:
    poll = select.poll()
    poll.register(0, 0)
    if any(event & select.POLLHUP for _, event in poll.poll(0)):
        raise _Abandoned


if __name__ == "__main__":
    sys.exit(main())
