"""A run directory belongs to one `fleet up` at a time; its journal stays from run to run."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from fleet.model.errors import Conflict


class RunDirectoryBusy(Conflict):
    """Another process runs this deployment."""


@dataclass(slots=True)
class RunLock:
    """An exclusive lock on a file of the run directory, given back by the kernel when the process ends."""

    path: Path
    what: str = "fleet up"
    _file: IO[str] | None = None

    def __enter__(self) -> RunLock:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "an unknown process"
            file.close()
            raise RunDirectoryBusy(
                f"{self.path.parent}: {self.what} already runs here ({holder}); stop it first, choose another "
                f"directory with --run-dir, or start a second supervisor for it with --standby"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        self._file = file
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def write_status(path: Path, status: Any) -> None:
    """Replace the status file in one step, so that a reader never sees half of it."""
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(json.dumps(status, indent=1), encoding="utf-8")
    beside.replace(path)


def read_status(path: Path) -> Any:
    """What `write_status` wrote last, or None."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
