"""How fast the whole stack runs in one process: world, adapters, supervisor, journal, plans and traffic.

- A shift of 100 humanoids in the warehouse, people, faults and an order every two seconds (`shift_of_100.yaml`): one
  task ahead, plans, plans and traffic, side by side.
- Thirty robots in the ward with traffic off and on: what traffic costs, all in all.
- Where the time goes, by part; what one call of traffic takes.

Speeds are simulated seconds for each second of one core's time. The runs of one comparison take turns, and of several
rounds the best of each counts, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from benchmarks._harness import Metric, finish

SHIFT = Path(__file__).parent / "shift_of_100.yaml"
WARD = Path(__file__).parents[1] / "scenarios" / "thirty_robots.yaml"
WARM_S = 20.0  # until work is under way, and whatever is compiled or looked up once has been
PARTS = ("world", "robots", "supervisor", "plans", "journal", "traffic")


@dataclass(slots=True)
class Run:
    """One run: simulated seconds, the core's seconds, and those of each part."""

    simulated_s: float
    taken_s: float
    tasks: int
    ended: int
    looks: int
    parts: dict[str, float]

    @property
    def speed(self) -> float:
        return self.simulated_s / self.taken_s


@dataclass(slots=True)
class _Spent:
    """The core's time of each part. A part that is called by another counts for itself alone."""

    s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    _open: list[float] = field(default_factory=list)

    def within(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, with its time counted."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            begun = time.process_time()
            self._open.append(0.0)
            try:
                return call(*args, **kwargs)
            finally:
                took = time.process_time() - begun
                self.s[part] += took - self._open.pop()
                if self._open:
                    self._open[-1] += took

        return counted


def played(
    scenario: Path, seconds: float, *, method: Literal["plan", "one_ahead"] = "plan", traffic: bool = False
) -> Run:
    """Play `seconds` of the scenario after the first ones, and count.

    Raises:
        RuntimeError: no task was taken up: nothing was measured.
    """
    from fleet.cli.scenario.build import build
    from fleet.cli.scenario.play import Play
    from fleet.scenario.load import load_scenario

    loaded = load_scenario(scenario)
    spec = replace(
        loaded.spec,
        allocation=replace(loaded.spec.allocation, method=method),
        traffic=replace(loaded.spec.traffic, enabled=traffic),
    )
    with TemporaryDirectory() as folder:
        play = Play(build(replace(loaded, spec=spec), 1), Path(folder) / "journal.sqlite")
        try:
            while play.now_s < min(WARM_S, seconds):
                play.step()
            spent = _counted(play)
            looks, begun_s, begun = _looks(play), play.now_s, time.process_time()
            while play.now_s < begun_s + seconds - 1e-6:
                play.step()
            taken = time.process_time() - begun
            tasks = list(play.state.tasks.values())
            run = Run(
                simulated_s=play.now_s - begun_s,
                taken_s=taken,
                tasks=len(tasks),
                ended=sum(t.state.terminal for t in tasks),
                looks=_looks(play) - looks,
                parts=spent.s,
            )
        finally:
            play.close()
    if not run.tasks:
        raise RuntimeError(f"{scenario.name}: no task was taken up: nothing was measured")
    return run


def _looks(play: Any) -> int:
    desk = play.stack.runner.traffic
    return desk.looks if desk is not None else 0


def _counted(play: Any) -> _Spent:
    """Count what the parts of a running stack take from now on."""
    spent, stack = _Spent(), play.stack
    runner = stack.runner
    stack.world.advance = spent.within("world", stack.world.advance)
    stack.bus.collect = spent.within("robots", stack.bus.collect)
    stack.bus.send = spent.within("robots", stack.bus.send)
    stack.store.append = spent.within("journal", stack.store.append)
    stack.supervise = spent.within("supervisor", stack.supervise)
    deciding: Any = import_module("fleet.supervisor.decide")
    inner = getattr(deciding.assign_waiting, "inner", deciding.assign_waiting)
    deciding.assign_waiting = spent.within("plans", inner)
    deciding.assign_waiting.inner = inner  # so that the next run counts for itself alone
    if runner.traffic is not None:
        runner.traffic.direct = spent.within("traffic", runner.traffic.direct)
    return spent


def best(runs: dict[str, Callable[[], Run]], rounds: int) -> dict[str, Run]:
    """The fastest run of each, of so many rounds in which they take turns."""
    found: dict[str, Run] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            result = run()
            if name not in found or result.speed > found[name].speed:
                found[name] = result
    for name, r in found.items():
        parts = ", ".join(f"{part} {1e3 * s / r.simulated_s:.1f}" for part, s in r.parts.items())
        print(f"{name}: {r.speed:.1f}x, {r.tasks} tasks, {r.ended} of them ended; ms a simulated second: {parts}")
    return found


def shift(seconds: float, rounds: int) -> dict[str, Metric]:
    """A hundred humanoids, with three ways to give out work."""
    found = best(
        {
            "one_ahead": lambda: played(SHIFT, seconds, method="one_ahead"),
            "plans": lambda: played(SHIFT, seconds),
            "plans_traffic": lambda: played(SHIFT, seconds, traffic=True),
        },
        rounds,
    )
    metrics = {
        f"shift_of_100_{name}": Metric(value=run.speed, unit="x", aim=50, better="higher")
        for name, run in found.items()
    }
    directed = found["plans_traffic"]
    metrics["traffic_call_100"] = Metric(
        value=1e3 * directed.parts["traffic"] / max(directed.looks, 1), unit="ms", aim=5.0
    )
    return metrics


def ward(seconds: float, rounds: int) -> dict[str, Metric]:
    """Thirty robots, traffic off and on."""
    found = best(
        {"ward_off": lambda: played(WARD, seconds), "ward_on": lambda: played(WARD, seconds, traffic=True)}, rounds
    )
    off, on = found["ward_off"], found["ward_on"]
    ratio = (on.taken_s / on.simulated_s) / (off.taken_s / off.simulated_s)
    return {
        "thirty_robots_traffic_off": Metric(value=off.speed, unit="x", better="higher"),
        "thirty_robots_traffic_on": Metric(value=on.speed, unit="x", better="higher"),
        "thirty_robots_on_to_off": Metric(value=ratio, unit="times", aim=1.10),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="shorter runs, one round")
    quick = parser.parse_args().quick
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    metrics = ward(15.0 if quick else 40.0, 1 if quick else 3)
    metrics |= shift(10.0 if quick else 60.0, 1 if quick else 3)
    finish("stack", metrics)


if __name__ == "__main__":
    main()
