"""Every shipped scenario with traffic on and with traffic off: does it keep its promises, how long does it take, does
anybody touch anybody, is anybody asked more.

`python -m benchmarks.traffic_sweep [--quick] [--seeds 0,1,2] [--keep FILE] [NAME ...]`: only scenarios whose name
contains one of NAME. With `--keep`, what was run is kept in FILE and not run again, so that it can be done in pieces;
`--again` runs what is on the command line anew (with traffic on). Scenarios of format 2 only: the demo is none of them.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks._harness import Metric, finish

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
_FOLDERS = ("", "black_swans")
_QUICK = ("crowd_crossing", "e_stop", "narrow_aisle", "warehouse_load")
_COUNTED = ("collisions", "person_touches", "questions")
_MUCH = 1.1  # times as long as without traffic is told
Run = dict[str, Any]


def files(names: Sequence[str]) -> list[Path]:
    """Scenario files of format 2 whose name contains one of `names` (all, without any)."""
    found = [f for folder in _FOLDERS for f in sorted((SCENARIOS / folder).glob("*.yaml"))]
    some = [f for f in found if not names or any(n in f.stem for n in names)]
    return [f for f in some if "humanoid-fleet-scenario/2" in f.read_text().splitlines()[0]]


def play(path: Path, seed: int, enabled: bool) -> Run:
    """One run in this process: the verdict, its measures, and what was not kept."""
    from fleet.cli.scenario.build import build
    from fleet.cli.scenario.play import Play
    from fleet.scenario.load import load_scenario

    scenario = load_scenario(path)
    traffic = dataclasses.replace(scenario.spec.traffic, enabled=enabled)
    scenario = dataclasses.replace(scenario, spec=dataclasses.replace(scenario.spec, traffic=traffic))
    begun = time.process_time()
    with TemporaryDirectory() as scratch:
        run = Play(build(scenario, seed), Path(scratch) / "journal.sqlite")
        try:
            record = run.record("sweep", run.play(), "journal.sqlite")
        finally:
            run.close()
    return {
        "verdict": record.verdict.value,
        "time_s": record.measures.get("makespan_s") or record.simulated_s,
        "cpu_s": time.process_time() - begun,
        "broken": [f"{f.what}: {f.detail}" for f in record.broken],
        **{name: record.measures.get(name) or 0.0 for name in _COUNTED},
    }


def show(name: str, seed: int, on: Run, off: Run) -> str:
    """A row of the table; what is worse with traffic is marked."""
    marks = [n for n in _COUNTED if on[n] > off[n]]
    if on["verdict"] != "kept" and off["verdict"] == "kept":
        marks.insert(0, "BROKEN")
    elif on["time_s"] > _MUCH * off["time_s"] + 1.0:
        marks.append("slow")
    counts = "  ".join(f"{on[n]:4.0f} {off[n]:4.0f}" for n in _COUNTED)
    row = f"{name:<34} {seed:4d}  {on['verdict']:>6} {off['verdict']:>6}  {on['time_s']:7.1f} {off['time_s']:7.1f}"
    return f"{row}  {counts}  {', '.join(marks)}"


def sweep(paths: Iterable[Path], seeds: Sequence[int], kept: dict[str, Run], again: bool, keep: Path | None) -> None:
    """Run all that `kept` does not have yet, and add it there."""
    print(f"{'':<34} {'':>4}  {'on':>6} {'off':>6}  {'on s':>7} {'off s':>7}  " +
          "  ".join(f"{n[:9]:>9}" for n in _COUNTED))  # fmt: skip
    for path in paths:
        for seed in seeds:
            for how in ("off", "on"):
                key = f"{path.stem}/{seed}/{how}"
                if key in kept and not (again and how == "on"):
                    continue
                kept[key] = play(path, seed, how == "on")
                if keep is not None:
                    keep.write_text(json.dumps(kept, indent=1))
            on, off = kept[f"{path.stem}/{seed}/on"], kept[f"{path.stem}/{seed}/off"]
            print(show(path.stem, seed, on, off), flush=True)
            for broken in on["broken"] if off["verdict"] == "kept" else ():
                print(f"{'':<40}{broken[:160]}", flush=True)


def metrics(kept: dict[str, Run]) -> dict[str, Metric]:
    """Over all runs that were done both ways."""
    pairs = [(run, kept[key[:-2] + "off"]) for key, run in kept.items() if key.endswith("/on")]
    both = [(on, off) for on, off in pairs if on["verdict"] == off["verdict"] == "kept"]
    times = [on["time_s"] / off["time_s"] for on, off in both] or [1.0]
    cpu_s = [sum(run["cpu_s"] for run in side) for side in zip(*both, strict=True)] or [1.0, 1.0]
    totals = {
        f"{name}_{side}": Metric(value=float(sum(pair[k][name] for pair in pairs)), unit="", better="lower")
        for name in _COUNTED
        for k, side in enumerate(("on", "off"))
    }
    kept_by = {
        f"kept_{side}": Metric(value=float(sum(p[k]["verdict"] == "kept" for p in pairs)), unit="runs", better="higher")
        for k, side in enumerate(("on", "off"))
    }
    worse = {n: float(sum(max(on[n] - off[n], 0) for on, off in pairs)) for n in _COUNTED}
    return {
        "runs": Metric(value=float(len(pairs)), unit="runs", better="higher"),
        "lost": Metric(value=float(sum(on["verdict"] != "kept" == off["verdict"] for on, off in pairs)), unit="runs",
                       aim=0.0),
        "gained": Metric(value=float(sum(on["verdict"] == "kept" != off["verdict"] for on, off in pairs)),
                         unit="runs", better="higher"),
        "time_median": Metric(value=statistics.median(times), unit="of off", aim=1.1),
        "much_slower": Metric(value=float(sum(t > _MUCH for t in times)), unit=f"of {len(both)} kept both ways"),
        "cpu": Metric(value=cpu_s[0] / cpu_s[1], unit="of off", aim=1.1),
        **kept_by,
        **totals,
        "more_collisions": Metric(value=worse["collisions"], unit="", aim=0.0),
        "more_person_touches": Metric(value=worse["person_touches"], unit="", aim=0.0),
        "more_questions": Metric(value=worse["questions"], unit="", aim=0.0),
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: every scenario that is kept without traffic is kept with it; 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--quick", action="store_true", help="a few scenarios, one seed")
    parser.add_argument("--keep", type=Path, help="a JSON file of runs that are done")
    parser.add_argument("--again", action="store_true", help="run with traffic on though it is kept")
    given = parser.parse_args(arguments)
    seeds = [0] if given.quick else [int(s) for s in given.seeds.split(",")]
    paths = files(_QUICK if given.quick and not given.names else given.names)
    if not paths:
        parser.error(f"no scenario's name contains any of {', '.join(given.names)}")
    kept: dict[str, Run] = json.loads(given.keep.read_text()) if given.keep and given.keep.exists() else {}
    sweep(paths, seeds, kept, given.again, given.keep)
    print()
    found = metrics(kept)
    finish("traffic_sweep", found)
    return 0 if found["lost"].met else 1


if __name__ == "__main__":
    sys.exit(main())
