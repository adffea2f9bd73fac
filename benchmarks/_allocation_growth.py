"""How CPU time and memory of a plan grow with robots and tasks. Each size has a process of its own, so that memory is
its own: `python -m benchmarks._allocation_growth METHOD ROBOTS TASKS`, last line JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._harness import Metric, peak_mb

OUT = Path(__file__).resolve().parents[1] / "out"
METHODS = ("append", "auction", "regret")
SIZES = ((10, 50), (20, 100), (50, 250), (100, 1000), (200, 2000), (400, 4000), (1000, 10_000))
PATIENCE_S = 60.0  # a method that took so long is not asked for the next size


def one(method: str, robots: int, tasks: int) -> dict[str, float]:
    """One plan, in this process: CPU s (compiling left out), memory in MB before and at most."""
    from fleet.allocation.generating import generated
    from fleet.allocation.methods import plan_by

    plan_by(method, generated(2, 4), iterations=0)
    instance = generated(robots, tasks, seed=1)
    before = peak_mb()
    began = time.process_time()
    plan = plan_by(method, instance, iterations=0)
    spent = time.process_time() - began
    most = peak_mb()
    return {"cpu_s": spent, "before_mb": before, "most_mb": most, "undone": float(len(plan.unplaced))}


def measure(sizes: tuple[tuple[int, int], ...] = SIZES) -> dict[str, Metric]:
    """All methods at all sizes; a plot of the times in out/; how fast they grow."""
    print("\nGrowth: CPU s and MB of memory for a whole plan from nothing")
    times: dict[str, list[tuple[int, float]]] = {m: [] for m in METHODS}
    metrics: dict[str, Metric] = {}
    for method in METHODS:
        for robots, tasks in sizes:
            if times[method] and times[method][-1][1] > PATIENCE_S / 8:
                print(
                    f"  {method:<8} {robots:>5}x{tasks:<6} left out: the size before took {times[method][-1][1]:.1f} s"
                )
                continue
            found = _apart(method, robots, tasks)
            times[method].append((robots * tasks, found["cpu_s"]))
            more_mb = found["most_mb"] - found["before_mb"]
            print(
                f"  {method:<8} {robots:>5}x{tasks:<6}{found['cpu_s']:>9.3f} s  {found['most_mb']:>7.0f} MB"
                f" ({more_mb:.0f} for the plan)"
            )
            metrics[f"memory_{method}_{robots}x{tasks}"] = Metric(value=found["most_mb"], unit="MB")
        metrics[f"growth_{method}"] = Metric(value=_slope(times[method]), unit="(s ~ (robots x tasks)^this)")
    print(f"  plot: {_plot(times)}")
    return metrics


def _apart(method: str, robots: int, tasks: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", __name__ if __name__ != "__main__" else "benchmarks._allocation_growth"]
        + [method, str(robots), str(tasks)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode:
        raise RuntimeError(f"{method} {robots}x{tasks}: {done.stderr.strip()[-400:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _slope(points: list[tuple[int, float]]) -> float:
    """The exponent of the line through the points on a log plot."""
    if len(points) < 2:
        return 0.0
    x, y = np.log(np.array(points)).T
    return float(np.polyfit(x, y, 1)[0])


def _plot(times: dict[str, list[tuple[int, float]]]) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for method, points in times.items():
        x, y = zip(*points, strict=True)
        axes.loglog(x, y, marker="o", label=f"{method}: exponent {_slope(points):.2f}")
    axes.set_title("A whole plan from nothing")
    axes.set_xlabel("robots x tasks")
    axes.set_ylabel("CPU s")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    OUT.mkdir(exist_ok=True)
    path = OUT / "allocation_growth.png"
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path.relative_to(OUT.parent)


def main(arguments: list[str]) -> Any:
    print(json.dumps(one(arguments[0], int(arguments[1]), int(arguments[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
