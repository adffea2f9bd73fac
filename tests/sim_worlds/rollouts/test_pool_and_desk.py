"""Children a few at a time, the first alone where it must be; questions that nobody waits for are given up."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sim_worlds.errors import Refused
from sim_worlds.link import LocalWorld
from sim_worlds.rollouts import Request
from sim_worlds.rollouts.pool import ForkPool, Job
from sim_worlds.world import World
from tests.sim_worlds.rollouts.asking import WAIT

JOBS = [Job(0, run) for run in range(4)]


def times_of(pool: ForkPool) -> list[tuple[float, float]]:
    found = pool.run(JOBS, time.monotonic() + 30, lambda _: None)
    times: dict[Job, Any] = dict(found.results)
    return [times[job] for job in JOBS]


def lasting(_job: Job) -> Any:
    begun = time.monotonic()
    time.sleep(0.05)
    return begun, time.monotonic()


def test_the_first_run_goes_alone_where_kernels_may_have_to_be_compiled() -> None:
    first, *others = times_of(ForkPool(lasting, 3, first_alone=True))
    assert all(begun >= first[1] for begun, _ in others)


def test_so_it_does_when_it_raises() -> None:
    def broken(job: Job) -> Any:
        raise RuntimeError(f"no luck in {job.run}")

    found = ForkPool(broken, 2, first_alone=True).run(JOBS, time.monotonic() + 30, lambda _: None)
    assert len(found.errors) == len(JOBS)


def test_a_question_that_is_given_up_makes_room_and_is_forgotten(world: World) -> None:
    link = LocalWorld(world)
    request = Request(options=(WAIT,), horizon_s=3600.0, n=50)
    tickets = [link.evaluate(request) for _ in range(2)]
    with pytest.raises(Refused, match="under way"):
        link.evaluate(request)
    link.give_up(tickets[0])
    link.give_up("q99")  # of nobody: no harm
    third = link.evaluate(request)
    assert link.evaluation(third).state == "running"
    with pytest.raises(Refused, match="ticket"):
        link.evaluation(tickets[0])
    link.close()
