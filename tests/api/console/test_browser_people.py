"""How people decide, in a real browser: first without a recommendation, then told to themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess
from tests.api.console.test_browser_questions import blue_task, decide, read

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def stage() -> Iterator[StageProcess]:
    process = StageProcess("--blind", "1.0")
    yield process
    process.close()


def test_a_drawn_question_is_chosen_blind_then_decided_and_made_a_standing_order(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Ana Ruiz")
    stage.act("mission", mission_id="M", title="Dressings", tasks=[blue_task("blue", "station_1", why="bed 1")])
    question = stage.question("ambiguous_instruction")
    card = read(page, question)
    assert "kept back until you have said" in card.inner_text()
    assert "27 s" not in card.locator(".fc-figures").first.inner_text()
    page.locator(".fc-options th label").first.click()
    page.wait_for_selector(".fc-decide .fc-go:has-text('I would choose')")
    decide(page).click()
    page.wait_for_selector(".fc-blind:has-text('You said first')")
    assert "kept back" not in card.inner_text()
    assert page.locator(".fc-options input:checked").count() == 0  # what was said first is no answer yet
    page.locator(".fc-options th label").first.click()
    page.fill(".fc-decide textarea", "bed 1 is changed at ten")
    decide(page).click()
    page.wait_for_selector(".fc-decided:has-text('Ana Ruiz')")
    page.click("text=Always do this")
    page.fill(".fc-always-form input >> nth=0", "blue-boxes")
    page.fill(".fc-always-form input >> nth=3", "they are for the morning round")
    page.click(".fc-always-form .fc-go")
    page.wait_for_selector(".fc-always:has-text('is on record')")
    page.click(".fc-nav >> text=Decisions")
    page.wait_for_selector("[data-order='blue-boxes']:has-text('learning')")
    page.wait_for_selector(".fc-decisions:has-text('Said first, then changed')")
    page.click("text=Take it back…")
    page.fill(".fc-order form input", "not any more")
    page.click(".fc-order form button[type=submit]")
    page.wait_for_selector(".fc-decisions:has-text('1 more have ended')")
