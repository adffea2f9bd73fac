"""`python -m fleet.cli.scenario.worker`: plays one job after the other. Jobs come in, answers go out, a line each.

On SIGTERM it ends the run that it plays, leaves its record, and goes.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import msgspec

from fleet.cli.scenario.jobs import Answer, Done, Job, Progress
from fleet.model.errors import FleetError, InvalidField, NotFound
from fleet.scenario.load import scenario_from_text
from fleet.scenario.record import RunRecord, Verdict, write_record
from sim_worlds.errors import InputError

_TELL_EVERY_S = 0.3


class Stopped(BaseException):
    """Asked to end, by SIGTERM. Not an `Exception`: nothing on the way may swallow it."""


@dataclass
class Worker:
    """One process. `answers` is where its standard output was before the simulator could write to it."""

    answers: BinaryIO
    told_s: float = 0.0

    def tell(self, answer: Answer) -> None:
        """Send a line."""
        self.answers.write(msgspec.json.encode(answer) + b"\n")
        self.answers.flush()

    def do(self, job: Job) -> Done:
        """Play a job and leave its record."""
        try:
            record = self._played(job)
        except (InvalidField, NotFound, InputError) as error:
            return Done(run_id=job.run_id, verdict=Verdict.ERROR, error=str(error), bad_input=True)
        except FleetError as error:
            return Done(run_id=job.run_id, verdict=Verdict.ERROR, error=str(error))
        except Exception:
            return Done(run_id=job.run_id, verdict=Verdict.ERROR, error=traceback.format_exc())
        return Done(run_id=job.run_id, verdict=record.verdict, error=record.error)

    def _played(self, job: Job) -> RunRecord:
        from fleet.cli.scenario.build import build
        from fleet.cli.scenario.play import Play

        scenario = scenario_from_text(job.text, job.file, Path(job.folder))
        built = build(scenario, job.seed)
        folder = Path(job.out)
        folder.mkdir(parents=True, exist_ok=True)
        journal = folder / "journal.sqlite"
        for old in folder.glob("journal.sqlite*"):
            old.unlink()
        within_s = scenario.spec.within_s
        run = Play(built, journal, each_step=lambda now_s: self._progress(job, now_s, within_s))
        stopped = False
        try:
            try:
                ended = run.play()
            except Stopped:
                ended, stopped = False, True
            record = run.record(job.run_id, ended, journal.name if job.keep_journal else "")
        finally:
            run.close()
        if stopped:
            what = f"stopped at {record.simulated_s:g} s of fleet time"
            record = replace(record, verdict=Verdict.INTERRUPTED, error=what)
        record = replace(record, attempts=job.attempt)
        write_record(record, folder / "run.json")
        if not job.keep_journal:
            for file in folder.glob("journal.sqlite*"):
                file.unlink()
        return record

    def _progress(self, job: Job, now_s: float, within_s: float) -> None:
        steady = time.monotonic()
        if steady - self.told_s >= _TELL_EVERY_S:
            self.told_s = steady
            self.tell(Progress(run_id=job.run_id, now_s=now_s, within_s=within_s))


def main() -> int:
    """Until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # PyBullet writes to standard output from C
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    worker = Worker(answers)

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGTERM, stop)
    try:
        for line in sys.stdin.buffer:
            worker.tell(worker.do(msgspec.json.decode(line, type=Job)))
    except (Stopped, BrokenPipeError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
