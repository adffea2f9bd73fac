"""One function in a forked copy of a world, bit-identical to what would have come."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sim_worlds.rollouts.pool import answer, decoded
from sim_worlds.rollouts.sister import RolloutFailed, check_forkable

if TYPE_CHECKING:
    from sim_worlds.world import World

T = TypeVar("T")


def fork_rollout(world: World, fn: Callable[[World], T]) -> T:
    """`fn(world)` in a forked child; its result must be picklable. Waits for it; `evaluate` is for many runs.

    Raises `RolloutFailed` when the child fails, and when this process has threads, which do not survive a fork.
    """
    check_forkable()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer(lambda: fn(world), writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    said = decoded(data)
    if said is None:
        raise RolloutFailed("the forked process died without an answer")
    ok, result = said
    if not ok:
        raise RolloutFailed(str(result))
    return result  # type: ignore[no-any-return]
