"""The projection is the fold of the journal: current, whole, and honest about it when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from api.projection import Projection
from fleet.clock import SystemClock
from fleet.journal.sqlite import SqliteStore
from fleet.model.events import Event, HoldSet, RequestSettled, TaskProgressed
from fleet.supervisor.fold import replay

CLOCK = SystemClock()


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "fleet.db")


def write(store: SqliteStore, *events: Event) -> int:
    epoch = store.take_lead("sup", 5.0, CLOCK.wall_s())
    assert epoch is not None
    return store.append(events, 1.0, epoch)[-1].seq


def held(because: str) -> HoldSet:
    return HoldSet(robot_id=None, engaged=True, because=because, by="Ana")


def settled(request_id: str) -> RequestSettled:
    return RequestSettled(request_id=request_id, number=1, accepted=True)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


def test_it_reads_the_past_then_follows(store: SqliteStore):
    async def follow() -> None:
        last = write(store, *[held(str(i)) for i in range(2500)])
        projection = Projection(store, CLOCK, 0.005)
        await projection.start()
        assert await projection.reached(last, 5)
        assert projection.caught_up
        assert projection.state.hold_all == "2499"
        last = write(store, held("now"))
        assert await projection.reached(last, 1)
        assert projection.state == replay(store.read())
        await projection.stop()

    run(follow())


def test_who_waits_is_told_when_it_happens_and_not_in_the_middle_of_a_batch(store: SqliteStore):
    async def wait() -> None:
        projection = Projection(store, CLOCK, 0.005)
        await projection.start()
        waiter = asyncio.create_task(projection.settled("req-1", 5))
        assert await projection.settled("req-2", 0.02) is None
        write(store, settled("req-1"), *[held(str(i)) for i in range(1500)])
        note = await waiter
        assert note is not None
        assert note.accepted
        assert projection.state.hold_all == "1499", "the whole batch is in the state"
        await projection.stop()

    run(wait())


def test_listeners_hear_every_record_once_and_one_that_fails_harms_no_other(store: SqliteStore):
    async def listen() -> None:
        projection = Projection(store, CLOCK, 0.005)
        heard: list[int] = []

        def bad(_: object) -> None:
            raise ValueError("a fault of the listener")

        projection.listen(bad)
        end = projection.listen(lambda records: heard.extend(r.seq for r in records))
        await projection.start()
        write(store, held("a"), held("b"))
        await projection.reached(2, 2)
        end()
        write(store, held("c"))
        await projection.reached(3, 2)
        assert heard == [1, 2]
        assert [r.seq for r in projection.kept_after(1) or ()] == [2, 3]
        assert projection.kept_after(3) == []
        await projection.stop()

    run(listen())


def test_a_record_that_does_not_fit_stops_it_and_it_says_so(store: SqliteStore):
    async def stop() -> None:
        projection = Projection(store, CLOCK, 0.005)
        await projection.start()
        write(store, held("good"))
        await projection.reached(1, 2)
        write(store, TaskProgressed(task_id="ghost", phase="", fraction=0.5))
        assert not await projection.reached(2, 2)
        assert "after record 1" in projection.problem
        assert projection.state.hold_all == "good"
        await projection.stop()

    run(stop())


def test_it_starts_from_a_snapshot_where_there_is_one(store: SqliteStore):
    async def start() -> None:
        write(store, held("a"), held("b"))
        store.save_snapshot(2, replay(store.read()))
        write(store, held("c"))
        projection = Projection(store, CLOCK, 0.005)
        heard: list[int] = []
        projection.listen(lambda records: heard.extend(r.seq for r in records))
        await projection.start()
        assert await projection.reached(3, 2)
        assert heard == [3]
        assert projection.state == replay(store.read())
        assert projection.kept_after(0) is None, "what came before is in the journal"
        await projection.stop()

    run(start())


def test_a_journal_that_lost_its_end_is_read_again_from_the_start(tmp_path: Path):
    async def again() -> None:
        first, second = SqliteStore(tmp_path / "a.db"), SqliteStore(tmp_path / "b.db")
        write(first, held("a"), held("b"), held("c"))
        write(second, held("other"))
        projection = Projection(first, CLOCK, 0.002)
        await projection.start()
        await projection.reached(3, 2)
        projection.journal = second
        for _ in range(500):
            if projection.state.hold_all == "other":
                break
            await asyncio.sleep(0.01)
        assert (projection.seq, projection.problem) == (1, "")
        await projection.stop()

    run(again())


def test_who_waits_when_it_is_stopped_waits_no_longer(store: SqliteStore):
    async def stop() -> None:
        projection = Projection(store, CLOCK, 0.005)
        await projection.start()
        waiter = asyncio.create_task(projection.settled("req-1", 60))
        await asyncio.sleep(0.02)
        await projection.stop()
        assert await waiter is None

    run(stop())
