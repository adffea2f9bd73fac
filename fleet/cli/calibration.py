"""`fleet calibration`: how well the gate that acts or asks keeps what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.cli.calibrating.pages import write_page
from fleet.cli.calibrating.promises import PROMISES
from fleet.cli.journal import open_journal
from fleet.cli.output import FAILED, Json, print_json, print_table, say
from fleet.escalation.as_ruled import as_ruled
from fleet.escalation.gate.data_report import data_report
from fleet.escalation.gate.report import WINDOW, split_report, stream_report
from fleet.escalation.gate.settings import SHIPPED_FILE, SITES, GateSettings, data_of
from fleet.escalation.gate.store import CalibrationData, Source, read_data
from fleet.escalation.gate.tables import read_cases
from fleet.escalation.learned import learn
from fleet.journal.replay import records_of
from fleet.model.errors import InvalidField

app = typer.Typer(help="Act or ask: how the promises are kept.", no_args_is_help=True)
TableFile = Annotated[Path, typer.Argument(help="Cases with known truth: .npz, .csv or .parquet.", show_default=False)]


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


@app.command()
def report(
    data: Annotated[
        Path | None,
        typer.Option(
            help=f"A file of `fleet calibrate`, or what is shipped for a site: {', '.join(SITES)}.",
            show_default="what is shipped",
        ),
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="A journal or a run directory: what people decided and reviewed in it.")
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", help="Write one HTML file with plots.")] = None,
    seed: Annotated[int, typer.Option(help="Of the random halves.")] = 0,
    times: Annotated[int, typer.Option("--splits", min=1, max=10_000, help="How many random halves.")] = 100,
    as_json: Json = False,
) -> None:
    """What calibration data are worth: coverage, share asked, share acted on and wrong, drift, class by class.

    Each class is calibrated on a random half of its examples and judged on the other, many times. With --journal also
    how the rulings fared, as far as people answered or reviewed them. Exit code 1: a promise is broken by more than
    chance. Too few examples break no promise: then it asks.
    """
    if data is not None and journal is not None:
        raise InvalidField("--journal", str(journal), "either --data or --journal")
    ruled: dict[str, Any] = {}
    left: dict[str, int] = {}
    if journal is not None:
        with open_journal(journal) as store:
            learned = learn(records_of(store))
        name, ruled, left = journal.name, as_ruled(learned), dict(learned.left)
        known = CalibrationData(cases=tuple(learned.cases(Source(kind="journal", name=name))), promises=PROMISES)
    else:
        name = data.name if data is not None else "what is shipped"
        known = data_of(GateSettings(calibration=name)) if name in SITES else read_data(data or SHIPPED_FILE)
    found = data_report(known, seed=seed, times=times)
    broken = [k for k, r in found.items() if r["held_out"] is not None and _broken(r["held_out"])]
    if page is not None:
        write_page(page, f"Calibration: {name}", found, ruled)
    if as_json:
        print_json({"of": name, "classes": found, "as_ruled": ruled, "truth_not_known": left, "broken": broken})
    else:
        _print_report(found, ruled, left)
        if page is not None:
            say(f"\nwritten: {page}")
        if broken:
            say(f"broken by more than chance: {', '.join(broken)}")
    if broken:
        raise typer.Exit(FAILED)


def _print_report(found: dict[str, Any], ruled: dict[str, Any], left: dict[str, int]) -> None:
    rows = []
    for name, r in found.items():
        h, d = r["held_out"], r["drift"]
        told = (
            (
                f"{h['coverage']:.3f} of {1 - r['epsilon']:g}",
                f"{h['act_and_wrong']:.4f} of {r['alpha']:g}",
                f"{h['help_rate']:.3f}",
            )
            if h is not None
            else ("-", "-", "-")
        )
        worst = "-" if d is None else f"{d['static_worst']:.3f} / {d['adaptive_worst']:.3f}"
        rows.append(
            (name, r["examples"], f"{r['effective']:.0f}", "yes" if r["enough"] else "no: it asks", *told, worst)
        )
    head = (
        "class",
        "examples",
        "worth",
        "enough",
        "covered",
        "acted and wrong",
        "asked",
        "worst window, stays / adapts",
    )
    print_table(head, rows, "no examples: it asks about everything")
    if ruled:
        fields = ("rulings", "acted", "reserved", "known", "reviewed", "reviewed_wrong")
        say("\nAs it was ruled:")
        lines = [
            (
                name,
                *(r[f] for f in fields),
                _or_not(r["coverage"]),
                _or_not(r["act_and_wrong"]),
                f"{r['act_and_wrong_at_most']:.3f}",
            )
            for name, r in ruled.items()
        ]
        print_table(("class", "rulings", "acted", "reserved", "truth known", "reviewed", "wrong", "coverage",
                     "acted and wrong", "at most (95 %)"), lines)  # fmt: skip
    if left:
        say("")
        print_table(("rulings that taught nothing", "how many"), sorted(left.items()))


def _or_not(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
