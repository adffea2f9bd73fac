"""Dead letters are seen where people look: in the health of the API."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.requests import Role
from fleet.webhooks.outbox import Outbox
from tests.api.hall import Hall


def test_a_fleet_without_webhooks_says_so(own_hall: Hall):
    assert own_hall.client("Vic", Role.VIEWER).get("/v1/webhooks").json() == {"items": []}
    assert own_hall.stranger().get("/v1/webhooks").status_code == 401


def test_dead_letters_are_listed_and_do_not_stop_the_work(own_hall: Hall):
    path = own_hall.folder / "webhooks.sqlite"
    outbox = Outbox(path)
    outbox.start_at("pager", 3)
    with outbox.writing() as db:
        body = '{"key": "G1", "action": "trigger"}'
        db.execute("INSERT INTO waiting (hook, seq, body, put_at_s, next_at_s) VALUES ('pager', 3, ?, 0, 0)", (body,))
    letter = outbox.next_letter("pager", 1.0)
    assert letter is not None
    outbox.bury(letter, 2.0, "status 400: no such key")
    outbox.close()
    context = own_hall.app.state.api
    context.settings = replace(context.settings, webhooks_path=path)
    ready = own_hall.stranger().get("/readyz")
    assert (ready.status_code, ready.json()["webhooks"]) == (200, "webhook pager: 1 dead letters")
    (hook,) = own_hall.client("Vic", Role.VIEWER).get("/v1/webhooks").json()["items"]
    assert hook["dead"] == 1
    assert hook["dead_letters"][0]["error"] == "status 400: no such key"
