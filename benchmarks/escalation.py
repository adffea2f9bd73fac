"""Act or ask: are the gate's promises kept, how much does it ask, what is the asking worth, and what does it cost?

Cases come from three sources whose truth is known: made-up scores of a proposer that is too sure of itself;
instructions generated with another seed than those that are shipped; and decisions of simulated shifts, in the shipped
data. Calibration and test never share a case. Prints what it measures; plots lie beside the result (`--out`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks._escalation_cases import made_up, played, promises, said, tables
from benchmarks._escalation_help import help_rates, return_on_effort
from benchmarks._escalation_live import black_swans, cost, curves, drift, ordinary_called_novel
from benchmarks._escalation_plots import draw
from benchmarks._escalation_promises import against_peers, kept, on_a_new_site
from benchmarks._harness import Metric, finish

_LEAST = 100  # cases of a class below which nothing is said about it
BUDGETS = (0.02, 0.05, 0.1, 0.2)


def run(quick: bool, out: Path | None) -> dict[str, Metric]:
    """All of it."""
    times = 200
    print("cases", flush=True)
    synthetic = made_up(1000 if quick else 4000)
    instructions = said(40 if quick else 400)
    simulation = played()
    real = {**tables(instructions, _LEAST), **tables(simulation, _LEAST)}
    for name, table in real.items():
        print(f"  {name}: {len(table)} cases, the best option is wrong in {table.wrong.mean():.3f}")
    print("promises", flush=True)
    metrics = kept(synthetic, real, times)
    metrics |= on_a_new_site(instructions, promises())
    metrics |= against_peers(made_up(1500, seed=21))
    print("help at equal success", flush=True)
    helped = help_rates(real, promises(), 20 if quick else times)
    print("return on effort", flush=True)
    returns, effort = return_on_effort(real, BUDGETS, 10 if quick else times)
    print("drift", flush=True)
    drifted, worst = drift(2 if quick else 10)
    print("novelty and cost", flush=True)
    metrics |= {**helped, **returns, **drifted, **ordinary_called_novel(instructions), **black_swans(quick)}
    metrics |= cost(300 if quick else 5000)
    metrics |= _of_others(quick)
    if out is not None:
        rates = {k.removeprefix("help_rate_"): m.value for k, m in helped.items() if k.startswith("help_rate_")}
        files = draw(out, curves(real), effort, worst, rates)
        plain = {
            name: {"value": m.value, "unit": m.unit, "aim": m.aim, "better": m.better} for name, m in metrics.items()
        }
        (out / "escalation.json").write_text(json.dumps({"bench": "escalation", "metrics": plain}, indent=2) + "\n")
        print(f"plots: {', '.join(f.name for f in files)} in {out}")
    return metrics


def _of_others(quick: bool) -> dict[str, Metric]:
    """What other parts measure of themselves: previews against what happens, and the load on operators."""
    from benchmarks._operator_load import measure as load
    from benchmarks._previews import measure as previews

    print("previews", flush=True)
    # Few situations: with all of them (`python -m benchmarks._previews`) this alone takes longer than the rest.
    found = {f"previews_{name}": metric for name, metric in previews(True).items()}
    print("operator load", flush=True)
    return {**found, **load(quick)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="where plots and JSON go")
    args = parser.parse_args()
    finish("escalation", run(args.quick, args.out))


if __name__ == "__main__":
    main()
