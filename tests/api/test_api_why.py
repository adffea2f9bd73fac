"""Why a robot has a task, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from typer.testing import CliRunner

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings
from fleet.cli import plan_why
from fleet.cli.http import ApiProblem, FleetClient
from fleet.cli.main import app
from fleet.model.requests import Role
from fleet.supervisor.context import Context
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.why import Explainer
from fleet.travel import TravelModel
from tests.api.hall import Hall, until


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """A fleet with two robots, a task that was cancelled, and one that waits for its time."""
    hall = Hall(tmp_path_factory.mktemp("planned"))
    hall.app.state.api.explains = Explainer(
        lambda: Context(
            site=hall.site,
            settings=SupervisorSettings(),
            travel=TravelModel(hall.site),
            allocator=FleetPlanner(AllocationSettings(iterations=10)),
        )
    )
    hall.start()
    try:
        ana = hall.client("Ana", Role.OPERATOR)
        for name, later in (("now", 0.0), ("later", 3600.0)):
            task = {"task_id": name, "skill": "walk_to", "parameters": {"place": "table_1"}, "why": "a test"}
            made = ana.post("/v1/tasks", json={**task, "earliest_start_in_s": later}, headers={"Idempotency-Key": name})
            assert made.status_code == 201, made.text
        assert ana.post("/v1/tasks/now/cancel", json={"reason": "no longer"}).status_code == 200
        yield hall
    finally:
        hall.stop()


@pytest.fixture
def vic(planned: Hall) -> httpx.Client:
    return planned.client("Vic", Role.VIEWER)


def test_whoever_may_look_is_told_why(vic: httpx.Client) -> None:
    told = vic.get("/v1/tasks/later/why")
    assert told.status_code == 200, told.text
    body = told.json()
    assert body["robots"] in (["r1"], ["r2"])
    assert body["robots"][0] in body["sentence"]
    (other,) = body["alternatives"]
    assert other["possible"] is True
    assert body["weights"]["tardiness"] == 5.0
    assert body["limits"]["met"] is True


def test_of_a_task_behind_what_is_closed_it_says_so_and_what_opening_that_would_buy(planned: Hall) -> None:
    ana = planned.client("Ana", Role.OPERATOR)
    assert ana.post("/v1/closures", json={"what": "table_2", "reason": "varnish"}).status_code == 201
    task = {"task_id": "behind", "skill": "walk_to", "parameters": {"place": "table_2"}, "why": "a test"}
    assert ana.post("/v1/tasks", json=task, headers={"Idempotency-Key": "behind"}).status_code == 201
    until(lambda: "held back" in ana.get("/v1/tasks/behind").json()["because"], "held back")
    assert ana.get("/v1/tasks/behind").json()["because"] == "held back: table_2 is closed (Ana: varnish)"
    told = ana.get("/v1/tasks/behind/why").json()
    held = told["held_back"]
    assert (held["closed"], held["because"], held["opens_at_s"]) == (
        ["table_2"],
        "table_2 is closed (Ana: varnish)",
        None,
    )
    assert held["ends_if_open_s"] > told["now_s"]
    assert told["sentence"].startswith("Nobody has behind: table_2 is closed (Ana: varnish).")
    assert told["limits"]["binds"][0] == "closed"
    assert ana.post("/v1/closures/table_2/open", json={"reason": "dry"}).status_code == 200
    until(lambda: "held back" not in ana.get("/v1/tasks/behind").json()["because"], "given out")


def test_one_robot_can_be_asked_about(vic: httpx.Client) -> None:
    mine = vic.get("/v1/tasks/later/why").json()["robots"][0]
    other = {"r1": "r2", "r2": "r1"}[mine]
    told = vic.get("/v1/tasks/later/why", params={"robot": other}).json()
    assert [a["robot_id"] for a in told["alternatives"]] == [other]


def test_the_command_line_asks_the_running_fleet(
    planned: Hall, vic: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = vic.headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setattr(plan_why, "client_for", lambda _url: FleetClient(planned.url, token))
    done = CliRunner().invoke(app, ["plan", "why", "later", "--robot", "r2", "--robot", "r1"])
    assert done.exit_code == 0, done.output
    assert "does later, beginning in" in done.output and "plan costs" in done.output
    refused = CliRunner().invoke(app, ["plan", "why", "never"])
    assert isinstance(refused.exception, ApiProblem) and refused.exception.status == 404


def test_what_is_not_there_or_has_ended_is_refused_in_words(vic: httpx.Client) -> None:
    gone = vic.get("/v1/tasks/now/why")
    assert (gone.status_code, gone.json()["code"]) == (409, "conflict")
    assert "now is cancelled" in gone.json()["detail"]
    assert vic.get("/v1/tasks/never/why").status_code == 404
    strange = vic.get("/v1/tasks/later/why", params={"robot": "r9"})
    assert strange.status_code == 404 and "known: r1, r2" in strange.json()["detail"]


def test_an_api_that_cannot_plan_says_so(planned: Hall, vic: httpx.Client) -> None:
    context = planned.app.state.api
    explains, context.explains = context.explains, None
    try:
        assert vic.get("/v1/tasks/later/why").status_code == 503
    finally:
        context.explains = explains
