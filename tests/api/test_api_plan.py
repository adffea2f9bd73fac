"""The plan over HTTP, and deadlines that must be kept."""

from __future__ import annotations

import httpx

from api.plan_views import PlanView, plan_view
from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.model.commands import CommandStatus
from fleet.model.tasks import TaskSpec
from tests.fleet.supervisor.building import Desk, a_robot, carry


def walk(task_id: str, place: str, **more: object) -> TaskSpec:
    return TaskSpec(task_id=task_id, skill="walk_to", parameters={"place": place}, **more)  # type: ignore[arg-type]


def a_desk() -> Desk:
    return Desk(a_robot("r1"), a_robot("r2"), allocator=FleetPlanner(AllocationSettings(iterations=8)))


def test_the_plan_is_a_gantt_chart_with_costs_and_reasons() -> None:
    desk = a_desk()
    desk.submit(
        walk("a", "table_1", robot_id="r1"),
        walk("b", "table_2", robot_id="r1", deadline_s=desk.now_s + 5.0),
        carry("c", {"colour": "blue"}, "table_1"),
        walk("d", "shelf_1", depends_on=("c",)),
    )
    view = plan_view(desk.state)
    PlanView.model_validate(view)
    first, second = next(r["visits"] for r in view["routes"] if r["robot_id"] == "r1")
    assert first["given"]
    assert not second["given"]
    assert second["starts_s"] >= first["ends_s"]
    late = first if first["task_id"] == "b" else second
    assert late["late_s"] > 0
    assert {u["task_id"]: u["because"] for u in view["unplaced"]}["d"] == "it waits for c, which is escalated"
    assert view["weights"]["tardiness"] == 5.0
    assert abs(sum(view["terms"].values()) - view["cost"]) < 0.01


def test_what_is_over_is_not_shown_and_robots_with_nothing_to_do_are() -> None:
    desk = a_desk()
    desk.submit(walk("a", "table_1", robot_id="r1"))
    desk.update("a", CommandStatus.FAILED, reason="for a test", retriable=False)
    desk.wait(2)
    view = plan_view(desk.state)
    assert [r["robot_id"] for r in view["routes"]] == ["r1", "r2"]
    assert all(v["task_id"] != "a" or desk.task("a").robot_id for r in view["routes"] for v in r["visits"])


def test_without_a_plan_what_robots_are_at_is_shown_all_the_same() -> None:
    desk = Desk(a_robot("r1"))
    desk.submit(walk("a", "table_1"))
    view = plan_view(desk.state)
    PlanView.model_validate(view)
    assert view["number"] == 0
    (visit,) = view["routes"][0]["visits"]
    assert (visit["task_id"], visit["ends_s"]) == ("a", None)


def test_the_plan_is_read_over_http(ana: httpx.Client) -> None:
    answer = ana.get("/v1/plan")
    assert answer.status_code == 200
    PlanView.model_validate(answer.json())


def test_a_hard_deadline_needs_a_deadline(ana: httpx.Client) -> None:
    body = {"skill": "wait", "parameters": {"seconds": 1}, "why": "a test", "hard_deadline": True}
    answer = ana.post("/v1/tasks", json=body, headers={"Idempotency-Key": "hard-1"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "hard_deadline"
    answer = ana.post("/v1/tasks", json={**body, "deadline_in_s": 600}, headers={"Idempotency-Key": "hard-2"})
    assert answer.status_code == 201
    assert answer.json()["task"]["spec"]["hard_deadline"] is True
