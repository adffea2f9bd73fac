"""`fleet traffic closed|close|open`: what is closed to robots, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_done, print_json, print_table, seconds

What = Annotated[str, typer.Argument(help="The id of a door, lift, zone, area or place.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)]


def closed(url: Url = "", as_json: Json = False) -> None:
    """List what people have closed to robots."""
    with client_for(url) as client:
        found = client.get("/v1/closures")["items"]
    if as_json:
        print_json(found)
        return
    rows = [(c["what"], seconds(c["since_s"]), _until(c), c["by"], c["reason"]) for c in found]
    print_table(("what", "since", "until", "by", "why"), rows, "nothing is closed")


def _until(closure: dict[str, Any]) -> str:
    return seconds(closure["until_s"]) if closure["until_s"] is not None else "it is opened"


def close(
    what: What,
    reason: Reason,
    for_s: Annotated[
        float | None, typer.Option("--for", help="For so many seconds; without it until it is opened.")
    ] = None,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Close a part of the building: robots go around it, or wait. Who is inside may leave."""
    body: dict[str, Any] = {"what": what, "reason": reason}
    if for_s is not None:
        body["for_s"] = for_s
    with client_for(url) as client:
        done = client.post("/v1/closures", body)
    print_done(done, f"{what} is closed to robots, under your name", as_json)


def open_(what: What, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Open it to robots again."""
    with client_for(url) as client:
        done = client.post(f"/v1/closures/{what}/open", {"reason": reason})
    print_done(done, f"{what} is open to robots again", as_json)
