"""`fleet reviews`: what the fleet decided by itself and a person looks at afterwards, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_done, print_json, print_table, say, seconds
from fleet.model.errors import InvalidField

app = typer.Typer(help="Decisions of the fleet that were drawn for a look afterwards.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The ruling's id.", show_default=False)]


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that were looked at, too.")] = False,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """List decisions that nobody has looked at yet."""
    with client_for(url) as client:
        found = [r for r in client.pages("/v1/reviews") if every or r["open"]]
    if as_json:
        print_json(found)
        return
    rows = [(r["ruled"]["ruling_id"], r["ruled"]["choice"]["decision_class"], _chosen(r), _about(r), r["verdict"])
            for r in found]  # fmt: skip
    print_table(("id", "class", "decided", "about", "found"), rows, "nothing to look at")


def _chosen(review: dict[str, Any]) -> str:
    ruled = review["ruled"]
    chosen = ruled["ruling"]["chosen"]
    return "nothing" if chosen is None else str(ruled["choice"]["options"][chosen])


def _about(review: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in review["ruled"]["subject"].items())


@app.command()
def show(ruling_id: Id, url: Url = "", as_json: Json = False) -> None:
    """Show one decision with the numbers that led to it."""
    with client_for(url) as client:
        found = client.get(f"/v1/reviews/{ruling_id}")
    if as_json:
        print_json(found)
        return
    ruled = found["ruled"]
    say(f"{ruling_id}  {ruled['choice']['decision_class']}, {_about(found)}, at {seconds(ruled['ruled_at_s'])}")
    say(ruled["ruling"]["sentence"])
    options = [(o, f"{s:.3f}") for o, s in zip(ruled["choice"]["options"], ruled["choice"]["scores"], strict=False)]
    print_table(("option", "score"), options)
    rows = [(c["name"], "yes" if c["holds"] else "no", c["detail"]) for c in ruled["ruling"]["conditions"]]
    print_table(("condition", "holds", "numbers"), rows)
    if not found["open"]:
        say(f"{found['by']}: {found['verdict']}: {found['reason']}")


@app.command()
def answer(
    ruling_id: Id,
    verdict: Annotated[str, typer.Argument(help="right, wrong or cannot_tell.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)],
    instead: Annotated[
        str, typer.Option(help='With wrong: the option that would have been right, or "none of these".')
    ] = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Say whether a decision was right."""
    wanted = ("right", "wrong", "cannot_tell")
    if verdict not in wanted:
        raise InvalidField("VERDICT", verdict, "one of: " + ", ".join(wanted))
    with client_for(url) as client:
        done = client.post(f"/v1/reviews/{ruling_id}", {"verdict": verdict, "reason": reason, "instead": instead})
    print_done(done, f"{ruling_id}: {verdict}, on record under your name", as_json)
