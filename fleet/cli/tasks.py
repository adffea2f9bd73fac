"""`fleet task`: submitting, listing, showing and cancelling work, over HTTP."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_json, print_table, say, seconds
from fleet.deployment.fields import read_yaml
from fleet.model.errors import InvalidField

app = typer.Typer(help="Submit, list, show and cancel tasks.", no_args_is_help=True)

COLUMNS = ("task", "skill", "state", "robot", "deadline", "why it is so")


@app.command()
def submit(
    skill: Annotated[str, typer.Argument(help="What to do: carry, inspect, hand_over, dock, ...")] = "",
    parameters: Annotated[
        list[str] | None, typer.Argument(help="name=value; object=colour:blue,size:small describes an object.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Why it shall be done (required).")] = "",
    deadline_in: Annotated[float | None, typer.Option("--deadline-in", min=0, help="Seconds of fleet time.")] = None,
    hard: Annotated[
        bool, typer.Option("--hard", help="Ending after the deadline must not be: it is then not begun.")
    ] = False,
    priority: Annotated[int, typer.Option("--priority", min=0, max=100, help="0 whenever, 100 now.")] = 50,
    robot: Annotated[str, typer.Option("--robot", help="This robot and no other.")] = "",
    team: Annotated[int, typer.Option("--team", min=1, max=4, help="So many robots do it together (carry).")] = 1,
    resources: Annotated[
        list[str] | None, typer.Option("--resource", help="What it needs to itself, e.g. bench_1; may be repeated.")
    ] = None,
    after: Annotated[
        list[str] | None, typer.Option("--after", help="A task that must be done before; may be repeated.")
    ] = None,
    task_id: Annotated[str, typer.Option("--id", help="The task's id; made up by default.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="A mission from a YAML file instead.")] = None,
    key: Annotated[str, typer.Option("--key", help="Idempotency key: the same key never submits twice.")] = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Submit one task, or a whole mission from a file."""
    if bool(skill) == (file is not None):
        raise InvalidField("SKILL, --file", (skill, str(file or "")), "one of the two")
    if file is not None:
        path, body = "/v1/missions", read_yaml(file).plain()
    else:
        if not why.strip():
            raise InvalidField("--why", why, "the reason for the task, for those who see it")
        path, body = "/v1/tasks", {"skill": skill, "parameters": parsed(parameters or []), "why": why}
        body |= {"priority": priority, "team": team, "resources": resources or [], "depends_on": after or []}
        optional = {"deadline_in_s": deadline_in, "robot_id": robot or None, "task_id": task_id or None}
        body |= {name: value for name, value in optional.items() if value is not None}
        if hard:
            if deadline_in is None:
                raise InvalidField("--hard", True, "a deadline beside it: --deadline-in")
            body["hard_deadline"] = True
    with client_for(url) as client:
        answer = client.post(path, body, key=key or str(uuid.uuid4()))
    if as_json:
        print_json(answer)
        return
    say("accepted: " + ", ".join(submitted_ids(answer)))


def submitted_ids(answer: dict[str, Any]) -> list[str]:
    """The tasks that a submission made, from the API's answer."""
    mission = answer.get("mission") or {}
    return list(mission.get("task_ids", ())) or [t["task_id"] for t in answer.get("tasks", ()) if "task_id" in t]


