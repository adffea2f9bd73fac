"""Rollouts on a Ray cluster. Only ever used in the sister process: Ray starts threads, the live world has none."""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from sim_worlds.rollouts.options import OptionPlan, Ray, Request
from sim_worlds.rollouts.pool import Collected, Job, Tell
from sim_worlds.rollouts.worker import Order, Report, Setup
from sim_worlds.wire import Frames, framed


class Courier:
    """A Ray actor: carries orders to a process beside it that has no threads and may fork."""

    def __init__(self, setup: bytes) -> None:
        self.setup = setup
        self.child: subprocess.Popen[bytes] | None = None

    def run(self, option: int, run: int) -> bytes:
        """An encoded `Report`. Raises `EOFError` when the process beside it died; the next call starts another."""
        if self.child is None:
            command = [sys.executable, "-m", "sim_worlds.rollouts.worker"]
            self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._tell(self.setup)
        self._tell(framed(Order(option, run)))
        return self._hear()

    def _tell(self, data: bytes) -> None:
        assert self.child is not None and self.child.stdin is not None
        try:
            self.child.stdin.write(data)
            self.child.stdin.flush()
        except BrokenPipeError:
            self._lost()

    def _hear(self) -> bytes:
        assert self.child is not None and self.child.stdout is not None
        frames = Frames(1 << 30)
        while data := os.read(self.child.stdout.fileno(), 1 << 20):
            for message in frames.feed(data):
                return message
        return self._lost()

    def _lost(self) -> bytes:
        assert self.child is not None
        code = self.child.wait()
        self.child = None
        raise EOFError(f"the worker process ended with {code}")


class RayPool:
    """Runs jobs on up to `request.workers` actors. Each takes one run at a time."""

    def __init__(self, checkpoint: dict[str, Any], request: Request, options: Sequence[OptionPlan]) -> None:
        assert isinstance(request.executor, Ray)
        self.address, self.workers = request.executor.address, request.workers
        self.setup = framed(Setup(msgspec.msgpack.encode(checkpoint), request, tuple(options)))
        self.found = Collected()

    def run(self, jobs: Sequence[Job], until: float, tell: Tell) -> Collected:
        """As `ForkPool.run`. Starting Ray and its workers counts towards `until`."""
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray

        local: dict[str, Any] = {"num_cpus": self.workers, "include_dashboard": False} if self.address is None else {}
        with _quiet():
            ray.init(
                address=self.address or "local",
                logging_level=logging.ERROR,
                log_to_driver=False,
                configure_logging=False,
                **local,
            )
        try:
            self._work(ray, list(reversed(jobs)), until, tell)
        finally:
            ray.shutdown()
        return self.found

    def _work(self, ray: Any, waiting: list[Job], until: float, tell: Tell) -> None:
        actor = ray.remote(num_cpus=1)(Courier)
        setup = ray.put(self.setup)
        free = [actor.remote(setup) for _ in range(min(self.workers, len(waiting)))]
        busy: dict[Any, tuple[Any, Job]] = {}
        while waiting or busy:
            while waiting and free:
                courier, job = free.pop(), waiting.pop()
                busy[courier.run.remote(job.option, job.run)] = (courier, job)
            left = until - time.monotonic()
            if left <= 0:
                break
            ready, _ = ray.wait(list(busy), timeout=min(left, 1.0))
            for answer in ready:
                courier, job = busy.pop(answer)
                report, alive = _report(ray, answer)
                free.append(courier if alive else actor.remote(setup))
                if self._take(job, report):
                    waiting.append(job)
            tell(len(self.found.results))
        for courier, _ in busy.values():
            ray.kill(courier)

    def _take(self, job: Job, report: Report) -> bool:
        """Whether it has to be done again."""
        if report.death:
            return self.found.died(job, report.death)
        if report.error:
            self.found.errors.append(report.error)
        else:
            self.found.results[job] = pickle.loads(report.result)
        return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray greets on standard output and error; what goes wrong it raises."""
    kept, nowhere = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(nowhere, number)
        yield
    finally:
        for number, fd in enumerate(kept, start=1):
            os.dup2(fd, number)
        for fd in (*kept, nowhere):
            os.close(fd)


def _report(ray: Any, answer: Any) -> tuple[Report, bool]:
    """What came back, and whether the actor lives."""
    try:
        return msgspec.msgpack.decode(ray.get(answer), type=Report), True
    except ray.exceptions.RayTaskError as error:
        return Report(death=str(error.cause)), True
    except ray.exceptions.RayError as error:
        return Report(death=f"{type(error).__name__}: {error}".splitlines()[0]), False
