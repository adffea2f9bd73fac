"""The plan as the console shows it."""

from __future__ import annotations

from dataclasses import replace

from api.console.views.schedule import schedule
from fleet.model.plan import FleetPlan, PlanChange, PlannedVisit
from fleet.model.tasks import Task, TaskSpec, TaskState
from fleet.supervisor.state import FleetState, Robot
from robot_adapters.scripted import scripted_description


def visit(task_id: str = "", **fields: object) -> PlannedVisit:
    times = {"leaves_s": 10.0, "arrives_s": 20.0, "starts_s": 20.0, "ends_s": 40.0}
    return PlannedVisit(robot_id="b", task_id=task_id, **{**times, **fields})  # type: ignore[arg-type]


def planned(*visits: PlannedVisit, deadline_s: float | None = None, **plan: object) -> FleetState:
    spec = TaskSpec(task_id="t", skill="wait", deadline_s=deadline_s)
    task = Task(spec=spec, mission_id="m", state=TaskState.QUEUED, because="", requested_by="Ana", requested_at_s=0.0)
    robots = {name: Robot(description=replace(scripted_description(name, "h"))) for name in ("a", "b")}
    return FleetState(robots=robots, tasks={"t": task}, plan=FleetPlan(number=1, routes={"b": visits}, **plan))  # type: ignore[arg-type]


def test_robots_with_work_come_first_and_what_ends_after_its_deadline_is_late() -> None:
    shown = schedule(planned(visit("t", given=True), visit(dock_id="dock_1", starts_s=50.0), deadline_s=30.0))
    assert [r["id"] for r in shown["robots"]] == ["b", "a"]
    work, charge = shown["robots"][0]["visits"]
    assert (work["late"], work["given"], work["deadline_s"]) == (True, True, 30.0)
    assert (charge["title"], charge["late"]) == ("charge at dock_1", False)


def test_what_is_left_undone_and_what_was_changed_is_said() -> None:
    change = PlanChange(task_id="t", before=("a",), after=())
    shown = schedule(planned(unplaced={"t": "nobody has the strength"}, changes=(change,), terms={"travel": 3.0}))
    assert [u["why"] for u in shown["unplaced"]] == ["nobody has the strength"]
    assert shown["changes"] == [{"task": "t", "before": "a", "after": "nobody"}]
    assert [t["name"] for t in shown["terms"]] == ["walking"]


def test_a_fleet_without_a_plan_shows_none() -> None:
    assert schedule(FleetState())["number"] == 0
