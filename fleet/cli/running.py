"""A deployment that runs while a `with` block lasts; used by `fleet up`, `fleet demo` and the end-to-end tests."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from fleet.cli.live_faults import kills_of
from fleet.deployment.load import save_resolved
from fleet.deployment.nodes import RunPaths, node_specs
from fleet.deployment.processes import ProcessManager
from fleet.deployment.records import Deployment
from fleet.deployment.rundir import RunLock

START_WITHIN_S = 120.0


class StopSignals:
    """Notes SIGINT, SIGTERM and SIGHUP instead of dying of them: the first asks for an orderly end, the second for a
    quick one."""

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> StopSignals:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def asked(self) -> bool:
        """Whether to end."""
        return self.count > 0

    def hurry(self) -> bool:
        """Whether to end at once."""
        return self.count > 1


@contextmanager
def running(
    deployment: Deployment,
    tell: Callable[[str, str], None],
    *,
    hurry: Callable[[], bool] = lambda: False,
) -> Iterator[ProcessManager]:
    """Start the deployment's processes; whatever happens in the block, they are gone after it.

    The caller has claimed the API's port, and keeps the processes going with `manager.step()` or `manager.run(...)`.

    Raises:
        RunDirectoryBusy: the run directory is in use.
        InvalidField: a fault of the deployment cannot act in processes.
    """
    paths = RunPaths(Path(deployment.run_directory))
    with RunLock(paths.folder / "fleet.lock"):
        save_resolved(deployment)
        manager = ProcessManager(node_specs(deployment), paths, tell=tell, kills=kills_of(deployment))
        try:
            yield manager
        finally:
            manager.stop(hurry)


def first_login(paths: RunPaths) -> dict[str, str] | None:
    """The one-time login that the API left at its first run, while nobody has used it."""
    try:
        found = json.loads(paths.login.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {str(k): str(v) for k, v in found.items()}
