"""The accountable record in the browser: what a decision left there, its proof, and answers signed by one's own key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def answered(stage: StageProcess, page: Any, number: int) -> str:
    """A question, answered on the page; its id."""
    before = tuple(stage.act("state", part="escalations"))
    task = {
        "task_id": f"blue-{number}",
        "skill": "carry",
        "parameters": {"object": {"colour": "blue"}, "to": f"table_{number}"},
        "why": "bed 1 is changed at ten",
    }
    stage.act("mission", mission_id=f"M-{number}", title="Dressings", tasks=[task])
    question = stage.question("ambiguous_instruction", not_in=before)
    page.click(f'[data-question="{question}"]')
    page.wait_for_selector(f".fc-card-top:has-text('{question}')")
    page.click('[data-option="cancel"]')
    page.fill(".fc-decide textarea", "not today")
    page.locator(".fc-decide .fc-go").click()
    page.wait_for_selector(".fc-decided")
    return str(question)


def record(page: Any) -> str:
    """What the record says of the decision that is shown, once it is there and its proof was checked."""
    page.click(".fc-record button")
    for _ in range(40):
        page.wait_for_selector(".fc-record dl, .fc-record p")
        if page.locator(".fc-record dl").count():
            break
        page.wait_for_timeout(250)
        page.click(".fc-record button")
    page.wait_for_selector(".fc-record dd:has-text('checked')")
    return str(page.inner_text(".fc-record"))


def test_a_decision_shows_its_entry_with_the_proof_and_one_can_sign_with_a_key_of_ones_own(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria")
    name = page.inner_text(".fc-name")
    answered(stage, page, 1)
    said = record(page)
    assert f"{name} (operator): answered it" in said
    assert "holds, checked in this browser" in said
    assert "none of the person" in said
    with page.expect_download() as download:
        page.click(".fc-record a")
    assert download.value.suggested_filename == "audit-bundle.json"

    before = tuple(stage.act("state", part="escalations"))
    task = {"task_id": "blue-x", "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "table_2"}}
    stage.act("mission", mission_id="M-x", title="Dressings", tasks=[task])
    question = stage.question("ambiguous_instruction", not_in=before)
    page.click(f'[data-question="{question}"]')
    page.click("text=Sign my answers with a key")
    page.click("text=Make my key")
    page.wait_for_selector("text=is signed with this browser")
    page.click('[data-option="cancel"]')
    page.fill(".fc-decide textarea", "signed with \u00fcmlauts and \U0001f916")
    page.locator(".fc-decide .fc-go").click()
    page.wait_for_selector(".fc-decided")
    said = record(page)
    assert "own key" in said
    assert "holds, checked in this browser" in said
