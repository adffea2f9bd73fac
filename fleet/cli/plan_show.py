"""`fleet plan show`: the plan of a running fleet, over HTTP."""

from __future__ import annotations

from typing import Any

from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_json, print_table, say, seconds


def show(url: Url = "", as_json: Json = False) -> None:
    """Show who does what in which order, when it is expected to be done, and what nobody is to do yet."""
    with client_for(url) as client:
        found = client.get("/v1/plan")
    if as_json:
        print_json(found)
        return
    rows = [_row(route["robot_id"], visit) for route in found["routes"] for visit in route["visits"]]
    print_table(("robot", "task", "skill", "state", "starts", "ends", "battery after", "late"), rows, "nothing planned")
    for left in found["unplaced"]:
        say(f"{left['task_id']}: {left['because']}")
    if found["number"]:
        terms = ", ".join(f"{name} {value:.1f}" for name, value in found["terms"].items())
        say(f"plan {found['number']}, made at {seconds(found['made_at_s'])} because {found['because']}")
        say(f"cost {found['cost']:.1f} s ({terms or 'nothing'})")


def _row(robot_id: str, visit: dict[str, Any]) -> tuple[object, ...]:
    battery = visit["battery"]
    return (
        robot_id,
        visit["task_id"] or f"charge at {visit['dock_id']}",
        visit["skill"],
        visit["state"] if visit["given"] or visit["state"] == "charge" else f"{visit['state']}, planned",
        seconds(visit["starts_s"]),
        seconds(visit["ends_s"]) if visit["ends_s"] is not None else None,
        f"{battery:.0%}" if battery is not None else None,
        seconds(visit["late_s"]) if visit["late_s"] else None,
    )
