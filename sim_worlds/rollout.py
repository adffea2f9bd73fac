"""What-if rollouts: a forked copy of the simulator process runs ahead, bit-identical to what would have come."""

from __future__ import annotations

import os
import pickle
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sim_worlds.errors import SimError

if TYPE_CHECKING:
    from sim_worlds.world import World

T = TypeVar("T")


class RolloutFailed(SimError):
    """The forked process raised, or died; the text has its traceback."""


def fork_rollout(world: World, fn: Callable[[World], T]) -> T:
    """`fn(world)` in a forked child; its result must be picklable.

    Raises `RolloutFailed` when the child fails, and when this process has threads, which do not survive a fork.
    """
    if threading.active_count() > 1:
        raise RolloutFailed(f"this process has {threading.active_count()} threads; expected one without threads")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run(world, fn, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    if not data:
        raise RolloutFailed("the forked process died without an answer")
    ok, result = pickle.loads(data)
    if not ok:
        raise RolloutFailed(str(result))
    return result  # type: ignore[no-any-return]


def _run(world: World, fn: Callable[[World], T], writer: int) -> None:
    """In the child. Leaves by `os._exit`: nothing of the parent may be cleaned up twice."""
    try:
        answer = pickle.dumps((True, fn(world)))
    except BaseException:
        answer = pickle.dumps((False, traceback.format_exc()))
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(answer)
    os._exit(0)
