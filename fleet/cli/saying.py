"""`fleet say`: tell the fleet in plain words what is wanted, over HTTP."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import typer

from fleet.cli.login import client_for
from fleet.cli.output import FAILED, Json, Url, print_json, say


def say_command(
    text: Annotated[str, typer.Argument(help="What is to be done, in plain words.", show_default=False)],
    why: Annotated[str, typer.Option("--why", help="Why; or say it in the text: `...; why: ...`.")] = "",
    priority: Annotated[int, typer.Option("--priority", min=0, max=100, help="0 whenever, 100 now.")] = 50,
    deadline_in: Annotated[float | None, typer.Option("--deadline-in", min=1, help="Seconds of fleet time.")] = None,
    directive_id: Annotated[str, typer.Option("--id", help="The directive's id; made up by default.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be understood.")] = False,
    key: Annotated[str, typer.Option("--key", help="Idempotency key: the same key never submits twice.")] = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Tell the fleet what is wanted. It makes tasks of it, or a person is asked what is meant.

    Exit code 1 with --preview: nothing could be done with these words.
    """
    with client_for(url) as client:
        if preview:
            seen = client.post("/v1/instructions/preview", {"text": text})
            _show(seen, as_json)
            if seen["refusal"]:
                raise typer.Exit(FAILED)
            return
        body: dict[str, Any] = {"text": text, "why": why, "priority": priority}
        optional = {"deadline_in_s": deadline_in, "directive_id": directive_id or None}
        body |= {name: value for name, value in optional.items() if value is not None}
        told = client.post("/v1/instructions", body, key=key or str(uuid.uuid4()))
    if as_json:
        print_json(told)
    else:
        say(_became(told))


def _became(told: dict[str, Any]) -> str:
    """What became of it, in one line."""
    said = told.get("instruction")
    if said is None:
        return f"on record as request {told['request']['request_id']}; the supervisor has not taken it up yet"
    asked = told.get("escalation")
    if asked is not None:
        return f"{said['directive_id']}: a person is asked, question {asked['escalation_id']}: {asked['question']}"
    tasks = ", ".join(t["task_id"] for t in told["tasks"])
    return f"{said['directive_id']}: {said['because']}" + (f"; tasks: {tasks}" if tasks else "")


def _show(seen: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(seen)
        return
    if seen["refusal"]:
        say(f"not understood: {seen['refusal']}")
    if seen["calls_off"]:
        say("understood: something shall not be done")
    for reading in () if seen["calls_off"] else seen["readings"]:
        wrong = "; ".join(c["detail"] for c in reading["checks"] if not c["ok"])
        mark = f"{reading['score']:.2f}" if reading["possible"] else "no  "
        say(f"{mark}  {reading['label']}" + (f"  ({wrong})" if wrong else ""))
    for unclear in seen["unclear"]:
        say(f"unclear: {unclear}")
    if seen["why"]:
        say(f"why: {seen['why']}")
