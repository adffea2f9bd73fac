"""How fast worlds run, side by side with pybullet-fleet 0.8.0, and what they cost in memory.

- The same robots, goals and open floor in both, interleaved, at four sizes. The peer moves cubes in its fastest way
  (kinematic, batch controller, collisions checked); ours are humanoids that keep out of each other's way.
- Walking G1s (tier T2) that one core can carry in real time; 100 humanoids of tier T0 with 3 of T2 among them.
- Memory of a robot and of a world, and growth over simulated hours (`--day`: a day).
- The whole stack in one process: 100 humanoids, people, faults, the real supervisor and journal.

Speeds are simulated seconds for each second of one core's time, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._harness import Metric, finish
from benchmarks._peer import ROOT, ours, theirs, walkers

SIZES = {10: 20.0, 100: 10.0, 1000: 4.0, 2000: 2.0}
"""Robots: simulated seconds."""
T2_COUNTS = (10, 20, 30)
STACK = Path(__file__).parent / "shift_of_100.yaml"


def against_the_peer(sizes: dict[int, float], rounds: int) -> dict[str, Metric]:
    """Interleaved; of several rounds the best of each side counts."""
    found: dict[str, Metric] = {}
    for count, seconds in sizes.items():
        task, best = walkers(count, seconds), {"ours": 0.0, "peer": 0.0}
        for _ in range(rounds):
            for name, run in (("ours", ours), ("peer", theirs)):
                result = run(task)
                if result["moved_m"] < 0.3 * count * seconds * task["speed_mps"]:
                    raise RuntimeError(f"{name}: {count} robots came only {result['moved_m']:.0f} m together")
                best[name] = max(best[name], seconds / result["cpu_s"])
        found[f"ours_{count}"] = Metric(value=best["ours"], unit="x", better="higher")
        found[f"pybullet_fleet_{count}"] = Metric(value=best["peer"], unit="x", better="higher")
        found[f"ratio_{count}"] = Metric(value=best["ours"] / best["peer"], unit="times", aim=1.0, better="higher")
        print(f"{count} robots: ours {best['ours']:.1f}x, pybullet-fleet {best['peer']:.1f}x", flush=True)
    return found


def walking(seconds: float) -> dict[str, Metric]:
    """Robots of tier T2 alone, and three of them among a hundred of T0. Robots that fell would be no measurement."""
    loads: dict[int, float] = {}
    for count in T2_COUNTS:
        result = _standing(ours(walkers(count, seconds, dynamic=count)), count)
        loads[count] = result["cpu_s"] / seconds
        print(f"{count} T2: {1 / loads[count]:.2f}x", flush=True)
    mixed = _standing(ours(walkers(103, 2 * seconds, dynamic=3)), 103)
    return {
        "t2_at_1x": Metric(value=_carried(loads), unit="robots", aim=20, better="higher"),
        "t0_100_t2_3": Metric(value=2 * seconds / mixed["cpu_s"], unit="x", aim=8, better="higher"),
    }


def _standing(result: dict[str, float], count: int) -> dict[str, float]:
    if result["fallen"]:
        raise RuntimeError(f"{result['fallen']:.0f} of {count} robots fell")
    return result


def _carried(loads: dict[int, float]) -> float:
    """How many robots take one second for a second; in a straight line between, and beyond, what was measured."""
    counts = sorted(loads)
    for low, high in itertools.pairwise(counts):
        if loads[high] >= 1.0 or high == counts[-1]:
            return low + (high - low) * (1.0 - loads[low]) / (loads[high] - loads[low])
    raise ValueError("expected at least two measurements")


def memory(hours: float) -> dict[str, Metric]:
    """Each from a process of its own."""
    grown = _memory("growth", "--hours", str(hours))
    print(f"{grown['commands']:.0f} commands in {hours:g} h, {grown['kept']:.0f} outcomes kept", flush=True)
    return {
        "memory_a_world": Metric(value=_memory("world")["mb"], unit="MB"),
        "memory_a_t0_robot": Metric(value=_memory("T0")["mb"] * 1024, unit="kB"),
        "memory_a_t2_robot": Metric(value=_memory("T2")["mb"] * 1024, unit="kB"),
        f"growth_in_{hours:g}_h": Metric(value=grown["mb"], unit="MB", aim=1.0),  # none, to what can be measured
    }


def _memory(*what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks._sim_memory", *what]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def whole_stack(seconds: float) -> dict[str, Metric]:
    """World, adapters, supervisor and journal, as `fleet sim run` puts them together."""
    from fleet.cli.scenario.build import build
    from fleet.cli.scenario.play import Play
    from fleet.scenario.load import load_scenario

    with TemporaryDirectory() as folder:
        play = Play(build(load_scenario(STACK), 1), Path(folder) / "journal.sqlite")
        try:
            while play.now_s < 20:  # until work is under way
                play.step()
            begun, until = time.process_time(), play.now_s + seconds
            while play.now_s < until:
                play.step()
            taken = time.process_time() - begun
            tasks = len(play.state.tasks)
        finally:
            play.close()
    if not tasks:
        raise RuntimeError("no task was taken up: nothing was measured")
    print(f"whole stack: {tasks} tasks in {seconds + 20:g} s", flush=True)
    return {"whole_stack_100": Metric(value=seconds / taken, unit="x", aim=50, better="higher")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--day", action="store_true", help="growth over 24 simulated hours instead of 4 (five minutes)")
    args = parser.parse_args()
    quick, hours = args.quick, 24.0 if args.day else 0.5 if args.quick else 4.0
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sizes = {n: s / 4 for n, s in SIZES.items() if n <= 1000} if quick else SIZES
    metrics = against_the_peer(sizes, rounds=1 if quick else 2)
    metrics |= walking(1.0 if quick else 4.0)
    metrics |= memory(hours)
    metrics |= whole_stack(5.0 if quick else 60.0)
    finish("sim", metrics)


if __name__ == "__main__":
    main()
