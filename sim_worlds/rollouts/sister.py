"""A forked sister of the live world's process. It does the work; the live world goes on and asks now and then.

The sister leads a process group of its own, hears nothing of the terminal, holds none of the live process's files and
sockets, yields the processor to the live world, and dies with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from sim_worlds.errors import SimError
from sim_worlds.rollouts.offspring import die_with_parent
from sim_worlds.wire import Frames, framed

_NICE = 5
GRACE_S = 2.0
"""After its deadline a sister that has not answered is killed."""


class RolloutFailed(SimError):
    """The forked process raised, or died; the text has its traceback."""


class Progress(msgspec.Struct, frozen=True, tag=True):
    done: int


class Answer(msgspec.Struct, frozen=True, tag=True):
    """The encoded result, for whoever wants to decode it."""

    data: msgspec.Raw


class Broken(msgspec.Struct, frozen=True, tag=True):
    detail: str


_Said = Progress | Answer | Broken
Work = Callable[[Callable[[int], None]], msgspec.Struct]
"""Given a function to report progress with; returns the result."""


def check_forkable() -> None:
    """Raises `RolloutFailed` when this process has threads, which do not survive a fork."""
    if threading.active_count() > 1:
        names = ", ".join(t.name for t in threading.enumerate() if t is not threading.main_thread())
        raise RolloutFailed(f"this process has {threading.active_count()} threads ({names}); expected one without")


class Sister:
    """A piece of work in a forked copy of this process.

    Args:
        work: called in the copy. What it returns must be encodable.
        until: steady time (`time.monotonic`, s) at which it should be done; None for no limit.

    Raises:
        RolloutFailed: this process has threads.
    """

    def __init__(self, work: Work, until: float | None = None) -> None:
        check_forkable()
        self.until, self.done = until, 0
        self._frames, self._result, self._failure = Frames(_LONGEST), b"", ""
        self._decoder = msgspec.msgpack.Decoder(_Said)
        reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reader)
            _live(work, writer)
        os.close(writer)
        os.set_blocking(reader, False)
        self.reader: int | None = reader

    def poll(self) -> bytes | None:
        """The encoded result, or None while the sister works. Never waits.

        Raises:
            RolloutFailed: it raised, died, or did not end in time.
        """
        if self.reader is not None:
            self._listen(self.reader)
        if self._failure:
            raise RolloutFailed(self._failure)
        return self._result or None

    def wait(self, timeout_s: float | None = None) -> bytes | None:
        """As `poll`, but waits up to `timeout_s`, or for as long as it takes."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            result = self.poll()
            if result is not None or self.reader is None:
                return result
            limits = [t for t in (end, self._killed_at) if t is not None]
            left = min(limits) - time.monotonic() if limits else None
            if end is not None and time.monotonic() >= end:
                return None
            select.select([self.reader], [], [], None if left is None else max(left, 0.0))

    def close(self) -> None:
        """Kill the sister and her children if they still live. Does no harm twice."""
        if self.reader is None:
            return
        os.close(self.reader)
        self.reader = None
        for kill in (os.killpg, os.kill):  # before she has made her group there is only herself
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    @property
    def _killed_at(self) -> float | None:
        return None if self.until is None else self.until + GRACE_S

    def _listen(self, reader: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while data := os.read(reader, 1 << 20):
                for message in self._frames.feed(data):
                    self._take(self._decoder.decode(message))
            if not self._result and not self._failure:
                self._failure = "the forked process died without an answer"
        if self._result or self._failure:
            self.close()
        elif self._killed_at is not None and time.monotonic() > self._killed_at:
            self._failure = f"the forked process did not answer within {GRACE_S:g} s after the deadline"
            self.close()

    def _take(self, said: _Said) -> None:
        if isinstance(said, Progress):
            self.done = said.done
        elif isinstance(said, Broken):
            self._failure = said.detail
        else:
            self._result = bytes(said.data)


_LONGEST = 1 << 30


def _live(work: Work, writer: int) -> None:
    """In the sister. Never returns."""
    try:
        settle_down(writer)
        said: _Said = Answer(msgspec.Raw(msgspec.msgpack.encode(work(lambda done: _say(writer, Progress(done))))))
    except BaseException:
        said = Broken(traceback.format_exc())
    with contextlib.suppress(BrokenPipeError):
        _say(writer, said)
    os._exit(0)


def settle_down(keep: int) -> None:
    """Make a forked copy a process of its own; `keep` is the only file of its parent it needs besides the standard
    ones."""
    os.setsid()
    die_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    for fd in [int(p.name) for p in Path("/proc/self/fd").iterdir()]:
        if fd > 2 and fd != keep:
            with contextlib.suppress(OSError):
                os.close(fd)
    os.nice(_NICE)
    # A collection would write to every object's header, and so copy all of the parent's memory.
    gc.freeze()


def _say(writer: int, message: _Said) -> None:
    data = memoryview(framed(message))
    while data:
        data = data[os.write(writer, data) :]
