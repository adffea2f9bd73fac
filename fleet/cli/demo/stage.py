"""A demo run: which directory, port and domain it takes, and keeping it going until the job is done."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.live import Live
from rich.text import Text

from fleet.cli.demo.director import Director, first_admin
from fleet.cli.demo.people import one_time_link
from fleet.cli.demo.scenario import Scenario
from fleet.cli.http import FleetClient
from fleet.cli.output import notes
from fleet.cli.ports import DomainClaim, PortClaim
from fleet.cli.running import START_WITHIN_S, StopSignals, first_login
from fleet.deployment.load import with_changes
from fleet.deployment.nodes import RunPaths, local_url
from fleet.deployment.processes import ProcessFailed, ProcessManager
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import RunDirectoryBusy, RunLock
from fleet.model.errors import FleetError

KEPT_RUNS = 5
_RUN = re.compile(r"run-(\d{4,})")


class Interrupted(FleetError):
    """Ended by Ctrl-C before the job was done."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a demo has to itself until it gives it back."""

    port: PortClaim
    domain: DomainClaim

    def release(self) -> None:
        """Give both back."""
        self.port.release()
        self.domain.release()


def new_run_directory(folder: Path) -> Path:
    """A fresh directory in `folder`, so that a demo never continues an old one; the oldest finished ones go."""
    folder.mkdir(parents=True, exist_ok=True)
    known = sorted((int(m[1]), p) for p in folder.iterdir() if (m := _RUN.fullmatch(p.name)) and p.is_dir())
    for _, old in known[: max(0, len(known) - KEPT_RUNS + 1)]:
        try:
            with RunLock(old / "fleet.lock"):
                pass
        except RunDirectoryBusy:
            continue
        shutil.rmtree(old)
    number = known[-1][0] + 1 if known else 1
    while True:
        path = folder / f"run-{number:04d}"
        try:
            path.mkdir()
        except FileExistsError:  # another demo that starts at this moment
            number += 1
            continue
        return path


def placed(
    plan: Deployment, run_dir: Path | None, port: int | None, domain_id: int | None, rate: float | None
) -> tuple[Deployment, Claims]:
    """The deployment with a run directory, port and domain of its own. What was asked for is taken as it is; what
    was not is replaced when it is in use."""
    folder = run_dir if run_dir is not None else new_run_directory(Path(plan.run_directory))
    wanted = plan.api.port if port is None else port
    port_claim = PortClaim(plan.api.host, wanted, exactly=port is not None)
    domain_claim = DomainClaim(plan.ros.domain_id if domain_id is None else domain_id)
    chosen = domain_claim.domain_id if domain_id is None else domain_id
    placed_plan = with_changes(plan, run_directory=folder, port=port_claim.port, domain_id=chosen, rate=rate)
    return placed_plan, Claims(port_claim, domain_claim)


class Stage:
    """Runs the job on a deployment whose manager is handed in."""

    def __init__(
        self,
        plan: Deployment,
        scenario: Scenario,
        manager: ProcessManager,
        signals: StopSignals,
        tell: Callable[[str], None],
    ) -> None:
        self.plan, self.scenario, self.manager = plan, scenario, manager
        self._signals, self._tell = signals, tell
        self.paths, self.url = RunPaths(Path(plan.run_directory)), local_url(plan)
        self.admin: FleetClient | None = None
        self.each_step: Callable[[Director], None] = lambda director: None

    def start(self) -> None:
        """Wait until everything is ready. Raises `ProcessFailed`, or `Interrupted`."""
        with Live(console=notes(), refresh_per_second=4, transient=True) as live:
            end = self.manager.run(lambda: self._starting(live), START_WITHIN_S)
        if self._signals.asked():
            raise Interrupted("interrupted while starting")
        if not end:
            slow = [row["name"] for row in self.manager.status() if row["phase"] != "ready"]
            raise ProcessFailed(f"not ready after {START_WITHIN_S:g} s: {', '.join(slow)}; see {self.paths.logs}")

    def _starting(self, live: Live) -> bool:
        live.update(Text("starting: " + ", ".join(f"{r['name']} {r['phase']}" for r in self.manager.status())))
        return self.manager.all_ready() or self._signals.asked()

    def play(self, *, answers: bool) -> None:
        """Play the scenario to its end; with `answers`, the operator's part too.

        Raises:
            FleetError: the job did not get done: overdue, refused, or a process that keeps crashing.
        """
        director = self._director(answers)
        director.start()
        try:
            with Live(console=notes(), refresh_per_second=2, transient=True) as live:
                self.manager.run(lambda: self._playing(director, live))
        finally:
            if director.running:
                # It may wait for an API that is ending: that must not keep the others from ending.
                threading.Thread(target=director.stop, daemon=True).start()
        if director.error is not None:
            raise director.error
        if self._signals.asked() and answers:
            raise Interrupted("interrupted before the job was done")

    def _director(self, answers: bool) -> Director:
        login = first_login(self.paths)
        if login is None:
            raise FleetError(f"the API left no first login in {self.paths.login}: is this run directory a used one?")
        self.admin = admin = first_admin(self.url, login["token"], within_s=30.0)
        if not answers:
            self._tell(f"console:  {one_time_link(admin)}   (one-time login as an operator)")
        return Director(admin, self.scenario, self._tell, answers=answers)

    def _playing(self, director: Director, live: Live) -> bool:
        progress = director.progress
        live.update(
            Text(f"{progress.now_s:7.1f} s of fleet time, {progress.ended} of {len(progress.tasks)} tasks have ended")
        )
        self.each_step(director)
        return not director.running or self._signals.asked()
