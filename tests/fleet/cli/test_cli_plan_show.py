"""`fleet plan show`: the plan of a running fleet, for people and for programs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner

from fleet.cli import plan_show
from fleet.cli.main import app

VISIT = {
    "task_id": "linen", "mission_id": "m", "skill": "carry", "dock_id": "", "state": "queued", "given": False,
    "leaves_s": 10.0, "arrives_s": 20.0, "starts_s": 20.0, "ends_s": 70.0, "battery": 0.74, "deadline_s": 60.0,
    "late_s": 10.0,
}  # fmt: skip
CHARGE = {**VISIT, "task_id": "", "skill": "dock", "dock_id": "dock_3", "state": "charge", "late_s": 0.0}
PLAN = {
    "number": 4, "made_at_s": 9.0, "now_s": 10.0, "because": "linen came", "cost": 61.5,
    "terms": {"waiting": 60.0, "travel": 1.5}, "weights": {"travel": 0.2}, "changes": [],
    "routes": [{"robot_id": "iron", "visits": [CHARGE, VISIT]}],
    "unplaced": [{"task_id": "meals", "because": "it waits for linen, which is escalated"}],
}  # fmt: skip


class Answers:
    def get(self, path: str) -> Any:
        assert path == "/v1/plan"
        return PLAN


@pytest.fixture(autouse=True)
def fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def client_for(_: str) -> Any:
        yield Answers()

    monkeypatch.setattr(plan_show, "client_for", client_for)


def test_it_shows_who_does_what_when_and_what_is_left() -> None:
    said = CliRunner().invoke(app, ["plan", "show"]).output
    for words in ("charge at dock_3", "queued, planned", "74%", "meals: it waits for linen", "because linen came"):
        assert words in said
    assert "cost 61.5 s (waiting 60.0, travel 1.5)" in said


def test_programs_get_all_of_it() -> None:
    assert json.loads(CliRunner().invoke(app, ["plan", "show", "--json"]).output) == PLAN
