"""`fleet robots`, `fleet hold-all`, `fleet release-all`, `fleet report`: over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import FAILED, Json, Url, print_json, print_table, say
from fleet.cli.report import print_report

Reason = Annotated[str, typer.Argument(help="Why; it is kept with your name.", show_default=False)]


def robots(url: Url = "", as_json: Json = False) -> None:
    """List the robots and how they are."""
    with client_for(url) as client:
        found = client.get("/v1/robots")["items"]
    if as_json:
        print_json(found)
        return
    columns = ("robot", "model", "posture", "battery", "task", "heard", "word", "remark")
    print_table(columns, [_row(robot) for robot in found], "no robots")


def _row(robot: dict[str, Any]) -> tuple[object, ...]:
    live = robot["live"]
    state = (live or robot)["state"] or {}
    battery = state.get("battery_fraction")
    lost = "" if robot["in_contact"] else "lost contact"
    return (
        robot["robot_id"],
        robot["description"]["model"],
        state.get("posture"),
        f"{battery:.0%}" if battery is not None else None,
        robot["task_id"],
        f"{live['age_s']:.1f} s ago" if live else "not by this API",
        _word(robot["record"]),
        robot["aside_because"] or robot["held_because"] or lost,
    )


def _word(record: list[dict[str, Any]]) -> str | None:
    """How many of its claims proved true, of those of which it is known."""
    true, false = (sum(row[which] for row in record) for which in ("claims_true", "claims_false"))
    return f"{true} of {true + false} good" if true + false else None


def hold_all(reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Make every robot stop moving and stay stable, at once."""
    with client_for(url) as client:
        answer = client.post("/v1/hold-all", {"reason": reason})
    if as_json:
        print_json(answer)
    else:
        recorded = "" if answer.get("recorded", True) else " (NOT RECORDED: the store does not answer)"
        say(f"all robots were told to hold{recorded}")


def release_all(reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """End the hold of all robots; holds with other causes stay."""
    with client_for(url) as client:
        answer = client.post("/v1/release-all", {"reason": reason})
    if as_json:
        print_json(answer)
    else:
        say("the hold of all robots has ended")


def report(url: Url = "", as_json: Json = False) -> None:
    """What was done, by whom, what was asked and who answered. Exit code 1 while work is open or has failed."""
    with client_for(url) as client:
        found = client.get("/v1/report")
    if as_json:
        print_json(found)
    else:
        print_report(found)
    if found["failed"] or found["open"]:
        raise typer.Exit(FAILED)
