"""Stopping robots. The robots are told first, over their own line; the record follows and is never waited for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from starlette.responses import Response

from api.auth.identity import User
from api.context import ApiContext
from api.intake import as_json, fresh_key
from api.problems import Problem
from fleet.model.errors import Conflict, FleetError, NotFound
from fleet.model.requests import SetHold

log = logging.getLogger(__name__)

_RECORD_WITHIN_S = 0.25  # the answer waits so long for the record, and says whether it was made
_RECORD_TRIES = 60
_TRY_AGAIN_S = 1.0


async def stop(
    context: ApiContext, user: User, key: str, robot_id: str | None, because: str, tell: Callable[[], None]
) -> Response:
    """Tell the robots to hold with `tell`, then record that. 200 once they were told, whether or not the record is
    made yet.

    Raises:
        NotFound: the robot is known neither to the line nor to the fleet; nothing was done.
        Problem: 503, the robots could not be told. Loud, because then somebody must press the button on the robot.
    """
    context.holds[robot_id] += 1
    failure = _tell(tell)
    if isinstance(failure, NotFound) and robot_id is not None and robot_id not in context.state.robots:
        raise failure
    task = asyncio.create_task(_record(context, user, key, SetHold(robot_id=robot_id, engage=True, reason=because)))
    context.recording.add(task)
    task.add_done_callback(context.recording.discard)
    done, _ = await asyncio.wait({task}, timeout=_RECORD_WITHIN_S)
    recorded = bool(done) and not task.cancelled() and task.result()
    if failure is not None:
        kept = "The request is on record, the supervisor will try too." if recorded else "Nor is it on record yet."
        detail = f"the robots were not told directly: {failure}. {kept} Use the emergency stop on the robot."
        raise Problem(503, "stop_line_down", detail, recorded=recorded)
    return as_json({"told": True, "recorded": recorded, "robot_id": robot_id, "because": because, "by": user.name})


def _tell(tell: Callable[[], None]) -> Exception | None:
    try:
        tell()
    except FleetError as error:
        log.error("the stop line refused: %s", error)
        return error
    except Exception as error:
        log.exception("the stop line failed")
        return error
    return None


async def _record(context: ApiContext, user: User, key: str, body: SetHold) -> bool:
    """Put the request, again and again while the store is busy. Returns whether it is durable."""
    for _ in range(_RECORD_TRIES):
        try:
            now_s = context.clock.now_s()
            put = context.store.put
            _, new = await context.in_stop_thread(put, user.name, user.role, key, body, now_s)
            if new:
                return True
            # The same call again, perhaps after a release: the robots were told again, so it is a hold of its own.
            key = fresh_key()
            continue
        except Conflict:
            key = fresh_key()  # the key was used for something else: a stop is not refused for that
            continue
        except FleetError as error:
            log.error("the hold by %s is not on record yet: %s", user.name, error)
            if not error.retriable:
                return False
        except Exception:
            log.exception("the hold by %s is not on record", user.name)
            return False
        await asyncio.sleep(_TRY_AGAIN_S)
    return False


async def after_recording(context: ApiContext) -> None:
    """Wait until every stop is on record, so that a release never comes before the hold that it ends.

    Raises:
        Problem: 503, the store does not take them.
    """
    pending = set(context.recording)
    if not pending:
        return
    _, late = await asyncio.wait(pending, timeout=context.settings.store_within_s)
    if late:
        detail = "a hold is not on record yet, because the store is busy; release it once it is"
        raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"})


async def release_when_settled(
    context: ApiContext, request_id: str, still_wanted: Callable[[], bool], tell: Callable[[], None]
) -> None:
    """For a release that the supervisor had not settled in time: tell the robots when (and only if) it does."""
    note = await context.projection.settled(request_id, _RECORD_TRIES * _TRY_AGAIN_S)
    if note is not None and note.accepted and still_wanted():
        _tell(tell)


def release_now(still_wanted: Callable[[], bool], tell: Callable[[], None]) -> None:
    """Tell the robots that a hold is over.

    Raises:
        Problem: 409, a newer hold stands; 503, the robots could not be told and go on holding.
    """
    if not still_wanted():
        raise Problem(409, "conflict", "a newer hold stands; release that one if it is over too")
    failure = _tell(tell)
    if failure is not None:
        detail = f"the release is on record, but the robots were not told: {failure}; they go on holding. Release again"
        raise Problem(503, "unavailable", detail, headers={"Retry-After": "1"})


async def hold_again(context: ApiContext) -> None:
    """After a start: where all robots are held, say so again. The message that holds hosts which join later goes with
    the process that sent it. Nothing is ever released here: what is not on record may be a stop that came too late
    to be."""
    while not (context.projection.caught_up or context.projection.problem or context.projection.stopped):
        await context.projection.changed(0.1)
    state = context.state
    if state.hold_all:
        _tell(partial(context.stop_line.hold_all, state.hold_all, state.hold_all_by))
