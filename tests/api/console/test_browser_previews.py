"""Option cards show what rollouts found, as it improves, and the answer says which of it was on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_round(runs: int, success: float, low: float, high: float) -> dict[str, dict[str, Any]]:
    frames = [[[3 + 0.4 * k, 4], [8 - 0.1 * k, 5.5], [3 + 0.4 * max(k - 6, 0), 4]] for k in range(20)]
    tried = {
        "basis": f"{runs} of {runs} rollouts of 120 s from the world as it was at 10.0 s",
        "runs": runs,
        "success": success,
        "success_low": low,
        "success_high": high,
        "duration_s": 64.0,
        "energy_wh": 3.2,
        "makes_late": ["linen-bed-3"],
        "closest_person_m": 0.4,
        "falls": 0.0,
        "problems": ["in 1 of 4 runs h01: holds because a person is in the way"],
        "replay": {
            "period_s": 3.0,
            "subjects": ["h01", "nurse", "blue_1"],
            "kinds": ["robot", "person", "box"],
            "frames": frames,
        },
    }
    silent = {"basis": "not known: cancel: depends on people, not on robots", "runs": runs, "falls": 0.0}
    return {"object:blue_1": tried, "cancel": silent}


@pytest.fixture
def asked(stage: StageProcess) -> Iterator[str]:
    """A question: which of two blue boxes is meant?"""
    before = tuple(stage.act("state", part="escalations"))
    task = {"task_id": "ahead", "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "lab_4"}}
    stage.act("mission", mission_id="M-ahead", title="Dressings", tasks=[task])
    yield stage.question("ambiguous_instruction", not_in=before)
    stage.act("cancel", task_id="ahead")


def test_cards_show_rounds_as_they_come_and_the_answer_names_the_one_that_was_seen(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    page.click(f'[data-question="{asked}"]')
    card = page.locator(".fc-card")
    assert card.locator(".fc-preview").count() == 0, "nothing is made up before anything was run"
    stage.act("previews", escalation_id=asked, previews=a_round(4, 0.75, 0.3, 0.95))
    page.wait_for_selector(".fc-preview")
    page.check('input[value="object:blue_1"]')
    stage.act("previews", escalation_id=asked, previews=a_round(8, 0.875, 0.53, 0.98))
    page.wait_for_selector(".fc-preview:has-text('88 %')")
    text = card.locator(".fc-expected").inner_text()
    for shown in (
        "between 53 % and 98 %",
        "1 min 04 s",
        "0.4 m",
        "linen-bed-3",
        "in 1 of 4 runs",
        "no rollout was run",
    ):
        assert shown in text, shown
    assert page.locator('input[value="object:blue_1"]').is_checked(), "a finer round takes no choice away"
    page.wait_for_selector(".fc-replay svg polyline >> nth=0", state="attached")
    page.click(".fc-replay button")
    page.wait_for_selector(".fc-replay:has-text('after')")
    page.fill(".fc-decide textarea", "it is nearer")
    page.wait_for_selector(".fc-decide .fc-go:enabled")
    page.press(".fc-decide .fc-go", "Enter")  # the replay moves what is below it: a click may land beside the button
    page.wait_for_selector(".fc-decide", state="detached")
    decided = stage.until(lambda: stage.act("state", part="escalations")[asked]["decision"], "the decision")
    assert decided["option"] == "object:blue_1" and decided["previews"] == 2
