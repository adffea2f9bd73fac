"""Looking afterwards at what the fleet decided by itself, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def stage() -> Iterator[StageProcess]:
    process = StageProcess("--audit", "1.0")
    yield process
    process.close()


def test_what_the_fleet_decided_is_looked_at_and_put_on_record(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    task = {"task_id": "wait-1", "skill": "wait", "parameters": {"seconds": 1}, "why": "to see who is chosen"}
    stage.act("mission", mission_id="M", title="Wait", tasks=[task])
    page = logged_in("Ana Ruiz", view="decisions")
    page.wait_for_selector("[data-review]:has-text('which robot')", timeout=20000)
    card = page.locator("[data-review]:has-text('which robot')").first
    ruling = card.get_attribute("data-review")
    assert "It took" in card.inner_text()
    card.locator("text=Wrong").click()
    assert card.locator("form button[type=submit]").is_disabled()  # without a reason nothing goes on record
    card.locator("form input").fill("h01 was nearer, and free")
    card.locator("form button[type=submit]").click()
    page.wait_for_selector(f"[data-review='{ruling}']", state="detached")
    found = page.evaluate(f"fetch('/v1/reviews/{ruling}').then((answer) => answer.json())")
    name = page.inner_text(".fc-name")
    assert (found["verdict"], found["by"], found["reason"]) == ("wrong", name, "h01 was nearer, and free")


def test_who_may_only_look_sees_them_and_has_no_buttons(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    task = {"task_id": "wait-2", "skill": "wait", "parameters": {"seconds": 1}, "why": "to see who is chosen"}
    stage.act("mission", mission_id="M2", title="Wait", tasks=[task])
    page = logged_in("Vera", role="viewer", view="decisions")
    page.wait_for_selector("[data-review]")
    assert page.locator("[data-review] button").count() == 0
