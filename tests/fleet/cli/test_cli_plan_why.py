"""`fleet plan why` on instance files: what it says, what it refuses, what programs get."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fleet.allocation.files.writing import instance_text
from fleet.allocation.instance import Instance, PlanRobot, PlanTask
from fleet.cli.main import app
from fleet.model.errors import FleetError, InvalidField, NotFound

ROWS = np.arange(0.0, 60.0, 10.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One robot near the first of two tasks, another near the second, which is due too soon."""
    instance = Instance(
        robots=(PlanRobot(robot_id="iron", at=0), PlanRobot(robot_id="gr", at=5)),
        tasks=(
            PlanTask(task_id="linen", stops=(1,), work_s=5.0, able=("iron",)),
            PlanTask(task_id="meals", stops=(4,), work_s=20.0, due_s=12.0, due_weight=3.0),
        ),
        distances_m=np.abs(ROWS[:, None] - ROWS[None, :]),
    )
    path = tmp_path / "ward.json"
    path.write_text(instance_text(instance))
    return path


def ask(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["plan", "why", *map(str, arguments)])
    if done.exception is not None:
        raise done.exception
    return done.output


def test_it_says_who_has_the_task_why_not_another_and_what_keeps_it_from_being_in_time(file: Path) -> None:
    said = ask(file, "meals")
    assert said.startswith("gr does meals, beginning in 10 s and ending in 30 s, 18 s after its deadline")
    assert "with iron the plan costs" in said
    assert "in time if the deadline were 18 s later" in said


def test_programs_get_all_of_it(file: Path) -> None:
    told = json.loads(ask(file, "linen", "--json"))
    assert told["robots"] == ["iron"]
    (gr,) = told["alternatives"]
    assert gr["possible"] is False and gr["extra_cost_s"] is None
    assert told["limits"]["met"] is True
    assert set(told["weights"]) >= {"tardiness", "makespan", "churn"}


def test_one_robot_can_be_asked_about(file: Path) -> None:
    told = json.loads(ask(file, "meals", "--robot", "iron", "--json"))
    (iron,) = told["alternatives"]
    assert iron["possible"] and iron["extra_cost_s"] > 0
    assert iron["would_get_it_if"], "what would change it was looked for"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("meal",), NotFound, "known: linen, meals"),
        (("meals", "--robot", "opt"), NotFound, "known: iron, gr"),
        (("meals", "linen"), InvalidField, "a task, or a file and a task"),
        (("meals", "--plan", "none.json"), FleetError, "none.json"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(
    file: Path, arguments: tuple[str, ...], error: type[FleetError], says: str
) -> None:
    with pytest.raises(error, match=says):
        ask(file, *arguments)


def test_a_plan_without_a_file_is_refused() -> None:
    with pytest.raises(InvalidField, match="only with an instance FILE"):
        ask("meals", "--plan", "plan.json")
