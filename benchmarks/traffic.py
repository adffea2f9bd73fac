"""Traffic: plans for many robots at once and robots that keep getting new goals, side by side with plainer methods.

- One goal each (LaCAM and refinement) on warehouse, random, corridor and site maps, written and read as MovingAI's
  files: solved within a second of CPU, costs over the shortest ways, against LaCAM3's and prioritized planning.
- New goals for ever (PIBT): time of a step, throughput and flow time at 10 to 1,000 robots; against PIBT without swaps;
  swaps in a lane for one; collisions and deadlocks in a million robot-steps, counted by the separate verifier.
- Tasks like the League of Robot Runners' (robots that turn), against the best that was ever finished on its instance.
- Floors of sites with robots that walk badly: `_traffic_floor.py`.
- The whole stack with robots that really walk, under physics: `_traffic_t2.py`.
"""

from __future__ import annotations

import argparse

from benchmarks import _traffic_floor, _traffic_lifelong, _traffic_once, _traffic_t2
from benchmarks._harness import Metric, finish
from fleet.traffic.grid.solve import warm_up


def measure(quick: bool) -> dict[str, Metric]:
    """All numbers."""
    warm_up()
    parts = (_traffic_once, _traffic_lifelong, _traffic_floor, _traffic_t2)
    return {name: metric for part in parts for name, metric in part.measure(quick).items()}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the same with less of each, in seconds")
    finish("traffic", measure(parser.parse_args().quick))


if __name__ == "__main__":
    main()