def parsed(pairs: list[str]) -> dict[str, Any]:
    """`name=value` pairs as parameters. Numbers are numbers, `a:b,c:d` is a description. Raises `InvalidField`."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise InvalidField("PARAMETERS", pair, "name=value, e.g. to=table_2 or object=colour:blue,size:small")
        if name in found:
            raise InvalidField("PARAMETERS", pair, f"each name once; {name} is there twice")
        found[name] = _value(pair, value)
    return found


def _value(pair: str, value: str) -> Any:
    if ":" not in value:
        number = yaml.safe_load(value) if value.replace(".", "", 1).isdigit() else value
        return number if isinstance(number, (int, float)) else value
    description = {}
    for part in value.split(","):
        name, colon, text = part.partition(":")
        if not colon or not name or not text:
            raise InvalidField("PARAMETERS", pair, "a description such as object=colour:blue,size:small")
        description[name] = text
    return description


@app.command("list")
def list_(
    state: Annotated[str, typer.Option("--state", help="Only tasks in this state, e.g. executing.")] = "",
    mission: Annotated[str, typer.Option("--mission", help="Only tasks of this mission.")] = "",
    url: Url = "",
    as_json: Json = False,
) -> None:
    """List tasks, oldest first."""
    with client_for(url) as client:
        tasks = list(client.pages("/v1/tasks", state=state or None, mission_id=mission or None))
    if as_json:
        print_json(tasks)
        return
    print_table(COLUMNS, [_row(t) for t in tasks], "no tasks")


def _row(task: dict[str, Any]) -> tuple[object, ...]:
    late = " LATE" if task["late"] else ""
    deadline = task["spec"]["deadline_s"]
    return (
        task["task_id"],
        task["spec"]["skill"],
        task["state"],
        " + ".join(m["robot_id"] for m in task.get("members") or ()) or task["robot_id"],
        f"{seconds(deadline)}{late}" if deadline is not None else None,
        task["because"],
    )


@app.command()
def show(task_id: Annotated[str, typer.Argument()], url: Url = "", as_json: Json = False) -> None:
    """Show one task with everything known of it."""
    with client_for(url) as client:
        task = client.get(f"/v1/tasks/{task_id}")
    if as_json:
        print_json(task)
    else:
        print_table(("what", "is"), task.items())


@app.command()
def cancel(
    task_id: Annotated[str, typer.Argument()],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)],
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Give a task up, and what depends on it."""
    with client_for(url) as client:
        answer = client.post(f"/v1/tasks/{task_id}/cancel", {"reason": reason})
    if as_json:
        print_json(answer)
    else:
        say(f"{task_id}: cancelled")


Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.", show_default=False)]
TaskId = Annotated[str, typer.Argument(help="The task.")]
RobotId = Annotated[str, typer.Argument(help="The robot.")]


def _changed(url: str, path: str, body: dict[str, Any], as_json: bool, done: str) -> None:
    with client_for(url) as client:
        answer = client.post(path, body)
    if as_json:
        print_json(answer)
    else:
        say(done)


@app.command()
def pin(task_id: TaskId, robot: RobotId, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Let that robot do it and no other, from the next plan on."""
    body = {"robot_id": robot, "reason": reason}
    _changed(url, f"/v1/tasks/{task_id}/pin", body, as_json, f"{task_id}: for {robot} only")


@app.command()
def unpin(task_id: TaskId, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Let any robot do it again."""
    body = {"robot_id": None, "reason": reason}
    _changed(url, f"/v1/tasks/{task_id}/pin", body, as_json, f"{task_id}: for any robot")


@app.command()
def ban(task_id: TaskId, robot: RobotId, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Do not let that robot do it, from the next plan on."""
    body = {"robot_id": robot, "reason": reason}
    _changed(url, f"/v1/tasks/{task_id}/ban", body, as_json, f"{task_id}: not for {robot}")


@app.command()
def allow(task_id: TaskId, robot: RobotId, reason: Reason, url: Url = "", as_json: Json = False) -> None:
    """Take back that a robot must not do it."""
    body = {"robot_id": robot, "reason": reason, "banned": False}
    _changed(url, f"/v1/tasks/{task_id}/ban", body, as_json, f"{task_id}: {robot} may do it again")


@app.command()
def after(
    task_id: TaskId,
    reason: Reason,
    tasks: Annotated[
        list[str] | None, typer.Argument(help="Tasks that must be done before; none: it waits for none.")
    ] = None,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Say what it waits for, of whichever mission; while it has not begun."""
    named = tasks or []
    what = f"waits for {', '.join(named)}" if named else "waits for no other task"
    _changed(url, f"/v1/tasks/{task_id}/after", {"after": named, "reason": reason}, as_json, f"{task_id}: {what}")
