"""Asking what would happen if: `evaluate` waits for the answer, `begin` does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from sim_worlds.checkpoint import rebuild, take
from sim_worlds.kernels.walking import walk_routes
from sim_worlds.rollouts.aggregate import outcome_of
from sim_worlds.rollouts.bodies import power_w
from sim_worlds.rollouts.checks import check_request
from sim_worlds.rollouts.options import (
    Executor,
    Fork,
    OptionPlan,
    Ray,
    Request,
    RobotPlan,
    Variation,
    with_baseline,
)
from sim_worlds.rollouts.pool import Collected, ForkPool, Job
from sim_worlds.rollouts.results import Evaluation, RunResult
from sim_worlds.rollouts.simulate import simulate
from sim_worlds.rollouts.sister import Sister

if TYPE_CHECKING:
    from sim_worlds.world import World

_FOR_EVER_S = 1e9
_TO_LEAVE_RAY_S = 3.0
_TO_ADD_UP = 0.03
"""Share of the time until the deadline that is kept for adding the results up; at least 0.05 s, at most 0.5 s."""


class Pending:
    """A question under way in a forked sister of this process. Ask `poll` now and then; `close` gives it up."""

    def __init__(self, sister: Sister, wanted: int) -> None:
        self._sister, self.wanted = sister, wanted

    @property
    def done(self) -> int:
        """Runs so far, as of the last `poll`."""
        return self._sister.done

    def poll_raw(self) -> bytes | None:
        """The answer as msgpack of an `Evaluation`, or None while there is none. Never waits.

        Raises:
            RolloutFailed: the sister failed; the text has its traceback.
        """
        return self._sister.poll()

    def poll(self) -> Evaluation | None:
        """As `poll_raw`, decoded."""
        return _decoded(self.poll_raw())

    def wait(self, timeout_s: float | None = None) -> Evaluation | None:
        """Wait up to `timeout_s` (None: until the answer is there, at the latest soon after the deadline)."""
        return _decoded(self._sister.wait(timeout_s))

    def close(self) -> None:
        """Kill what still runs for this question."""
        self._sister.close()


def _decoded(data: bytes | None) -> Evaluation | None:
    return None if data is None else msgspec.msgpack.decode(data, type=Evaluation)


def evaluate(
    world: World,
    options: Sequence[OptionPlan],
    horizon_s: float,
    n: int,
    seed: int = 0,
    *,
    deadline_s: float | None = None,
    workers: int = 2,
    executor: Executor | None = None,
    variation: Variation | None = None,
    background: Sequence[RobotPlan] = (),
    moved_only: bool = False,
    replay: bool = False,
) -> Evaluation:
    """Run each option `n` times for `horizon_s` from the world as it is now, and say how that went.

    The world itself is not changed. Where no option changes nothing, one that does not (`as_now`) is run too: lateness
    is measured against it. Run k of every option meets the same luck, drawn from `seed` and k alone.

    Args:
        world: in a process without threads.
        options: at least one, each with its own id.
        horizon_s: simulated seconds.
        deadline_s: real seconds until the answer; runs that are not done by then are left out and counted.
        workers: runs at the same time, which bounds processors and memory.
        executor: `Fork()` (default), `Fork(start="checkpoint")` or `Ray()`.
        variation: what differs from run to run; `NO_VARIATION` for what comes if nothing else happens.
        background: plans under way (see `RobotPlan.goes_on`) that go on unless an option gives their robot another.
        moved_only: robots that walk by their joints (tier T2), stand and are sound are moved instead (T0): many times
            faster, and no stumbling but by misfortune.
        replay: keep a track of each option's median run.

    Raises:
        OptionError: a question that cannot be asked of this world.
        RolloutFailed: threads in this process, or a defect in the process that does the work.
    """
    request = Request(
        options=tuple(options),
        horizon_s=horizon_s,
        n=n,
        seed=seed,
        deadline_s=deadline_s,
        workers=workers,
        executor=executor or Fork(),
        variation=variation or Variation(),
        background=tuple(background),
        moved_only=moved_only,
        replay=replay,
    )
    pending = begin(world, request)
    try:
        found = pending.wait()
    finally:
        pending.close()
    assert found is not None
    return found


def begin(world: World, request: Request) -> Pending:
    """Fork a sister that answers `request`, and return at once. Raises as `evaluate` does."""
    check_request(world, request)
    begun = time.monotonic()
    until = None if request.deadline_s is None else begun + request.deadline_s
    options, _ = with_baseline(request.options)
    sister = Sister(lambda tell: _answer(world, request, begun, tell), until)
    return Pending(sister, len(options) * request.n)


def _answer(world: World, request: Request, begun: float, tell: Callable[[int], None]) -> Evaluation:
    """In the sister."""
    options, baseline = with_baseline(request.options)
    # Run by run, not option by option: at the deadline all options have had (nearly) as many.
    jobs = [Job(k, run) for run in range(request.n) for k in range(len(options))]
    spare = min(max((request.deadline_s or 0.0) * _TO_ADD_UP, 0.05), 0.5)
    if isinstance(request.executor, Ray):
        spare += _TO_LEAVE_RAY_S
    until = begun + (_FOR_EVER_S if request.deadline_s is None else request.deadline_s - spare)
    at_s = world.time_s
    collected = _run(world, request, options, jobs, until, tell)
    runs: list[list[RunResult]] = [[] for _ in options]
    for job, result in collected.results.items():
        runs[job.option].append(result)
    as_now = next(runs[k] for k, o in enumerate(options) if o.option_id == baseline)
    done = len(collected.results)
    return Evaluation(
        at_s=at_s,
        horizon_s=request.horizon_s,
        seed=request.seed,
        start=request.executor.start,
        n=request.n,
        done=done,
        wanted=len(jobs),
        complete=done == len(jobs),
        took_s=time.monotonic() - begun,
        deadline_s=request.deadline_s,
        baseline=baseline,
        options=tuple(outcome_of(o, r, as_now) for o, r in zip(options, runs, strict=True)),
        deaths=collected.named([o.option_id for o in options]),
        errors=tuple(collected.errors),
    )


def _run(
    world: World,
    request: Request,
    options: Sequence[OptionPlan],
    jobs: Sequence[Job],
    until: float,
    tell: Callable[[int], None],
) -> Collected:
    if isinstance(request.executor, Ray):
        from sim_worlds.rollouts.ray_pool import RayPool

        return RayPool(take(world), request, options).run(jobs, until, tell)
    copy = world if request.executor.start == "live" else restored(take(world))
    power_w(copy)  # compiled or loaded here, once, and not in every child
    cold = not walk_routes.signatures  # nobody has walked here yet
    pool = ForkPool(lambda job: simulate(copy, request, options[job.option], job.run), request.workers, cold)
    return pool.run(jobs, until, tell)


def restored(data: dict[str, object]) -> World:
    """A world from a checkpoint, in which robots go on that were free to move: a restart makes all of them hold."""
    world = rebuild(data)
    saved: dict[str, dict[str, object]] = data["computers"]  # type: ignore[assignment]
    for name, robot in world.computers.items():
        if saved[name]["holding_because"] is None:
            robot.holding_because = None
    return world
