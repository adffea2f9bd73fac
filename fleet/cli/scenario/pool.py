"""Runs jobs in worker processes. One that dies is reported and its run repeated once; Ctrl-C leaves what there is."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from fleet.cli.scenario.jobs import Answer, Done, Job, Progress, leave_error
from fleet.scenario.record import Verdict

_RUNS_A_WORKER = 50
_LEAVES_WITHIN_S = 10.0
_CHATTER = "pybullet build time"
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class _Worker:
    """One process and what it does now."""

    process: subprocess.Popen[bytes]
    complaints: IO[bytes]
    job: Job | None = None
    rest: bytes = b""
    runs: int = 0

    def give(self, job: Job) -> None:
        assert self.process.stdin is not None
        self.job, self.runs = job, self.runs + 1
        self.process.stdin.write(msgspec.json.encode(job) + b"\n")
        self.process.stdin.flush()

    def last_words(self) -> str:
        self.complaints.seek(0)
        lines = self.complaints.read()[-2000:].decode(errors="replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith(_CHATTER)).strip()


def _start() -> _Worker:
    complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
    process = subprocess.Popen(
        [sys.executable, "-m", "fleet.cli.scenario.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**os.environ, **dict.fromkeys(_THREADS, "1")},
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return _Worker(process, complaints)


@dataclass
class Pool:
    """`run` gives the jobs to at most `workers` processes and returns their ends in the order of the jobs.

    `on_progress` and `on_done` are called as answers come; `on_death` with a job and why its worker died.
    """

    workers: int = 1
    on_progress: Callable[[Progress], None] = lambda _: None
    on_start: Callable[[Job], None] = lambda _: None
    on_done: Callable[[Job, Done], None] = lambda _job, _done: None
    on_death: Callable[[Job, str], None] = lambda _job, _why: None
    _running: list[_Worker] = field(default_factory=list, init=False)
    interrupted: bool = field(default=False, init=False)

    def run(self, jobs: Sequence[Job]) -> dict[str, Done]:
        """Do all of them; after Ctrl-C only those that had ended, and the rest as interrupted."""
        waiting, ended = deque(jobs), dict[str, Done]()
        try:
            while waiting or any(w.job for w in self._running):
                self._hand_out(waiting)
                for worker in self._ready():
                    self._hear(worker, waiting, ended)
        except KeyboardInterrupt:
            self.interrupted = True
            self._stop(waiting, ended)
        finally:
            self.close()
        return {job.run_id: ended[job.run_id] for job in jobs if job.run_id in ended}

    def _hand_out(self, waiting: deque[Job]) -> None:
        for worker in [w for w in self._running if w.job is None and w.runs >= _RUNS_A_WORKER]:
            self._dismiss(worker)
        while waiting and (idle := self._idle()) is not None:
            job = waiting.popleft()
            self.on_start(job)
            try:
                idle.give(job)
            except BrokenPipeError:
                continue  # it has died: that is heard next, and the job repeated

    def _idle(self) -> _Worker | None:
        free = next((w for w in self._running if w.job is None), None)
        if free is None and len(self._running) < self.workers:
            free = _start()
            self._running.append(free)
        return free

    def _ready(self) -> list[_Worker]:
        with selectors.DefaultSelector() as selector:
            for worker in self._running:
                assert worker.process.stdout is not None
                selector.register(worker.process.stdout, selectors.EVENT_READ, worker)
            return [key.data for key, _ in selector.select(timeout=0.5)]

    def _hear(self, worker: _Worker, waiting: deque[Job], ended: dict[str, Done]) -> None:
        assert worker.process.stdout is not None
        data = worker.process.stdout.read()
        if data == b"":
            self._died(worker, waiting, ended)
            return
        *lines, worker.rest = (worker.rest + (data or b"")).split(b"\n")
        for line in lines:
            answer = msgspec.json.decode(line, type=Answer)
            if isinstance(answer, Progress):
                self.on_progress(answer)
            elif worker.job is not None:
                self._end(worker.job, answer, ended)
                worker.job = None

    def _end(self, job: Job, done: Done, ended: dict[str, Done]) -> None:
        if done.verdict is Verdict.ERROR:
            leave_error(job, done.error, attempts=job.attempt)
        ended[job.run_id] = done
        self.on_done(job, done)

    def _died(self, worker: _Worker, waiting: deque[Job], ended: dict[str, Done]) -> None:
        code = worker.process.wait()
        job, words = worker.job, worker.last_words()
        self._dismiss(worker)
        if job is None:
            return
        why = f"its worker died ({_in_words(code)})" + (f": {words}" if words else "")
        if job.attempt == 1:
            self.on_death(job, why)
            waiting.appendleft(msgspec.structs.replace(job, attempt=2))
            return
        self._end(job, Done(run_id=job.run_id, verdict=Verdict.ERROR, error=f"twice: {why}"), ended)

    def _stop(self, waiting: deque[Job], ended: dict[str, Done]) -> None:
        """Let the workers leave the records of what they play; note what was not begun."""
        busy = [w for w in self._running if w.job is not None]
        for worker in busy:
            worker.process.terminate()
        for worker in busy:
            assert worker.job is not None
            job = worker.job
            try:
                worker.process.wait(_LEAVES_WITHIN_S)
            except subprocess.TimeoutExpired:
                worker.process.kill()
            stopped = Done(run_id=job.run_id, verdict=Verdict.INTERRUPTED, error="interrupted")
            if not (Path(job.out) / "run.json").is_file():
                leave_error(job, "interrupted before its world was built", Verdict.INTERRUPTED)
            ended[job.run_id] = stopped
        for job in waiting:
            leave_error(job, "not begun: interrupted", Verdict.INTERRUPTED)
            ended[job.run_id] = Done(run_id=job.run_id, verdict=Verdict.INTERRUPTED, error="not begun")

    def _dismiss(self, worker: _Worker) -> None:
        self._running.remove(worker)
        assert worker.process.stdin is not None and worker.process.stdout is not None
        with suppress(BrokenPipeError):
            worker.process.stdin.close()
        try:
            worker.process.wait(_LEAVES_WITHIN_S)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
        worker.process.stdout.close()
        worker.complaints.close()

    def close(self) -> None:
        """End the workers. One that still plays is killed."""
        for worker in list(self._running):
            if worker.job is not None and worker.process.poll() is None:
                worker.process.kill()
            self._dismiss(worker)


def _in_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
