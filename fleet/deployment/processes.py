"""Keeping a deployment's processes running: start in order, watch, start again, end within a bound.

One thread, no callbacks: `step()` looks at every process once and does what is due, so that tests drive it too.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from fleet.clock import SystemClock
from fleet.deployment.child import exit_phrase, last_lines, signal_group, spawn, trim_log
from fleet.deployment.nodes import NodeKind, NodeSpec, RunPaths
from fleet.deployment.readiness import is_ready
from fleet.deployment.rundir import write_status
from fleet.model.errors import FleetError, NotFound

STEP_S = 0.05
READY_PROBE_S = 0.2
TRIM_EVERY_S = 30.0
_STEADY = SystemClock().steady_s
STOP_ORDER = (
    NodeKind.NOTIFIER,
    NodeKind.PREVIEWER,
    NodeKind.API,
    NodeKind.SUPERVISOR,
    NodeKind.HOST,
    NodeKind.WORLD,
)


class ProcessFailed(FleetError):
    """A process could not be kept running; the text has the end of its log."""


class Phase(str, Enum):
    """Where a process is in its life."""

    WAITING = "waiting"  # for the processes that it comes after
    STARTING = "starting"
    READY = "ready"
    BACKOFF = "backoff"  # crashed, will be started again
    GIVEN_UP = "given up"
    ENDED = "ended"


@dataclass(slots=True)
class _Child:
    spec: NodeSpec
    log: Path
    phase: Phase = Phase.WAITING
    process: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    probed: float = 0.0
    start_at: float = 0.0
    was_ready: bool = False
    restarts: int = 0
    crashes: deque[float] = field(default_factory=deque)
    because: str = ""


class ProcessManager:
    """Runs the processes of a deployment. Not for use from several threads.

    Args:
        specs: what to run, in order; see `fleet.deployment.nodes.node_specs`.
        paths: the run directory, which the caller has locked.
        tell: is handed (process name, what happened) for people.
        kills: (s after everything was ready for the first time, kind): SIGKILL, as a fault.
        steady: steady time in s, for tests.
    """

    def __init__(
        self,
        specs: Sequence[NodeSpec],
        paths: RunPaths,
        *,
        python: str = sys.executable,
        tell: Callable[[str, str], None] = lambda *_: None,
        steady: Callable[[], float] = _STEADY,
        kills: Sequence[tuple[float, NodeKind]] = (),
    ) -> None:
        self._kills, self._ready_at = sorted(kills, key=lambda k: k[0]), math.inf
        self._children = {s.name: _Child(s, paths.logs / f"{s.name}.log") for s in specs}
        self._paths, self._python, self._tell, self._steady = paths, python, tell, steady
        self._trimmed = steady()
        self._shown: object = None
        for spec in specs:
            for name in spec.after:
                if name not in self._children:
                    raise NotFound("process", name, ", ".join(self._children))

    # Looking

    def phase(self, name: str) -> Phase:
        """Where the process is."""
        return self._child(name).phase

    def pid(self, name: str) -> int | None:
        """The running process's id."""
        process = self._child(name).process
        return process.pid if process is not None and process.poll() is None else None

    def restarts(self, name: str) -> int:
        """How often it was started again."""
        return self._child(name).restarts

    def all_ready(self) -> bool:
        """Whether every process is ready."""
        return all(c.phase is Phase.READY for c in self._children.values())

    def status(self) -> list[dict[str, Any]]:
        """What runs, for people and for the status file."""
        return [
            {
                "name": c.spec.name,
                "kind": c.spec.kind.value,
                "phase": c.phase.value,
                "pid": self.pid(c.spec.name),
                "restarts": c.restarts,
                "because": c.because,
                "log": str(c.log),
            }
            for c in self._children.values()
        ]

    def _child(self, name: str) -> _Child:
        try:
            return self._children[name]
        except KeyError:
            raise NotFound("process", name, ", ".join(self._children)) from None

    # Keeping up

    def step(self) -> None:
        """Look at every process once and do what is due.

        Raises:
            ProcessFailed: a process crashed too often; the others still run, `stop` ends them.
        """
        now = self._steady()
        for child in self._children.values():
            self._look_at(child, now)
        self._kill_what_is_due(now)
        if now - self._trimmed > TRIM_EVERY_S:
            self._trimmed = now
            for child in self._children.values():
                trim_log(child.log)
        self._show()

    def run(self, until: Callable[[], bool], within_s: float | None = None) -> bool:
        """Keep stepping until `until()`; False when `within_s` passed before."""
        end = None if within_s is None else self._steady() + within_s
        while not until():
            if end is not None and self._steady() > end:
                return False
            self.step()
            time.sleep(STEP_S)
        return True

    def _kill_what_is_due(self, now: float) -> None:
        if math.isinf(self._ready_at) and self.all_ready():
            self._ready_at = now
        while self._kills and now >= self._ready_at + self._kills[0][0]:
            _, kind = self._kills.pop(0)
            for child in self._children.values():
                if child.spec.kind is kind and child.process is not None and child.process.poll() is None:
                    signal_group(child.process, signal.SIGKILL)
                    self._tell(child.spec.name, "killed, as a fault of the deployment")

    def _look_at(self, child: _Child, now: float) -> None:
        if child.phase is Phase.WAITING:
            if all(self._children[name].was_ready for name in child.spec.after):
                self._start(child, now)
        elif child.phase is Phase.BACKOFF:
            if now >= child.start_at:
                child.restarts += 1
                self._start(child, now)
        elif child.process is not None and (code := child.process.poll()) is not None:
            self._crashed(child, now, exit_phrase(code))
        elif child.phase is Phase.STARTING and now - child.probed >= READY_PROBE_S:
            self._probe(child, now)

    def _start(self, child: _Child, now: float) -> None:
        if child.spec.ready.file:
            Path(child.spec.ready.file).unlink(missing_ok=True)
        child.process = spawn(child.spec.command(self._python), child.spec.env, child.log)
        child.phase, child.since, child.because = Phase.STARTING, now, ""
        self._tell(child.spec.name, f"started, process {child.process.pid}")

    def _probe(self, child: _Child, now: float) -> None:
        assert child.process is not None
        child.probed = now
        if is_ready(child.spec.ready, child.process.pid):
            child.phase, child.was_ready = Phase.READY, True
            self._tell(child.spec.name, f"ready after {now - child.since:.1f} s")
        elif now - child.since > child.spec.ready.within_s:
            signal_group(child.process, signal.SIGKILL)
            child.process.wait()
            self._crashed(child, now, f"was not ready within {child.spec.ready.within_s:g} s")

    def _crashed(self, child: _Child, now: float, because: str) -> None:
        policy = child.spec.restart
        assert child.process is not None
        signal_group(child.process, signal.SIGKILL)  # what it has started itself goes with it
        child.because = because
        child.crashes.append(now)
        while child.crashes and now - child.crashes[0] > policy.window_s:
            child.crashes.popleft()
        if len(child.crashes) > policy.limit:
            child.phase = Phase.GIVEN_UP
            self._show()
            raise ProcessFailed(
                f"{child.spec.name} {because}, {len(child.crashes)} times within {policy.window_s:g} s: given up. "
                f"The end of {child.log}:\n{last_lines(child.log)}"
            )
        delay = min(policy.backoff_s * 2 ** (len(child.crashes) - 1), policy.backoff_max_s)
        child.phase, child.start_at = Phase.BACKOFF, now + delay
        self._tell(child.spec.name, f"{because}; starting again in {delay:g} s")

    # Ending

    def kill(self, name: str) -> None:
        """SIGKILL one process, as a crash would; it is started again by the following steps. For tests."""
        self.signal(name, signal.SIGKILL).wait()

    def signal(self, name: str, number: signal.Signals) -> subprocess.Popen[bytes]:
        """Send one process a signal, such as SIGSTOP. For tests. Raises `NotFound` unless it runs."""
        process = self._child(name).process
        if process is None or process.poll() is not None:
            raise NotFound("running process", name)
        signal_group(process, number)
        return process

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End everything, those that command before those that are commanded. Who does not end by itself within its
        bound is killed, all at once when `hurry()`."""
        for kind in STOP_ORDER:
            self._stop_some([c for c in self._children.values() if c.spec.kind is kind], hurry)
        self._show()

    def _stop_some(self, children: list[_Child], hurry: Callable[[], bool]) -> None:
        running = [c for c in children if c.process is not None and c.process.poll() is None]
        for child in running:
            assert child.process is not None
            signal_group(child.process, signal.SIGTERM)
        end = self._steady() + max((c.spec.stop_within_s for c in running), default=0.0)
        while self._steady() < end and not hurry() and any(c.process and c.process.poll() is None for c in running):
            time.sleep(STEP_S / 2)
        for child in running:
            assert child.process is not None
            code = child.process.poll()
            if code is None and hurry():
                child.because = "was killed, to end at once"
            elif code is None:
                child.because = f"did not end within {child.spec.stop_within_s:g} s and was killed"
            else:
                child.because = exit_phrase(code)
            signal_group(child.process, signal.SIGKILL)
            child.process.wait()
            self._tell(child.spec.name, child.because)
        for child in children:
            if child.phase is not Phase.GIVEN_UP:
                child.phase = Phase.ENDED

    def _show(self) -> None:
        status = self.status()
        if status != self._shown:
            self._shown = status
            self._paths.folder.mkdir(parents=True, exist_ok=True)
            write_status(self._paths.status, status)
