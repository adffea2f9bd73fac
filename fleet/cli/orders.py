"""`fleet orders`: decisions made in advance, over HTTP: list, show, make, take back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_done, print_json, print_table, say, seconds
from fleet.model.errors import InvalidField

app = typer.Typer(help="Standing orders: decisions that a person made in advance.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The order's name.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)]
Several = Annotated[list[str] | None, typer.Option(show_default="everywhere, all of them")]
_LONGEST_DAYS = 90


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """List standing orders, and how well people agree with each."""
    with client_for(url) as client:
        found = list(client.pages("/v1/orders"))
    shown = [o for o in found if every or o["state"] not in ("revoked", "expired")]
    if as_json:
        print_json(shown)
        return
    rows = [
        (
            o["order_id"],
            o["state"],
            o["owner"],
            o["decision_class"],
            o["option_id"],
            f"{o['agreed']} of {o['asked']} (at least {o['agreed_at_least']:.0%} of {o['needed']:.0%})",
            o["applied"],
            seconds(o["expires_at_s"]),
        )
        for o in shown
    ]
    columns = ("order", "state", "owner", "decides", "chooses", "people agree", "answered", "ends at")
    print_table(columns, rows, "no standing orders")


@app.command()
def show(order_id: Name, url: Url = "", as_json: Json = False) -> None:
    """Show one standing order."""
    with client_for(url) as client:
        found = client.get(f"/v1/orders/{order_id}")
    if as_json:
        print_json(found)
    else:
        _say(found)


def _say(found: dict[str, Any]) -> None:
    say(f"{found['order_id']}: {found['state']} ({found['because']})")
    say(f"{found['owner']} answers {found['decision_class']} with {found['option_id']}: {found['reason']}")
    for name in ("zones", "robots", "objects"):
        if found[name]:
            say(f"only {name}: {', '.join(found[name])}")
    if found["when"] != "true":
        say(f"only when: {found['when']}")
    bound, needed = found["agreed_at_least"], found["needed"]
    say(f"{found['agreed']} of {found['asked']} answers agree: at least {bound:.1%} of cases, needed {needed:.1%}")
    say(f"answered {found['applied']} questions, asked again {found['asked_again']} times")
    say(f"ends at {seconds(found['expires_at_s'])} of fleet time")


@app.command()
def make(
    order_id: Name,
    reason: Why,
    days: Annotated[float, typer.Option(help=f"For how long, at most {_LONGEST_DAYS} days.", show_default=False)],
    answered: Annotated[
        str, typer.Option("--from", help="An answered question: do always what was decided there.")
    ] = "",
    decision_class: Annotated[str, typer.Option("--class", help="Which decisions, without --from.")] = "",
    option: Annotated[str, typer.Option("--option", help="Which option, without --from.")] = "",
    when: Annotated[str, typer.Option(help="Only when this holds: CEL over `fleet policy facts`.")] = "true",
    zone: Several = None,
    robot: Several = None,
    object_: Annotated[list[str] | None, typer.Option("--object", show_default="those of --from, or all")] = None,
    epsilon: Annotated[float, typer.Option(help="People must agree in at least 1 - epsilon of cases.")] = 0.1,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Decide in advance, under your name. It answers once enough of people's answers agree with it."""
    if not answered and not (decision_class and option):
        raise InvalidField("--from", answered, "an answered question, or --class and --option")
    if not 0 < days <= _LONGEST_DAYS:
        raise InvalidField("--days", days, f"above 0, at most {_LONGEST_DAYS}")
    body = {
        "order_id": order_id,
        "reason": reason,
        "expires_in_s": days * 86_400.0,
        "from_escalation": answered,
        "decision_class": decision_class,
        "option_id": option,
        "when": when,
        "zones": zone or [],
        "robots": robot or [],
        "objects": object_ or [],
        "epsilon": epsilon,
    }
    with client_for(url) as client:
        if answered and not object_:
            # "Always do this" means: about the same things.
            body["objects"] = client.get(f"/v1/escalations/{answered}")["object_ids"]
        client.post("/v1/orders", body)
        found = client.get(f"/v1/orders/{order_id}")
    if as_json:
        print_json(found)
    else:
        _say(found)


@app.command()
def revoke(order_id: Name, reason: Why, url: Url = "", as_json: Json = False) -> None:
    """Take a standing order back: your own, or any if you are an admin."""
    with client_for(url) as client:
        done = client.post(f"/v1/orders/{order_id}/revoke", {"reason": reason})
    print_done(done, f"{order_id} is taken back", as_json)
