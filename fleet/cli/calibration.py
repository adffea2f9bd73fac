"""`fleet calibration`: how well the gate that acts or asks keeps what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.cli.output import FAILED, Json, print_json, print_table, say
from fleet.escalation.gate.report import WINDOW, split_report, stream_report
from fleet.escalation.gate.tables import read_cases
from fleet.model.errors import InvalidField

app = typer.Typer(help="Act or ask: how the promises are kept.", no_args_is_help=True)
TableFile = Annotated[Path, typer.Argument(help="Cases with known truth: .npz, .csv or .parquet.", show_default=False)]


@app.callback()
def _group() -> None:
    """So that `evaluate` stays a word of its own."""


@app.command()
def evaluate(
    table: TableFile,
    epsilon: Annotated[float, typer.Option(help="How often a set may miss every right option.")] = 0.1,
    alpha: Annotated[float, typer.Option(help="How often it may act and be wrong, of all decisions.")] = 0.05,
    part: Annotated[float, typer.Option(help="Share of the cases to calibrate on.")] = 0.5,
    seed: Annotated[int, typer.Option(help="Of the random splits.")] = 0,
    times: Annotated[int, typer.Option("--splits", help="How many random splits.")] = 200,
    stream: Annotated[bool, typer.Option(help="Take the cases in their order instead, for drift.")] = False,
    gamma: Annotated[float, typer.Option(help="With --stream: step of the adaptive level.")] = 0.02,
    as_json: Json = False,
) -> None:
    """Run the gate over a table of scores and truths. Exit code 1 when a promise was broken by more than chance.

    Over random splits: coverage of the sets, share acted on and wrong, share asked, beside simpler policies at equal
    success. With --stream: coverage of the worst 200 in a row, with a level that stays and one that adapts.
    """
    for name, value in (("epsilon", epsilon), ("alpha", alpha), ("part", part)):
        if not 0.0 < value < 1.0:
            raise InvalidField(f"--{name}", value, "a number between 0 and 1")
    found: dict[str, Any] = {}
    for name, cases in read_cases(table).by_class().items():
        if stream:
            found[name] = stream_report(cases, epsilon, part=part, gamma=gamma)
        else:
            found[name] = split_report(cases, epsilon, alpha, part=part, seed=seed, times=times)
    broken = [] if stream else [name for name, r in found.items() if _broken(r)]
    if as_json:
        print_json({"table": table.name, "stream": stream, "classes": found, "broken": broken})
    else:
        _print_stream(found) if stream else _print_splits(found)
        if broken:
            say(f"broken by more than chance: {', '.join(broken)}")
    if broken:
        raise typer.Exit(FAILED)


def _broken(r: dict[str, Any]) -> bool:
    """Means over splits stray by chance: three standard errors of the cases at hand are allowed."""
    n = r["cases"] - r["calibrated_on"]
    slack = 3.0 * (0.25 / n + 0.25 / max(r["calibrated_on"], 1)) ** 0.5 / max(min(r["splits"], 10), 1) ** 0.5
    return bool(r["coverage"] < r["coverage_target"] - slack or r["act_and_wrong"] > r["alpha"] + slack)


def _print_splits(found: dict[str, Any]) -> None:
    rows = [
        (
            name,
            r["cases"],
            f"{r['coverage']:.3f} of {r['coverage_target']:g}",
            f"{r['act_and_wrong']:.4f} of {r['alpha']:g}",
            f"{r['help_rate']:.3f}",
            f"{r['success']:.3f}",
        )
        for name, r in found.items()
    ]
    print_table(("class", "cases", "covered", "acted and wrong", "asked", "success"), rows)
    others = [
        (name, *(("-" if rate is None else f"{rate:.3f}") for rate in r["others_at_equal_success"].values()))
        for name, r in found.items()
    ]
    names = next(iter(found.values()))["others_at_equal_success"]
    say("\nShare asked by each policy where it is as often right as the gate:")
    print_table(("class", *names), others)


def _print_stream(found: dict[str, Any]) -> None:
    rows = [
        (name, r["cases"], kind, f"{r[kind]['coverage']:.3f}", f"{r[kind]['worst_window']:.3f}", r["coverage_target"])
        for name, r in found.items()
        for kind in ("static", "adaptive")
    ]
    print_table(("class", "cases", "level", "covered", f"worst {WINDOW} in a row", "promised"), rows)
