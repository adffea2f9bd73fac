"""`fleet escalations`: the questions that wait for a person, and answering them, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.operator_keys import signed
from fleet.cli.output import Json, Url, print_done, print_json, print_table, say, seconds
from fleet.model.errors import NotFound

app = typer.Typer(help="Questions that wait for a person.", no_args_is_help=True)


@app.command("list")
def list_(
    every: Annotated[bool, typer.Option("--all", help="Answered ones too.")] = False,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """List open questions, the most urgent first."""
    with client_for(url) as client:
        found = list(client.pages("/v1/escalations"))
    shown = [e for e in found if every or is_open(e)]
    shown.sort(key=lambda e: (not is_open(e), e["deadline_s"]))
    if as_json:
        print_json(shown)
        return
    fields = ("escalation_id", "cause", "severity", "state")
    rows = [(*(e[f] for f in fields), seconds(e["deadline_s"]), e["question"]) for e in shown]
    print_table(("id", "cause", "severity", "state", "deadline", "question"), rows, "no questions")


def is_open(escalation: dict[str, Any]) -> bool:
    """Whether it waits for an answer."""
    return escalation["state"] in ("queued", "acknowledged")


@app.command()
def show(escalation_id: Annotated[str, typer.Argument()], url: Url = "", as_json: Json = False) -> None:
    """Show one question with its options and evidence."""
    with client_for(url) as client:
        found = client.get(f"/v1/escalations/{escalation_id}")
    if as_json:
        print_json(found)
        return
    say(f"{found['escalation_id']}  {found['question']}")
    say(f"cause {found['cause']}, severity {found['severity']}, state {found['state']}")
    say(f"answer until {seconds(found['deadline_s'])} of fleet time; otherwise: {found['safe_default']}")
    if found.get("blind"):
        say("drawn at random: say first what you would choose (fleet escalations commit), then all is shown")
    for unknown in found["unknowns"]:
        say(f"not known: {unknown}")
    say("")
    print_table(("option", "what happens", "if it is wrong", "possible"), [_option(o) for o in found["options"]])
    say("")
    rows = [(e["source"], seconds(e["at_s"]), e["summary"]) for e in found["evidence"]]
    print_table(("source", "at", "evidence"), rows, "no evidence")


def _option(option: dict[str, Any]) -> tuple[object, ...]:
    failed = [c["detail"] or c["name"] for c in option["checks"] if not c["ok"]]
    return (option["option_id"], option["label"], option["if_wrong"], "no: " + "; ".join(failed) if failed else "yes")


@app.command()
def commit(
    escalation_id: Annotated[str, typer.Argument()],
    option_id: Annotated[str, typer.Argument(help="One of the question's options.")],
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Say first what you would choose, where a question was drawn; then it is shown whole, and you answer it."""
    with client_for(url) as client:
        found = client.get(f"/v1/escalations/{escalation_id}")
        body = {"option_id": option_id, "shown_digest": found["shown_digest"]}
        done = client.post(f"/v1/escalations/{escalation_id}/commit", body)
    print_done(
        done, f"{escalation_id}: you would choose {option_id}; now see it whole (show) and answer it (answer)", as_json
    )


@app.command()
def answer(
    escalation_id: Annotated[str, typer.Argument()],
    option_id: Annotated[str, typer.Argument(help="One of the question's options.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)],
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Answer a question, for what it shows now."""
    with client_for(url) as client:
        found = client.get(f"/v1/escalations/{escalation_id}")
        options = [o["option_id"] for o in found["options"]]
        if option_id not in options:
            raise NotFound("option", option_id, ", ".join(options))
        # Stripped here, because the API strips it: the signature is over the reason as it is kept.
        body = {"option_id": option_id, "reason": reason.strip(), "shown_digest": found["shown_digest"]}
        done = client.post(f"/v1/escalations/{escalation_id}/decision", signed(client, escalation_id, body))
    print_done(done, f"{escalation_id}: {option_id}, on record under your name", as_json)
