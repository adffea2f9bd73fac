"""Standing orders over HTTP: made by people, from answers, with an end, and seen by everybody."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall, until
from tests.api.test_api_escalations import answer_to, ask

ORDER: dict[str, Any] = {
    "order_id": "blue",
    "reason": "blue boxes are kept for the night",
    "expires_in_s": 3600,
    "decision_class": "which_described_object",
    "option_id": "cancel",
}


def make(client: httpx.Client, key: str, **changes: Any) -> httpx.Response:
    body = {k: v for k, v in {**ORDER, **changes}.items() if v is not None}
    return client.post("/v1/orders", json=body, headers={"Idempotency-Key": key})


def test_a_person_makes_an_order_from_an_answer_and_takes_it_back(own_hall: Hall):
    ana, ben = own_hall.client("Ana"), own_hall.client("Ben")
    question = ask(own_hall, ana)
    done = ana.post(f"/v1/escalations/{question['escalation_id']}/decision", json=answer_to(question, "cancel"))
    assert done.status_code == 200, done.text
    answer = make(ana, "o1", from_escalation=question["escalation_id"], decision_class=None, option_id=None)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == "/v1/orders/blue"
    order = answer.json()["order"]
    assert (order["owner"], order["option_id"], order["state"]) == ("Ana", "cancel", "learning")
    assert (order["agreed"], order["asked"], order["needed"]) == (1, 1, 0.9)
    assert ben.get("/v1/orders").json()["items"] == [order]
    assert ben.post("/v1/orders/blue/revoke", json={"reason": "no"}).status_code == 403
    back = ana.post("/v1/orders/blue/revoke", json={"reason": "not any more"})
    assert back.json()["order"]["state"] == "revoked"
    assert "Ana: not any more" in back.json()["order"]["because"]


def test_who_is_shut_out_has_no_orders_left(own_hall: Hall):
    ana, root = own_hall.client("Ana"), own_hall.client("Root", Role.ADMIN)
    assert make(ana, "o1").status_code == 201
    assert root.patch("/v1/users/Ana", json={"disabled": True}).status_code == 200
    state = until(lambda: root.get("/v1/orders/blue").json()["state"] == "revoked", "it is revoked")
    assert state
    assert "shut out, says Root" in root.get("/v1/orders/blue").json()["because"]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"expires_in_s": None}, 422, "every order ends"),
        ({"expires_at_s": 5000.0}, 422, "either expires_in_s or expires_at_s"),
        ({"expires_in_s": 1}, 422, "greater than or equal to 60"),
        ({"expires_in_s": 1e9}, 422, "less than or equal to 7776000"),
        ({"epsilon": 0.9}, 422, "epsilon"),
        ({"order_id": "a b"}, 422, "order_id"),
        ({"reason": " "}, 422, "reason"),
        ({"when": "fragil"}, 422, "one of: fragile"),
        ({"decision_class": "which_objct"}, 422, "no decision class 'which_objct'"),
        ({"decision_class": "after_a_fall"}, 403, "reserved for people, each time anew"),
        ({"zones": ["attic"]}, 422, "there is no 'attic'; known:"),
        ({"from_escalation": "E99"}, 404, "no escalation named 'E99'"),
        ({"owner": "Ben"}, 422, "no such field here"),
    ],
)
def test_an_order_that_cannot_be_is_a_problem_with_its_field(hall: Hall, ana, changes, status, says):
    answer = make(ana, f"bad-{sorted(changes)}-{says[:20]}".replace(" ", "").replace("'", ""), **changes)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_only_operators_and_admins_decide_in_advance(hall: Hall, vic):
    assert make(vic, "v1").status_code == 403
    assert vic.get("/v1/orders").status_code == 200
    assert hall.stranger().get("/v1/orders").status_code == 401


def test_an_order_that_is_not_there_is_named(hall: Hall, ana):
    assert ana.get("/v1/orders/nothing").status_code == 404
    assert ana.post("/v1/orders/nothing/revoke", json={"reason": "x"}).status_code == 404
