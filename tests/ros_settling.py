"""Waiting until answers get through.

A service's server may hear a request before it has found the reader of its answer, on a loaded machine; Fast DDS then
drops the answer ("client will not receive response"). The product asks again; a test that asks by hand waits for the
first answer here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_TRIES = 15
_ANSWER_WITHIN_S = 2.0

Waits = Callable[[Any, float], bool]  # (future, seconds): whether it was done in time


def answer_of(call: Callable[[], Any], waits: Waits, what: str) -> Any:
    """The first answer to `call`, made again while none comes: only for calls that may be made twice."""
    for _ in range(_TRIES):
        future = call()
        if waits(future, _ANSWER_WITHIN_S):
            return future.result()
    raise AssertionError(f"no answer to {what}, asked {_TRIES} times")


def settle(client: Any, harmless: Any, waits: Waits) -> None:
    """Call each of the three services of an action until it has answered once.

    Args:
        client: the `ActionClient`.
        harmless: a goal that is refused, or comes to nothing at once.
        waits: waits for a future.
    """
    handle = answer_of(lambda: client.send_goal_async(harmless), waits, "a goal")
    answer_of(handle.cancel_goal_async, waits, "a cancel")
    answer_of(handle.get_result_async, waits, "a result")
