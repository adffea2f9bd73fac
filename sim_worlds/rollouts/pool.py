"""Forked children of this process, a few at a time: each takes one run, answers through a pipe, and is gone."""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim_worlds.rollouts.offspring import die_with_parent
from sim_worlds.rollouts.results import Death, RunResult


class Job(NamedTuple):
    """One run of the option with this index."""

    option: int
    run: int


@dataclass
class Collected:
    """What has come back so far."""

    results: dict[Job, RunResult] = field(default_factory=dict)
    deaths: list[tuple[Job, str, bool]] = field(default_factory=list)
    """(job, how, whether it is repeated)."""
    errors: list[str] = field(default_factory=list)

    def died(self, job: Job, how: str) -> bool:
        """Take a death down; whether the run is to be repeated."""
        again = not any(j == job for j, _, _ in self.deaths)
        self.deaths.append((job, how, again))
        return again

    def named(self, option_ids: Sequence[str]) -> tuple[Death, ...]:
        return tuple(
            Death(option_id=option_ids[job.option], run=job.run, how=how, repeated=again)
            for job, how, again in self.deaths
        )


Simulate = Callable[[Job], RunResult]
Tell = Callable[[int], None]


class _Child(NamedTuple):
    job: Job
    pid: int
    heard: bytearray


class ForkPool:
    """Runs jobs in forked children.

    Args:
        simulate: called in a child, on its copy of everything.
        workers: how many children there are at most at any moment; that bounds the memory.
        first_alone: the first run is done before any other is begun. Where kernels may have to be compiled, so that not
            all children compile them, and write them to numba's cache, at the same time.
    """

    def __init__(self, simulate: Simulate, workers: int, first_alone: bool = False) -> None:
        self.simulate, self.workers, self.first_alone = simulate, workers, first_alone
        self.selector = selectors.DefaultSelector()
        self.children: dict[int, _Child] = {}
        """By the reading end of their pipe."""

    def run(self, jobs: Sequence[Job], until: float, tell: Tell, repeat: bool = True) -> Collected:
        """Work through the jobs in their order until `until` (steady time, s); then kill what still runs.

        `tell` is told how many are done, after each and at least once a second. With `repeat` a run whose child died
        is done once more, at once.
        """
        waiting, found = list(reversed(jobs)), Collected()
        try:
            while waiting or self.children:
                most = 1 if self.first_alone and not (found.results or found.errors) else self.workers
                while waiting and len(self.children) < most:
                    self._begin(waiting.pop())
                left = until - time.monotonic()
                if left <= 0:
                    break
                for key, _ in self.selector.select(min(left, 1.0)):
                    again = self._hear(key.fd, found)
                    if again is not None and repeat:
                        waiting.append(again)
                tell(len(found.results))
        finally:
            self._kill()
            self.selector.close()
        return found

    def _begin(self, job: Job) -> None:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            for other in (reader, *self.children):
                os.close(other)
            die_with_parent()
            answer(lambda: self.simulate(job), writer)
        os.close(writer)
        self.children[reader] = _Child(job, pid, bytearray())
        self.selector.register(reader, selectors.EVENT_READ)

    def _hear(self, reader: int, found: Collected) -> Job | None:
        """Take what a child says. The job, if it has to be done again."""
        child = self.children[reader]
        data = os.read(reader, 1 << 20)
        if data:
            child.heard.extend(data)
            return None
        self._forget(reader)
        _, status = os.waitpid(child.pid, 0)
        said = decoded(bytes(child.heard))
        if said is None:
            return child.job if found.died(child.job, how_it_ended(status)) else None
        ok, result = said
        if ok:
            found.results[child.job] = result
        else:
            found.errors.append(str(result))
        return None

    def _forget(self, reader: int) -> None:
        self.selector.unregister(reader)
        os.close(reader)
        del self.children[reader]

    def _kill(self) -> None:
        for reader, child in list(self.children.items()):
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            self._forget(reader)


def answer(work: Callable[[], Any], writer: int) -> None:
    """In a forked child: do the work, write (True, result) or (False, traceback), and leave by `os._exit`, so that
    nothing of the parent is cleaned up twice. Never returns."""
    try:
        data = pickle.dumps((True, work()))
    except BaseException:
        data = pickle.dumps((False, traceback.format_exc()))
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)
    except BrokenPipeError:
        os._exit(1)  # whoever asked is gone
    os._exit(0)


def decoded(data: bytes) -> tuple[bool, Any] | None:
    """None for an answer that was cut short."""
    try:
        ok, result = pickle.loads(data)
    except (EOFError, pickle.UnpicklingError, ValueError):
        return None
    return bool(ok), result


def how_it_ended(status: int) -> str:
    """A wait status in words."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
