"""`fleet escalations queue|delegate|shelve|unshelve` and `fleet maintenance`: the queue of questions, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_done, print_json, print_table, say, seconds

Question = Annotated[str, typer.Argument(help="The question's id, e.g. E7.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)]

app = typer.Typer(help="Maintenance windows: questions about a place or robots are silenced.", no_args_is_help=True)


def add_to(escalations: typer.Typer) -> None:
    """Add the commands about the queue to `fleet escalations`."""
    escalations.command()(queue)
    escalations.command()(delegate)
    escalations.command()(shelve)
    escalations.command()(unshelve)


def queue(url: Url = "", as_json: Json = False) -> None:
    """Show what waits, the dearest to let wait first; what was put aside; what is silenced, and by what."""
    with client_for(url) as client:
        found = client.get("/v1/queue")
    if as_json:
        print_json(found)
        return
    if found["flood"]:
        say(f"FLOOD since {seconds(found['flood']['since_s'])}: {found['flood']['questions']} questions so far")
    say(f"load {found['load']:.1f} (1 is what one person can bear)")
    columns = ("id", "severity", "group", "tier", "told", "cost of waiting", "question")
    print_table(columns, [_row(p) for p in found["waiting"]], "nothing waits")
    for place in found["shelved"]:
        aside = place["shelved"]
        say(f"put aside until {seconds(aside['until_s'])} by {aside['by']} ({aside['reason']}): {_named(place)}")
    for source in found["sources"]:
        ids = ", ".join(source["escalation_ids"]) or "nothing now"
        say(f"{source['source']}: {source['what']}; silences {ids}")


def _row(place: dict[str, Any]) -> tuple[object, ...]:
    told = [name for tier in place["tiers"] for name in tier["people"]]
    holder = place["acknowledged_by"]
    return (
        place["escalation_id"],
        place["severity"],
        place["group_id"],
        f"{place['tier'] + 1} of {len(place['tiers'])}",
        f"{holder} has it" if holder else ", ".join(dict.fromkeys(told)),
        place["cost_words"],
        place["question"],
    )


def _named(place: dict[str, Any]) -> str:
    return f"{place['escalation_id']} {place['question']}"


def delegate(
    escalation_id: Question,
    to: Annotated[str, typer.Option("--to", help="The name that they log in with.", show_default=False)],
    reason: Reason,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Hand a question on to somebody else, who is told at once."""
    _act(url, as_json, escalation_id, "delegate", {"to": to, "reason": reason}, f"{escalation_id}: {to} is told")


def shelve(
    escalation_id: Question,
    reason: Reason,
    for_s: Annotated[float, typer.Option("--for", help="For so many seconds.", show_default=False)],
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Put a question aside for a while. It comes back by itself, before its deadline."""
    with client_for(url) as client:
        done = client.post(f"/v1/escalations/{escalation_id}/shelve", {"for_s": for_s, "reason": reason})
    if as_json:
        print_json(done)
        return
    shelved = (done.get("place") or {}).get("shelved")
    say(f"{escalation_id} is put aside" + (f" until {seconds(shelved['until_s'])}" if shelved else ""))


def unshelve(escalation_id: Question, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Fetch a question back that was put aside."""
    _act(url, as_json, escalation_id, "unshelve", {"reason": reason}, f"{escalation_id} is back")


def _act(url: str, as_json: bool, escalation_id: str, what: str, body: dict[str, Any], said: str) -> None:
    with client_for(url) as client:
        done = client.post(f"/v1/escalations/{escalation_id}/{what}", body)
    print_done(done, said, as_json)


@app.command("list")
def list_(url: Url = "", as_json: Json = False) -> None:
    """List the windows that stand or are to come."""
    with client_for(url) as client:
        found = client.get("/v1/maintenance")["items"]
    if as_json:
        print_json(found)
        return
    rows = [
        (
            w["window_id"],
            " and ".join(filter(None, (w["zone"], ", ".join(w["robot_ids"])))),
            seconds(w["from_s"]),
            seconds(w["to_s"]),
            w["by"],
            w["reason"],
            ", ".join(w["escalation_ids"]),
        )
        for w in found
    ]
    print_table(("window", "where", "from", "to", "by", "why", "silences"), rows, "no maintenance")


@app.command("set")
def set_(
    window_id: Annotated[str, typer.Argument(help="A name of your own.", show_default=False)],
    reason: Reason,
    for_s: Annotated[float, typer.Option("--for", help="For so many seconds, from now.", show_default=False)],
    zone: Annotated[str, typer.Option("--zone", help="A zone of the site.")] = "",
    robot: Annotated[list[str] | None, typer.Option("--robot", help="A robot; may be repeated.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Robots keep out of the zone meanwhile.")] = False,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Announce that somebody works in a zone or on robots: questions about them are silenced and logged meanwhile."""
    body: dict[str, Any] = {"window_id": window_id, "for_s": for_s, "reason": reason, "robot_ids": robot or []}
    if closed:
        body["closed"] = True
    if zone:
        body["zone"] = zone
    with client_for(url) as client:
        done = client.post("/v1/maintenance", body)
    print_done(done, f"maintenance {window_id} stands, under your name", as_json)


@app.command()
def end(
    window_id: Annotated[str, typer.Argument(show_default=False)],
    reason: Reason,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """End maintenance before its time; what was silenced and is still true comes back."""
    with client_for(url) as client:
        done = client.post(f"/v1/maintenance/{window_id}/end", {"reason": reason})
    print_done(done, f"maintenance {window_id} has ended", as_json)
