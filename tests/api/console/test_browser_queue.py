"""The queue in the inbox: tiers, putting aside, handing on, maintenance; in a real browser over the real supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def asked(stage: StageProcess) -> Iterator[str]:
    """A question: which of two blue boxes is meant? The task is cancelled at the end."""
    number = len(stage.act("state")) + 1
    task = {"task_id": f"q-{number}", "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "table_1"}}
    before = tuple(stage.act("state", part="escalations"))
    stage.act("mission", mission_id=f"MQ-{number}", title="Dressings", tasks=[task])
    found = stage.question("ambiguous_instruction", not_in=before)
    yield found
    stage.act("cancel", task_id=f"q-{number}")
    stage.until(lambda: stage.act("state")[f"q-{number}"]["state"] == "cancelled", "the task to end")


def test_the_card_says_who_was_told_and_who_is_next(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    page.click(f'[data-question="{asked}"]')
    page.wait_for_selector(".fc-place")
    text = page.locator(".fc-place").inner_text()
    assert "everybody in the role operator" in text
    assert "told T+" in text
    assert "not told yet" in text
    assert "Next: who answers for the shift in" in text
    assert page.locator(".fc-switch button.on").first.inner_text() == "cost of waiting"


def test_a_question_is_put_aside_and_fetched_back(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    page.click(f'[data-question="{asked}"]')
    page.click("text=Put aside…")
    page.select_option(".fc-place-form select", "5")
    page.fill(".fc-place-form input", "after the round")
    page.click(".fc-place-form button")
    page.wait_for_selector(f'.fc-item.aside[data-question="{asked}"]')
    assert "“after the round”" in page.locator(".fc-place").inner_text()
    page.click("text=Fetch it back")
    page.wait_for_selector(f'.fc-item:not(.aside)[data-question="{asked}"]')


def test_handing_on_to_nobody_is_refused_in_words(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    page.click(f'[data-question="{asked}"]')
    page.click("text=Hand on…")
    page.fill('[aria-label="To whom"]', "Nobody Here")
    page.fill('.fc-place-form [aria-label="Reason"]', "she knows")
    page.click(".fc-place-form button")
    page.wait_for_selector(".fc-place .fc-refused")
    assert "an operator or admin who may log in" in page.locator(".fc-place .fc-refused").inner_text()


def test_a_viewer_sees_the_tiers_and_no_buttons(logged_in: Callable[..., Any], asked: str) -> None:
    page = logged_in("Vic", role="viewer")
    page.click(f'[data-question="{asked}"]')
    page.wait_for_selector(".fc-tiers")
    assert page.locator("text=Put aside…").count() == 0
