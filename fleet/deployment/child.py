"""One child process that cannot outlive its parent, in a process group of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

LOG_LIMIT_BYTES = 32 * 1024 * 1024


def spawn(command: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `command` with its output appended to `log`.

    The kernel kills it when this process ends, however that happens: SIGKILL, because a child that hangs must go
    too. Its own process group keeps a Ctrl-C in the terminal from it, so that children end in order. Must be called
    from the main thread: the kernel counts the thread that started a child as its parent.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    parent = os.getpid()

    def tie_to_parent() -> None:
        os.setpgid(0, 0)
        _libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it went while we were being born
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=tie_to_parent,
        )


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the child and to what it has started itself; one that is gone already is no error."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        if process.poll() is None:
            process.send_signal(number)


def exit_phrase(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with exit code {code}"


def trim_log(log: Path) -> None:
    """Move a log that has grown too large aside, keeping one older part. The writer's open file is emptied in place:
    it appends, so that nothing but what is written between the two steps is lost."""
    try:
        if log.stat().st_size <= LOG_LIMIT_BYTES:
            return
        log.with_suffix(".old.log").write_bytes(log.read_bytes())
        os.truncate(log, 0)
    except FileNotFoundError:
        return


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for an error message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])
