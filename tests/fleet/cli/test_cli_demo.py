"""The demo's parts: its story, its people, and what it checks at the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.cli.demo.expectations import Evaluation, Finding
from fleet.cli.demo.people import PATIENCE, Dispatcher, Operator, chosen
from fleet.cli.demo.scenario import Answer, Scenario, load_scenario
from fleet.cli.demo.stage import KEPT_RUNS, new_run_directory
from fleet.cli.http import FleetClient
from fleet.deployment.fields import FileError
from fleet.deployment.load import load_deployment
from fleet.deployment.rundir import RunLock
from fleet.model.escalation import Cause
from fleet.model.site import PlaceKind
from fleet.model.skills import check_parameters
from fleet.supervisor.state import FleetState

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(ROOT / "scenarios" / "demo.yaml")


def escalation(**changes: Any) -> dict[str, Any]:
    options = [
        {"option_id": "a", "label": "same", "possible": True, "action": {"do": "requeue"}},
        {"option_id": "b", "label": "other", "possible": True, "action": {"do": "requeue", "exclude": "r1"}},
        {"option_id": "c", "label": "end", "possible": True, "action": {"do": "cancel"}},
    ]
    return {
        "escalation_id": "E1",
        "dedup_key": "k",
        "cause": "claim_contradicted",
        "question": "?",
        "shown_digest": "d" * 64,
        "evidence": [{"kind": "claim"}, {"kind": "observation"}],
        "options": options,
    } | changes


ANSWER = Answer(
    cause=Cause.CLAIM_CONTRADICTED,
    choose={"do": "requeue", "exclude": "*"},
    reason="seen",
    needs_evidence=("claim", "observation"),
)


# ---- the story ----------------------------------------------------------------------------------------------


def test_the_story_is_twenty_tasks_in_four_missions(scenario: Scenario) -> None:
    tasks = [t for a in scenario.arrivals for t in a.mission["tasks"]]
    assert len(scenario.arrivals) == 4
    assert len({t["task_id"] for t in tasks}) == 20
    assert {t["skill"] for t in tasks} == {"carry", "inspect", "hand_over", "dock"}
    assert all(t["deadline_in_s"] > 0 for t in tasks)
    assert any(t.get("depends_on") for t in tasks)
    assert len({a.at_s for a in scenario.arrivals}) == 4


def test_every_task_of_the_story_names_what_the_site_has(scenario: Scenario) -> None:
    from fleet.cli.site import map_of

    plan = load_deployment(ROOT / "deployments" / "demo.yaml")
    site, robots = map_of(plan), {r.id for r in plan.robots()}
    goals = []
    for task in (t for a in scenario.arrivals for t in a.mission["tasks"]):
        parameters = task.get("parameters", {})
        check_parameters(task["skill"], parameters)
        wanted = parameters.get("object")
        assert not isinstance(wanted, str) or wanted in site.objects
        assert parameters.get("person", next(iter(site.people))) in site.people
        assert parameters.get("target", next(iter(site.zones))) in {*site.zones, *site.places}
        assert task.get("robot_id", next(iter(robots))) in robots
        if task["skill"] == "carry":
            assert site.places[parameters["to"]].kind is PlaceKind.SLOT
            goals.append(parameters["to"])
    assert len(goals) == len(set(goals))


def test_the_ambiguous_instruction_fits_two_boxes_that_nobody_else_wants(scenario: Scenario) -> None:
    from fleet.cli.site import map_of

    site = map_of(load_deployment(ROOT / "deployments" / "demo.yaml"))
    tasks = [t for a in scenario.arrivals for t in a.mission["tasks"]]
    said = next(t["parameters"]["object"] for t in tasks if t["task_id"] == "dressings")
    fits = {o.object_id for o in site.objects.values() if said.items() <= {**o.attributes, "kind": o.kind}.items()}
    assert fits == {"blue_1", "blue_2"}
    assert fits.isdisjoint(str(t.get("parameters", {}).get("object")) for t in tasks)


def test_only_three_robots_can_carry_the_heavy_boxes(scenario: Scenario) -> None:
    from fleet.cli.world import world_parts
    from sim_worlds.profiles import load_model

    parts = world_parts(load_deployment(ROOT / "deployments" / "demo.yaml"))
    heavy = [b.record for b in parts.site.boxes.values() if b.record.mass_kg > 10]
    able = [r.robot_id for r in parts.robots if load_model(r.model)["payload_kg"] >= max(o.mass_kg for o in heavy)]
    assert len(heavy) == len(able) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("within_s: 900", "within_s: soon", "line 6: within_s: got 'soon'"),
        (
            "cause: robot_fallen\n      choose",
            "cause: robot_tired\n      choose",
            "cause: got 'robot_tired', expected one of",
        ),
        ("mission_id: dock", "id: dock", "arrivals[3].mission: got 'no mission_id'"),
        (
            "cause: robot_silent, choose",
            "cause: robot_fallen, choose",
            "operator.answers[10].cause: got 'robot_fallen'",
        ),
    ],
)
def test_a_bad_scenario_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (ROOT / "scenarios" / "demo.yaml").read_text()
    assert old in text
    (tmp_path / "s.yaml").write_text(text.replace(old, new))
    with pytest.raises(FileError) as caught:
        load_scenario(tmp_path / "s.yaml")
    assert said in str(caught.value)


# ---- the people ---------------------------------------------------------------------------------------------


def test_an_option_is_chosen_by_what_it_does() -> None:
    option = chosen(escalation(), ANSWER)
    assert option is not None
    assert option["option_id"] == "b"


def test_without_the_evidence_it_needs_there_is_no_answer() -> None:
    assert chosen(escalation(evidence=[{"kind": "claim"}]), ANSWER) is None


def test_what_is_not_possible_is_not_chosen() -> None:
    options = [{**o, "possible": o["option_id"] != "b"} for o in escalation()["options"]]
    assert chosen(escalation(options=options), ANSWER) is None


def test_the_operator_answers_once_it_was_read_and_with_what_was_shown(scenario: Scenario) -> None:
    sent: list[httpx.Request] = []
    operator = _operator(scenario, sent, [escalation()])
    operator.step(10.0)
    assert not sent
    operator.step(10.0 + scenario.operator.answer_after_s)
    assert [r.url.path for r in sent] == ["/v1/escalations/E1/decision"]
    assert b'"option_id":"b"' in sent[0].content.replace(b" ", b"")
    assert b"d" * 64 in sent[0].content


def test_an_answer_to_what_has_changed_is_given_up_and_looked_at_again(scenario: Scenario) -> None:
    sent: list[httpx.Request] = []
    operator = _operator(scenario, sent, [escalation()], status=409, body={"code": "stale", "detail": "changed"})
    operator.step(0.0)
    operator.step(10.0)
    operator.step(11.0)
    assert len(sent) == 2
    assert not operator.answered


def test_who_was_asked_too_often_ends_the_task(scenario: Scenario) -> None:
    sent: list[httpx.Request] = []
    operator = _operator(scenario, sent, [escalation()])
    for i in range(PATIENCE + 1):
        operator.step(100.0 * (i + 1))
    operator.step(100.0 * (PATIENCE + 2))
    assert b'"option_id":"c"' in sent[-1].content.replace(b" ", b"")


def test_missions_are_submitted_when_their_time_has_come_with_a_key_of_their_own(scenario: Scenario) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(201, json={})

    client = FleetClient("http://x", "t", transport=httpx.MockTransport(answer))
    dispatcher = Dispatcher(client, scenario.arrivals, lambda text: None)
    dispatcher.step(100.0)
    assert [r.headers["Idempotency-Key"] for r in sent] == ["demo-deliver"]
    dispatcher.step(100.0 + scenario.arrivals[1].at_s)
    assert len(sent) == 2
    dispatcher.step(1000.0)
    assert dispatcher.done


def _operator(
    scenario: Scenario,
    sent: list[httpx.Request],
    found: list[dict[str, Any]],
    status: int = 200,
    body: dict[str, Any] | None = None,
) -> Operator:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"items": found, "next": None})
        sent.append(request)
        return httpx.Response(status, json=body or {})

    client = FleetClient("http://x", "t", transport=httpx.MockTransport(answer))
    return Operator(client, scenario.operator, lambda text: None)


# ---- the check at the end -----------------------------------------------------------------------------------


def test_an_empty_run_keeps_nothing_that_had_to_happen(scenario: Scenario) -> None:
    findings = {f.what: f for f in Evaluation(scenario, FleetState(), []).findings()}
    # Two are kept by nothing having happened: they speak of what must not be.
    assert sorted(what for what, f in findings.items() if f.kept) == [
        "every mission is done",
        "every task is done",
        "g1_2: nothing was assigned to it after its fall",
        "no question was left to its safe default",
        "no task counts as done on a robot's word alone",
    ]
    assert not findings["20 tasks ended"].kept


def test_an_expectation_that_is_not_given_is_not_checked(scenario: Scenario) -> None:
    expect = replace(scenario.expect, questions=(), grounded=None, false_claim=None, fallen=None, silent=None)
    findings = Evaluation(replace(scenario, expect=expect), FleetState(), []).findings()
    assert all(isinstance(f, Finding) for f in findings)
    assert not [f for f in findings if "g1_2" in f.what or "iron_1" in f.what]


# ---- run directories ----------------------------------------------------------------------------------------


def test_every_demo_gets_a_directory_of_its_own_and_old_ones_go(tmp_path: Path) -> None:
    made = [new_run_directory(tmp_path) for _ in range(KEPT_RUNS + 2)]
    assert made[0].name == "run-0001"
    assert len(set(made)) == len(made)
    assert len(list(tmp_path.iterdir())) == KEPT_RUNS


def test_a_directory_that_is_in_use_stays(tmp_path: Path) -> None:
    first = new_run_directory(tmp_path)
    with RunLock(first / "fleet.lock"):
        for _ in range(KEPT_RUNS + 2):
            new_run_directory(tmp_path)
        assert first.is_dir()
