"""Ways of robots, lanes and what is closed, on the floor plan and in words beside it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SAID: dict[str, Any] = {
    "routes": {"h01": [[4.5, 8.0], [8.0, 8.0], [12.0, 8.0]], "h02": [[12.0, 3.0]]},
    "released": {"h01": 1, "h02": 0},
    "waits": {"h02": "h01"},
    "reservations": [
        {"resource": "corridor", "robot_id": "h01", "order": 0, "since_s": 1.0},
        {"resource": "corridor", "robot_id": "h02", "order": 1, "since_s": 1.0},
    ],
    "closed": ["lab"],
    "notes": [
        {"key": "k", "kind": "no_way", "robots": ["h02"], "because": "the lab is shut", "since_s": 1.0, "at": None}
    ],
}


def test_ways_are_drawn_as_walked_given_and_planned_and_said_in_words(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="floor")
    page.wait_for_selector(".fc-traffic:has-text('No supervisor has told of traffic yet')")
    stage.act("robot", robot_id="h01", at=[2.0, 8.0, 0.0])
    stage.act("traffic", **SAID)
    page.wait_for_selector('[data-robot="h01"][style*="translate(2px, -8px)"]')
    stage.act("robot", robot_id="h01", at=[3.0, 8.0, 0.0])
    way = page.locator('[data-way="h01"]')
    page.wait_for_selector('[data-way="h01"] .fp-given[points="3,-8 4.5,-8"]', state="attached")
    assert way.locator(".fp-planned").get_attribute("points") == "4.5,-8 8,-8 12,-8"
    assert way.locator(".fp-walked").get_attribute("points").startswith("2,-8 3,-8")
    assert page.locator('[data-way="h02"].waits .fp-given').count() == 0
    assert page.locator('[data-lane="corridor"]').count() == 1
    assert page.locator('polygon[data-closed="lab"]').count() == 1
    page.click(".fc-traffic summary:has-text('2 led, 1 of them waiting, 1 closed')")
    said = page.inner_text(".fc-traffic")
    for words in ("the lab is shut", "waits for h01", "7.5 m", "corridor: h01, then h02", "lab is closed"):
        assert words in said
    stage.act("traffic", age_s=9.0, **SAID)
    page.wait_for_selector(".fc-traffic summary:has-text('told 9.0 s ago')")
    stage.act("traffic", enabled=False)
    page.wait_for_selector(".fc-traffic:has-text('each robot finds its own way')")
    assert page.locator("[data-way]").count() == 0


def test_a_zone_is_closed_for_a_while_with_a_reason_and_opened_again(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page, onlooker = logged_in("Maria", view="floor"), logged_in("Noor", "viewer", view="floor")
    page.click("text=Close a way to robots…")
    sure = page.locator("button:has-text('Close to robots')")
    page.select_option("[aria-label='What to close']", "corridor")
    assert sure.is_disabled(), "a reason is needed"
    page.fill("[aria-label='Reason for closing']", "the floor is wet")
    page.fill("[aria-label='Minutes']", "15")
    sure.click()
    page.wait_for_selector("[data-closure='corridor']:has-text('the floor is wet'):has-text('in 1')")
    told = page.inner_text("[data-closure='corridor']")
    assert "in 15 min" in told or "in 14 min" in told
    page.wait_for_selector("polygon[data-closed='corridor']", state="attached")
    closure = stage.act("state", part="closures")["corridor"]
    assert closure["by"].startswith("Maria") and 890 < closure["until_s"] - closure["since_s"] <= 900
    onlooker.wait_for_selector("[data-closure='corridor']")
    assert onlooker.locator("text=Open…").count() == onlooker.locator("text=Close a way").count() == 0
    page.click("text=Close a way to robots…")
    assert page.locator("option[value='corridor']").count() == 0, "it is closed already"
    page.click(".fc-closing >> text=Cancel")
    page.click("[data-closure='corridor'] >> text=Open…")
    page.fill("[aria-label='Why it is open again']", "dry")
    page.click("text=Open to robots")
    page.wait_for_selector("[data-closure='corridor']", state="detached")
    assert stage.act("state", part="closures") == {}


def test_what_somebody_else_closed_meanwhile_is_refused_with_their_reason(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="floor")
    page.click("text=Close a way to robots…")
    page.select_option("[aria-label='What to close']", "lab")
    page.fill("[aria-label='Reason for closing']", "spilt")
    page.route("**/v1/closures", lambda route: (stage.act("close", what="lab", reason="painted"), route.fallback()))
    page.click("button:has-text('Close to robots')")
    page.wait_for_selector(".fc-refused:has-text('lab is closed already (Stage: painted); open it first')")
    page.wait_for_selector("[data-closure='lab']:has-text('until it is opened')")
    assert page.input_value("[aria-label='Reason for closing']") == "spilt", "nothing typed is lost"
    page.unroute("**/v1/closures")
    page.click("[data-closure='lab'] >> text=Open…")
    page.fill("[aria-label='Why it is open again']", "the paint is dry")
    page.click("text=Open to robots")
    page.wait_for_selector("[data-closure='lab']", state="detached")
