"""`fleet oversight me` and `people`: how people decide; to oneself first."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_json, print_table, say, seconds


def me(url: Url = "", as_json: Json = False) -> None:
    """Show how you decide. Admins may see it once you have, or after a week."""
    with client_for(url) as client:
        found = client.get("/v1/me/oversight")
        if as_json:
            print_json(found)
        else:
            for line in in_words(found):
                say(line)
        if client.get("/v1/me")["role"] != "viewer":
            client.post("/v1/me/oversight/seen", {"until_s": found["until_s"]})


def people(
    name: Annotated[str, typer.Argument(help="One person; everybody without it.")] = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Show how people decide, as far as they have been shown it themselves (admins)."""
    with client_for(url) as client:
        if name:
            found = client.get(f"/v1/people/{name}/oversight")
            shown = [found]
        else:
            found = client.get("/v1/people/oversight")
            shown = found["items"]
    if as_json:
        print_json(found)
    elif name:
        for line in in_words(shown[0]):
            say(line)
    else:
        columns = ("person", "up to", "answered", "median", "hasty", "unread", "changed", "same as others", "canaries")
        print_table(columns, [_row(p) for p in shown], "nobody has answered a question")


def _row(p: dict[str, Any]) -> tuple[object, ...]:
    caught, missed = p["canaries"]["caught"], p["canaries"]["missed"]
    return (
        p["person"],
        seconds(p["until_s"]),
        p["answered"],
        seconds(p["median_s"]),
        p["hasty"],
        p["unread"],
        _of(p["changed"], p["blind"]),
        _of(p["agreed"], p["compared"]),
        _of(caught, caught + missed),
    )


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "-"


def in_words(p: dict[str, Any]) -> list[str]:
    """A report as sentences."""
    by = ", ".join(f"{n} {severity}" for severity, n in p["by_severity"].items() if n) or "none"
    lines = [
        f"{p['person']}, up to {seconds(p['until_s'])} of fleet time",
        f"answered {p['answered']} questions ({by}), half of them within {seconds(p['median_s'])}",
    ]
    out = p["turned_out"]
    lines.append(
        f"they turned out: {out['well']} well, {out['came_back']} came back, {out['failed']} failed, "
        f"{out['open']} not known yet, {out['ended']} with nothing left to do"
    )
    high = p["by_severity"].get("high", 0)
    if high:
        lines.append(f"of {high} of high severity: {p['hasty']} within 5 s, {p['unread']} without opening evidence")
    if p["measured"]:
        lines.append(f"evidence open for {seconds(p['median_evidence_s'])} (median of {p['measured']})")
    if p["blind"]:
        lines.append(f"said first what to choose {p['blind']} times, and answered differently {p['changed']} times")
    if p["compared"]:
        lines.append(f"decided like most others in {_of(p['agreed'], p['compared'])} questions that others had too")
    caught, missed = p["canaries"]["caught"], p["canaries"]["missed"]
    if caught + missed:
        lines.append(f"synthetic questions: noticed {caught}, missed {missed}")
    if p["orders"] or p["answered_by_orders"]:
        lines.append(f"{p['orders']} standing orders in force or learning, which answered {p['answered_by_orders']}")
    if p["by_default"]:
        lines.append(f"answers for {p['by_default']} safe defaults")
    return lines
