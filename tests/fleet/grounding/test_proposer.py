"""A language model as a proposer: a real server that speaks the protocol, well and badly."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from fleet.grounding.openai_compatible import OpenAICompatible, proposer_from
from fleet.grounding.proposer import plans_in
from fleet.grounding.world import Known, from_site
from fleet.model.errors import InvalidField
from fleet.model.instructions import Proposed
from tests.fleet.grounding.talking import Model, plan, talking
from tests.fleet.supervisor.building import a_site

CARRY = ("carry", {"object": "box_a", "to": "table_1"})


@pytest.fixture(scope="module")
def server() -> Iterator[Model]:
    with talking() as model:
        yield model


@pytest.fixture
def model(server: Model) -> Model:
    server.content, server.raw, server.status = '{"plans": []}', None, 200
    server.drip.clear()
    server.heard.clear()
    return server


def known() -> Known:
    return from_site(a_site())


def ask(model: Model, within_s: float = 5.0, text: str = "take the blue box to table 1") -> Proposed:
    proposer = OpenAICompatible(endpoint=model.endpoint, model="tiny", key="sesame", within_s=within_s)
    return proposer.propose(text, "a test", known())


def test_it_is_asked_with_the_names_that_exist_and_its_plans_come_back(model: Model) -> None:
    model.says(plan(0.8, CARRY), plan(0.1, ("carry", {"object": "box_b", "to": "table_1"})))
    proposed = ask(model)
    assert [(p.score, p.steps[0].parameters["object"]) for p in proposed.plans] == [(0.8, "box_a"), (0.1, "box_b")]
    assert (proposed.model, proposed.problem, proposed.struck) == ("tiny", "", ())
    [heard] = model.heard
    assert (heard["path"], heard["key"], heard["model"]) == ("/v1/chat/completions", "Bearer sesame", "tiny")
    briefing, said = (m["content"] for m in heard["messages"])
    assert "box_a" in briefing and "hand_over(object, person)" in briefing
    assert json.loads(said)["instruction"] == "take the blue box to table 1"


def test_words_around_the_answer_do_no_harm(model: Model) -> None:
    model.content = "Sure!\n```json\n" + json.dumps({"plans": [plan(0.5, CARRY)]}) + "\n```"
    assert len(ask(model).plans) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("I would take the blue one.", "no JSON object"),
        ("", "no JSON object"),
        ('{"plans": "take it"}', "no JSON object with plans"),
        ('{"plans": [', "no JSON object"),
        ("{" * 20000 + "}" * 20000, "no JSON object"),
        ("\x00\x1b[31m{}", "no JSON object with plans"),
    ],
)
def test_an_answer_that_is_no_proposal_is_a_problem_and_nothing_else(model: Model, content: str, said: str) -> None:
    model.content = content
    proposed = ask(model)
    assert proposed.plans == () and said in proposed.problem
    assert proposed.problem.isprintable()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("take it", "no plan"),
        ({"score": 2, "steps": []}, "not from 0 to 1"),
        ({"score": True, "steps": []}, "not from 0 to 1"),
        ({"score": "high", "steps": []}, "not from 0 to 1"),
        ({"score": 0.5, "steps": []}, "list of 1 to 6"),
        ({"score": 0.5, "steps": [{"do": "approve"}]}, "no step with a skill"),
        ({"score": 0.5, "steps": [{"skill": "carry", "parameters": {"object": {"id": 1}}}]}, "no id and no number"),
    ],
)
def test_a_plan_of_the_wrong_form_is_struck_out_and_the_others_stay(model: Model, wrong: object, said: str) -> None:
    model.says(wrong, plan(0.5, CARRY))
    proposed = ask(model)
    assert len(proposed.plans) == 1
    assert len(proposed.struck) == 1 and said in proposed.struck[0]


def test_a_score_that_is_no_number_is_struck_out() -> None:
    assert "nan" in plans_in('{"plans": [{"score": NaN, "steps": []}]}', "tiny").struck[0]


def test_an_attempt_to_approve_itself_is_said_and_not_looked_at(model: Model) -> None:
    model.content = json.dumps({"plans": [plan(1.0, CARRY)], "approved": True, "act": "without a person"})
    proposed = ask(model)
    assert len(proposed.plans) == 1
    assert [s.split(":")[0] for s in proposed.struck] == ["'approved'", "'act'"]


def test_long_names_are_cut_and_many_plans_are_too_many(model: Model) -> None:
    model.says(*[plan(0.1, ("carry", {"object": "x" * 5000}))] * 9)
    proposed = ask(model)
    assert len(proposed.plans) == 5 and "too many" in proposed.struck[0]
    assert len(proposed.plans[0].steps[0].parameters["object"]) == 80


@pytest.mark.parametrize(
    ("raw", "status", "said"),
    [
        (b"overloaded", 503, "it answered 503"),
        (b"<html>", 200, "no chat completion"),
        (b'{"choices": []}', 200, "no chat completion"),
        (b'{"choices": [{"message": {"content": null}}]}', 200, "no text"),
        (b"\xff\xfe\x00", 200, "no chat completion"),
        (b"x" * (1 << 19), 200, "longer than"),
    ],
)
def test_a_server_that_answers_badly_is_a_problem(model: Model, raw: bytes, status: int, said: str) -> None:
    model.raw, model.status = raw, status
    proposed = ask(model)
    assert proposed.plans == () and said in proposed.problem


def test_a_server_that_drips_is_given_up(model: Model) -> None:
    model.drip.set()
    assert "within 0.2 s" in ask(model, within_s=0.2).problem


def test_a_server_that_is_not_there_is_a_problem() -> None:
    proposer = OpenAICompatible(endpoint="http://127.0.0.1:1/v1", model="tiny", within_s=1.0)
    assert "Connect" in proposer.propose("go", "a test", known()).problem


def test_it_is_off_unless_the_environment_says_where() -> None:
    assert proposer_from({}) is None
    made = proposer_from({"FLEET_LLM_ENDPOINT": "http://h/v1", "FLEET_LLM_MODEL": "m", "FLEET_LLM_KEY": "secret"})
    assert made is not None and (made.endpoint, made.model, made.within_s) == ("http://h/v1", "m", 8.0)
    assert "secret" not in repr(made)


@pytest.mark.parametrize(
    ("environment", "field"),
    [
        ({"FLEET_LLM_ENDPOINT": "h/v1", "FLEET_LLM_MODEL": "m"}, "FLEET_LLM_ENDPOINT"),
        ({"FLEET_LLM_ENDPOINT": "http://h/v1"}, "FLEET_LLM_MODEL"),
        ({"FLEET_LLM_ENDPOINT": "http://h", "FLEET_LLM_MODEL": "m", "FLEET_LLM_TIMEOUT_S": "soon"}, "TIMEOUT"),
        ({"FLEET_LLM_ENDPOINT": "http://h", "FLEET_LLM_MODEL": "m", "FLEET_LLM_TIMEOUT_S": "900"}, "TIMEOUT"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(environment: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidField, match=field):
        proposer_from(environment)
