"""An open question becomes a what-if, by asking the supervisor's own step; its answer becomes predictions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fleet.cli.demo.scenario import load_scenario
from fleet.cli.main import app
from fleet.cli.rehearsal import Rehearsal
from fleet.cli.whatif import Question, predicted, question_of
from fleet.deployment.load import load_deployment, save_resolved
from fleet.model.errors import InvalidField, NotFound
from fleet.model.escalation import Escalation, EscalationState
from fleet.supervisor.state import FleetState
from sim_worlds.rollouts import ObjectAt, evaluate

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The demo, up to its first question: which of two blue boxes is meant."""
    deployment = load_deployment(ROOT / "deployments" / "demo.yaml")
    scenario = load_scenario(ROOT / "scenarios" / "demo.yaml")
    run = Rehearsal(deployment, scenario, tmp_path_factory.mktemp("whatif") / "fleet.sqlite")
    while not run.state.open_escalations():
        run.step()
    yield run
    run.stack.close()


def asked(run: Rehearsal, state: FleetState | None = None) -> tuple[Escalation, Question]:
    escalation = run.state.open_escalations()[0]
    found = question_of(
        escalation.escalation_id,
        state or run.state,
        run.clock.now_s(),
        run.stack.context,
        run.stack.link.describe(),
    )
    return escalation, found


def test_options_become_what_the_supervisor_would_do(demo: Rehearsal) -> None:
    before = demo.state.digest()
    _, question = asked(demo)
    plans = {o.option_id: o for o in question.options}
    assert demo.state.digest() == before
    blue = plans["object:blue_1"]
    assert blue.success == ObjectAt(object_id="blue_1", place_id="station_3")
    assert [type(p).__name__ for p in blue.plans[0].primitives] == ["Walk", "Pick", "Walk", "Place"]
    assert not blue.plans[0].then
    assert plans["cancel"].plans == () and plans["cancel"].success is None
    assert "depends on people" in question.silent["cancel"]
    under_way = {t.task_id for t in demo.state.tasks.values() if t.robot_id is not None}
    assert {p.task_id for p in question.background} == under_way
    assert all(p.goes_on for p in question.background)


def test_where_everybody_is_busy_the_task_waits_for_whoever_ends_nearest(demo: Rehearsal) -> None:
    leased = {
        k: r if r.task_id is not None else replace(r, lease_person="Sam Okoro") for k, r in demo.state.robots.items()
    }
    _, question = asked(demo, replace(demo.state, robots=leased))
    plan = next(o for o in question.options if o.option_id == "object:blue_1").plans[0]
    assert plan.then
    assert demo.state.robots[plan.robot_id].task_id is not None


def test_the_answer_becomes_predictions_that_say_what_they_rest_on(demo: Rehearsal) -> None:
    escalation, question = asked(demo)
    found = evaluate(demo.world, question.options, 1.0, 1, background=question.background, moved_only=True)
    assert found.complete and not found.errors
    told = {o.option_id: o.predicted for o in predicted(found, escalation, question.silent)}
    blue, cancel = told["object:blue_1"], told["cancel"]
    assert blue.success == 0.0, "nobody is that fast"
    assert "1 of 1 rollouts of 1 s" in blue.basis and "95 % confidence" in blue.basis
    assert cancel.success is None and "depends on people" in cancel.basis


def test_the_command_asks_the_world_of_a_run_directory(demo: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    run = demo.journal.parent
    save_resolved(replace(demo.deployment, run_directory=str(run)))
    monkeypatch.setattr("sim_worlds.remote.RemoteWorld", lambda *_, **__: demo.stack.link)
    said = CliRunner().invoke(app, ["what-if", str(run), "--horizon", "1", "--runs", "1", "--deadline", "60", "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.stdout)
    assert found["evaluation"]["complete"] is True
    assert {o["option_id"] for o in found["options"]} >= {"object:blue_1", "object:blue_2", "cancel"}
    none = CliRunner().invoke(app, ["what-if", str(run), "E99"])
    assert isinstance(none.exception, NotFound)


def test_what_is_no_open_question_is_refused(demo: Rehearsal) -> None:
    context, robots = demo.stack.context, demo.stack.link.describe()
    with pytest.raises(NotFound, match="E99"):
        question_of("E99", demo.state, 1.0, context, robots)
    escalation = demo.state.open_escalations()[0]
    closed = demo.state.with_escalation(replace(escalation, state=EscalationState.CLOSED))
    with pytest.raises(InvalidField, match="waits for an answer"):
        question_of(escalation.escalation_id, closed, 1.0, context, robots)
