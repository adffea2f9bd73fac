"""Plans: ours against appending, an auction, PyVRP, OR-tools and CP-SAT on the same instances with the same seconds of
CPU; one event at a time; whole shifts; growth and memory. All plans of ours are checked by the verifier.

The libraries begin with the auction's plan, and once more with our own regret insertion, which is kinder to them than
need be. Seconds are those of this process's CPU, so that a loaded machine gives the same numbers, only later.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from benchmarks import _allocation_events as events
from benchmarks import _allocation_growth as growth
from benchmarks import _allocation_offline as offline
from benchmarks import _allocation_online as online
from benchmarks import _allocation_product as product
from benchmarks._harness import Metric, finish
from fleet.allocation.solver import warm_up

Section = Callable[[int], dict[str, Metric]]

FULL: dict[str, Section] = {
    "at_once": offline.at_once,
    "compare": offline.compare,
    "proved": lambda seed: offline.proved(range(seed, seed + 6)),
    "huge": offline.huge,
    "events": events.measure,
    "online": lambda seed: online.measure(seeds=range(seed, seed + 2)),
    "growth": lambda seed: growth.measure(),
    "product": lambda seed: product.measure(5),
}
QUICK: dict[str, Section] = {
    "at_once": offline.at_once,
    "compare": lambda seed: offline.compare(seed, ((10, 50),), 2.0),
    "proved": lambda seed: offline.proved(range(seed, seed + 1)),
    "events": lambda seed: events.measure(seed, ((50, 250),), 40),
    "online": lambda seed: online.measure(robots=8, hours=0.5, seeds=range(seed, seed + 1)),
    "growth": lambda seed: growth.measure(((10, 50), (50, 250))),
    "product": lambda seed: product.measure(1),
}


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, about half a minute")
    parser.add_argument("--seed", type=int, default=1, help="of instances and shifts (default: 1)")
    parser.add_argument("--only", action="append", choices=list(FULL), help="this section; may be given several times")
    given = parser.parse_args()
    if given.seed < 0:
        parser.error(f"--seed: got {given.seed}, expected 0 or more")
    sections = QUICK if given.quick else FULL
    warm_up()
    metrics: dict[str, Metric] = {}
    for name, section in sections.items():
        if not given.only or name in given.only:
            metrics |= section(given.seed)
    print()
    finish("allocation", metrics)


if __name__ == "__main__":
    main()
