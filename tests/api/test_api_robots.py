"""What a robot has shown is told with it."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from api.views import robot_view, skill_records
from fleet.model.tally import Tally
from tests.api.hall import Hall, until
from tests.fleet.supervisor.building import Desk, a_robot


def test_a_task_that_was_seen_through_is_on_the_robots_record(hall: Hall, ana: httpx.Client) -> None:
    body = {"skill": "wait", "parameters": {"seconds": 0.1}, "why": "a test"}
    task_id = ana.post("/v1/tasks", json=body, headers={"Idempotency-Key": "seen-through"}).json()["task"]["task_id"]
    until(lambda: ana.get(f"/v1/tasks/{task_id}").json()["state"] == "done", "it is done")

    def record() -> list[dict[str, object]]:
        return [row for name in ("r1", "r2") for row in ana.get(f"/v1/robots/{name}").json()["record"]]

    (row,) = until(record, "it is on record")
    assert (row["skill"], row["attempts_done"], row["attempts_failed"]) == ("wait", 1, 0)
    assert (row["claims_true"], row["claims_false"]) == (0, 0), "nobody could have seen that it waited"
    listed = ana.get("/v1/robots").json()["items"]
    assert [name["unknown_things"] for name in listed] == [[], []]


def test_honesty_has_a_mean_and_what_it_is_at_least() -> None:
    desk = Desk(a_robot("r1"))
    told = {"r1": {"carry": Tally(right=6, wrong=4)}}
    state = replace(desk.state, honesty=told, unknown={"r1": {"ghost_7": 3.0}})
    (row,) = skill_records(state, "r1")
    assert row["honesty"] == pytest.approx(15 / 20)
    assert 0.5 < row["honesty_low"] < row["honesty"]
    assert row["competence"] == pytest.approx(0.9)
    assert robot_view(state, "r1", None)["unknown_things"] == ["ghost_7"]
