"""Telling the fleet in plain words, in a real browser over the real supervisor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NASTY = "<img src=x onerror='window.hacked=1'>{{ 6*7 }}"


def test_what_would_be_understood_is_shown_before_and_what_became_of_it_after(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="tasks")
    page.fill('[name="tell"]', "take the blue box to table 1; why: the nurse is waiting")
    page.wait_for_selector('.fc-tell-seen li:has-text("carry blue_2 to table_1")')
    assert "a person will be asked" in page.inner_text(".fc-tell-seen")
    page.click(".fc-tell .fc-go")
    page.wait_for_selector('.fc-tell-seen:has-text("Nothing moves before it is answered")')
    page.click(".fc-tell-seen a")
    page.wait_for_selector('.fc-card h1:has-text("Which object is meant?")')
    assert "blue_1: blue, small, dressings, at shelf_a2" in page.inner_text(".fc-options")


def test_what_is_not_there_is_struck_out_and_nonsense_cannot_be_sent(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="tasks")
    page.fill('[name="tell"]', "take the black box to station 1")
    page.wait_for_selector(".fc-tell-struck s")
    assert "not black" in page.inner_text(".fc-tell-struck")
    page.fill('[name="tell"]', f"make coffee {NASTY}")
    page.wait_for_selector('.fc-tell-seen:has-text("Not understood")')
    page.fill('[name="tell-why"]', NASTY)
    assert page.is_disabled(".fc-tell .fc-go")
    assert page.evaluate("window.hacked") is None


def test_who_only_looks_has_no_field(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Vic", role="viewer", view="tasks")
    page.wait_for_selector(".fc-tasks")
    assert page.locator(".fc-tell").count() == 0
