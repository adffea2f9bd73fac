"""How one process tells another that it is ready."""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

from fleet.deployment.nodes import Readiness


def announce(path: Path) -> None:
    """Say that this process is ready; the process id in the file tells a new announcement from an old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(f"{os.getpid()}\n", encoding="utf-8")
    beside.replace(path)


def is_ready(readiness: Readiness, pid: int) -> bool:
    """Whether the process with that id shows that it is ready. Takes half a second at most."""
    if readiness.file and _announced(Path(readiness.file)) != pid:
        return False
    if readiness.how == "file":
        return _announced(Path(readiness.target)) == pid
    if readiness.how == "socket":
        return _takes_connections(readiness.target)
    return _answers(readiness.target)


def _announced(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _takes_connections(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=0.5) as answer:
            return int(answer.status) == 200
    except (urllib.error.URLError, OSError, ValueError):
        return False
