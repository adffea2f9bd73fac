"""Questions are answered once, from the options, for what was shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.hall import Hall, carry, until

AMBIGUOUS = carry(parameters={"object": {"colour": "blue"}, "to": "table_1"})


def ask(hall: Hall, client: httpx.Client, key: str = "ask") -> dict[str, Any]:
    """Have a question raised: an instruction that fits two boxes."""
    assert client.post("/v1/tasks", json=AMBIGUOUS, headers={"Idempotency-Key": key}).status_code == 201
    return until(lambda: open_questions(client), "the question is raised")[0]


def open_questions(client: httpx.Client) -> list[dict[str, Any]]:
    return client.get("/v1/escalations", params={"open": "true"}).json()["items"]


def answer_to(question: dict[str, Any], option: str | None = None, **more: Any) -> dict[str, Any]:
    chosen = option or next(o["option_id"] for o in question["options"] if "box_b" in o["label"] + o["option_id"])
    return {"option_id": chosen, "reason": "I can see it", "shown_digest": question["shown_digest"], **more}


def test_a_question_comes_with_all_that_is_needed_to_answer_it(own_hall: Hall):
    question = ask(own_hall, own_hall.client())
    assert question["cause"] == "ambiguous_instruction"
    assert question["open"]
    assert question["unknowns"]
    assert len(question["options"]) >= 3
    assert all("possible" in option and "predicted" in option for option in question["options"])
    assert question["safe_default"] in [o["option_id"] for o in question["options"]]
    assert question["deadline_s"] > question["raised_at_s"]
    assert question["evidence"]
    assert own_hall.client().get(f"/v1/escalations/{question['escalation_id']}").json() == question


def test_an_answer_is_on_record_under_the_persons_name_and_carried_out(own_hall: Hall):
    ana = own_hall.client("Ana Ruiz")
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}"
    answer = ana.post(f"{where}/decision", json=answer_to(question))
    assert answer.status_code == 200, answer.text
    decision = answer.json()["escalation"]["decision"]
    assert (decision["operator"], decision["role"], decision["reason"]) == ("Ana Ruiz", "operator", "I can see it")
    assert decision["shown_digest"] == question["shown_digest"]
    (task_id,) = question["task_ids"]
    assert ana.get(f"/v1/tasks/{task_id}").json()["grounded"]["object"] == "box_b"
    assert open_questions(ana) == []
    line = ana.get("/v1/report").json()["question_lines"][0]
    assert (line["operator"], line["reason"], line["how"]) == ("Ana Ruiz", "I can see it", "answered")


def test_a_second_answer_is_refused_but_the_same_call_again_is_not(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}/decision"
    key = {"Idempotency-Key": "my-answer"}
    assert ana.post(where, json=answer_to(question), headers=key).status_code == 200
    second = ben.post(where, json=answer_to(question))
    assert (second.status_code, second.json()["code"]) == (409, "already_answered")
    assert "Ana" in second.json()["detail"]
    again = ana.post(where, json=answer_to(question), headers=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")


def test_two_answers_at_once_the_first_counts(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}/decision"
    with own_hall.supervisor_away():
        first = ana.post(where, json=answer_to(question))
        second = ben.post(where, json=answer_to(question), headers={"Idempotency-Key": "b"})
        assert (first.status_code, second.status_code) == (202, 202)
    until(lambda: not open_questions(ana), "answered")
    again = ben.post(where, json=answer_to(question), headers={"Idempotency-Key": "b"})
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    decision = ana.get(f"/v1/escalations/{question['escalation_id']}").json()["decision"]
    assert decision["operator"] == "Ana"


def test_an_answer_to_something_else_than_was_shown_is_stale(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}/decision"
    answer = ana.post(where, json=answer_to(question, shown_digest="0" * 64))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert answer.json()["shown_digest"] == question["shown_digest"]


def test_an_answer_after_the_world_changed_is_stale(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    (task_id,) = question["task_ids"]
    assert ana.post(f"/v1/tasks/{task_id}/cancel", json={"reason": "not needed"}).status_code == 200
    until(lambda: not open_questions(ana), "it is no longer asked")
    answer = ana.post(f"/v1/escalations/{question['escalation_id']}/decision", json=answer_to(question))
    assert (answer.status_code, answer.json()["code"]) == (409, "stale"), answer.text


def test_only_the_options_can_be_chosen_and_only_with_a_reason(own_hall: Hall):
    ana = own_hall.client()
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}/decision"
    bad: list[tuple[dict[str, Any], str]] = [
        (answer_to(question, "power_off"), "option_id"),
        (answer_to(question, reason="  "), "reason"),
        (answer_to(question, shown_digest="abc"), "shown_digest"),
        (answer_to(question, edits={}), "edits"),
        ({"option_id": "x", "reason": "y"}, "shown_digest"),
    ]
    for body, field in bad:
        answer = ana.post(where, json=body)
        assert answer.status_code == 422, answer.text
        assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert ana.post("/v1/escalations/none/decision", json=answer_to(question)).status_code == 404
    assert open_questions(ana), "nothing of that answered it"


def test_an_option_that_is_not_possible_cannot_be_chosen(own_hall: Hall):
    """One of two boxes that fit is too heavy for every robot here."""
    ana = own_hall.client()
    own_hall.site.objects["crate"].attributes["colour"] = "blue"
    question = ask(own_hall, ana)
    struck = [o for o in question["options"] if not o["possible"]]
    assert struck, "the crate is shown, struck out"
    where = f"/v1/escalations/{question['escalation_id']}/decision"
    answer = ana.post(where, json=answer_to(question, struck[0]["option_id"]))
    assert answer.status_code == 422
    assert "not:" in answer.json()["errors"][0]["expected"]


def test_acknowledging_makes_it_somebodys(own_hall: Hall):
    ana, ben = own_hall.client(), own_hall.client("Ben")
    question = ask(own_hall, ana)
    where = f"/v1/escalations/{question['escalation_id']}"
    answer = ana.post(f"{where}/acknowledge")
    assert answer.status_code == 200
    assert answer.json()["escalation"]["acknowledged_by"] == "Ana"
    assert answer.json()["escalation"]["shown_digest"] == question["shown_digest"], "what is asked stays the same"
    other = ben.post(f"{where}/decision", json=answer_to(question))
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert ana.post(f"{where}/decision", json=answer_to(question)).status_code == 200
    late = ana.post(f"{where}/acknowledge")
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    assert ana.post("/v1/escalations/none/acknowledge").status_code == 404


def test_questions_can_be_filtered(own_hall: Hall):
    ana = own_hall.client()
    ask(own_hall, ana)

    def count(**filters: str) -> int:
        return len(ana.get("/v1/escalations", params=filters).json()["items"])

    assert count(cause="ambiguous_instruction") == 1
    assert count(cause="robot_fallen") == 0
    assert count(state="queued") == 1
    assert count(open="false") == 0


@pytest.mark.parametrize("filters", [{"state": "sleeping"}, {"cause": "boredom"}, {"open": "perhaps"}])
def test_a_filter_that_makes_no_sense_is_refused(ana: httpx.Client, filters: dict[str, str]):
    answer = ana.get("/v1/escalations", params=filters)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(next(iter(filters)))
