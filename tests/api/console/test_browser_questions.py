"""The inbox, in a real browser over the real supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NASTY = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>{{ 6*7 }}"


def blue_task(task_id: str, to: str, **more: Any) -> dict[str, Any]:
    return {"task_id": task_id, "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": to}, **more}


_number = iter(range(1, 1000))


@pytest.fixture
def asked(stage: StageProcess) -> Iterator[str]:
    """A question: which of two blue boxes is meant? The task is cancelled at the end."""
    number = next(_number)
    before = tuple(stage.act("state", part="escalations"))
    places = ("table_1", "table_3", "station_1", "station_2", "station_3", "lab_1", "lab_2", "lab_3", "lab_4")
    task = blue_task(f"blue-{number}", places[number % len(places)], why="bed 1 is changed at ten")
    stage.act("mission", mission_id=f"M-{number}", title=f"Dressings {number}", tasks=[task])
    question = stage.question("ambiguous_instruction", not_in=before)
    yield question
    stage.act("cancel", task_id=f"blue-{number}")
    stage.until(lambda: _ended(stage, f"blue-{number}"), "the task to end")


def _ended(stage: StageProcess, task_id: str) -> bool:
    return stage.act("state")[task_id]["state"] in ("cancelled", "failed", "done")


def _of(stage: StageProcess, question: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.act("state", part="escalations")[question]
    return found


def read(page: Any, question: str) -> Any:
    """Open the question and return its card."""
    page.click(f'[data-question="{question}"]')
    page.wait_for_selector(f".fc-card-top:has-text('{question}')")
    return page.locator(".fc-card")


def decide(page: Any) -> Any:
    return page.locator(".fc-decide .fc-go")


def test_a_question_is_shown_with_why_options_unknowns_evidence_deadline_and_default(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    card = read(page, asked)
    text = card.inner_text()
    assert "Which object is meant by" in text
    assert "The instruction fits more than one thing" in text
    assert "fits 2 objects and nothing else was said" in text
    assert "blue_1" in text
    assert "blue_2" in text
    assert "the wrong object is delivered" in text
    assert "bed 1 is changed at ten" in text
    assert "not known" in text  # a success that nobody has worked out is not made up
    assert card.locator(".fc-deadline").inner_text().startswith("Time left")
    assert "Hold safely" in card.locator(".fc-deadline").inner_text()
    evidence = page.locator(".fc-evidence")
    assert "Stage asked to carry “colour blue” to table_3" in evidence.inner_text()
    evidence.locator("summary").first.click()
    assert "SHA-256" in evidence.inner_text()


def test_the_deadline_counts_down(logged_in: Callable[..., Any], asked: str) -> None:
    page = logged_in("Maria")
    read(page, asked)
    before = page.inner_text(".fc-big")
    page.wait_for_function("before => document.querySelector('.fc-big').innerText !== before", arg=before)
    assert page.inner_text(".fc-big") < before


def test_nothing_is_preselected_and_a_decision_needs_an_option_and_a_reason(
    logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    read(page, asked)
    assert page.locator(".fc-options input:checked").count() == 0
    assert decide(page).is_disabled()
    assert "choose an option" in decide(page).inner_text()
    page.click('[data-option="object:blue_2"]')
    assert "write a reason" in decide(page).inner_text()
    page.fill(".fc-decide textarea", "   ")
    assert decide(page).is_disabled()


def test_an_answer_with_a_reason_is_on_record_under_the_operators_name(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria Keller")
    read(page, asked)
    name = page.inner_text(".fc-name")
    page.click('[data-option="object:blue_2"]')
    page.fill(".fc-decide textarea", "the nearer one")
    assert decide(page).inner_text().startswith(f"Decide as {name}: blue_2")
    decide(page).click()
    page.wait_for_selector(".fc-decided")
    decision = _of(stage, asked)["decision"]
    assert (decision["operator"], decision["option"]) == (name, "object:blue_2")
    assert decision["reason"] == "the nearer one"
    said = page.inner_text(".fc-decided")
    assert name in said
    assert "the nearer one" in said
    assert "after" in said
    assert page.locator(f'.fc-item.ended[data-question="{asked}"]').count() == 1


def test_keys_are_enough_to_answer(stage: StageProcess, logged_in: Callable[..., Any], asked: str) -> None:
    page = logged_in("Kim")
    read(page, asked)
    page.keyboard.press("1")
    assert page.locator('[data-option="object:blue_1"] input').is_checked()
    page.keyboard.press("r")
    page.keyboard.type("by keys, 2 of them")
    assert page.locator('[data-option="object:blue_1"] input').is_checked()  # digits in a reason choose nothing
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".fc-decided")
    assert _of(stage, asked)["decision"]["reason"] == "by keys, 2 of them"


def test_an_option_that_is_not_possible_is_struck_out_with_why_and_cannot_be_chosen(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    taken = {"task_id": "takes-blue-2", "skill": "hand_over", "parameters": {"object": "blue_2", "person": "nurse_amy"}}
    stage.act("robot", robot_id="h01", default_seconds=600.0)
    stage.act("mission", mission_id="M-taken", title="Takes one", tasks=[taken])
    stage.until(lambda: stage.act("state").get("takes-blue-2", {}).get("robot"), "blue_2 to be taken")
    before = tuple(stage.act("state", part="escalations"))
    stage.act("mission", mission_id="M-blue", title="Blue", tasks=[blue_task("blue-x", "lab_1")])
    question = stage.question("ambiguous_instruction", not_in=before)
    assert _of(stage, question)["options"]["object:blue_2"] is False
    page = logged_in("Maria")
    read(page, question)
    option = page.locator('[data-option="object:blue_2"]')
    assert "not possible" in option.inner_text()
    assert option.locator("input").is_disabled()
    assert "line-through" in option.locator(".fc-option-label").evaluate("e => getComputedStyle(e).textDecoration")
    assert "wanted by takes-blue-2" in page.inner_text(".fc-checks .bad")
    option.click(position={"x": 5, "y": 5})
    page.locator(".fc-options td.no").first.click()
    page.keyboard.press("2")
    assert page.locator(".fc-options input:checked").count() == 0
    for task in ("takes-blue-2", "blue-x"):
        stage.act("cancel", task_id=task)


def test_a_question_that_somebody_else_answered_first_says_so_and_shows_their_answer(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    read(page, asked)

    def late(route: Any) -> None:
        stage.act("answer", escalation_id=asked, option_id="cancel", reason="not needed any more", actor="Noor")
        stage.until(lambda: _of(stage, asked)["decision"], "Noor's answer to be on record")
        route.fallback()

    page.route("**/decision", late)
    page.click('[data-option="object:blue_1"]')
    page.fill(".fc-decide textarea", "mine")
    decide(page).click()
    page.wait_for_selector(".fc-refused")
    assert page.inner_text(".fc-refused").startswith("Not recorded.")
    page.wait_for_selector(".fc-decided")
    assert "Noor" in page.inner_text(".fc-decided")
    assert "not needed any more" in page.inner_text(".fc-decided")
    assert _of(stage, asked)["decision"]["operator"] == "Noor"


def test_an_answer_without_a_reply_can_be_sent_again_and_counts_once(
    stage: StageProcess, logged_in: Callable[..., Any], asked: str
) -> None:
    page = logged_in("Maria")
    read(page, asked)
    keys: list[str] = []

    def lose_the_reply(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.abort()
        else:
            route.fallback()

    page.route("**/decision", lose_the_reply)
    page.click('[data-option="cancel"]')
    page.fill(".fc-decide textarea", "not today")
    decide(page).click()
    page.wait_for_selector(".fc-refused:has-text('sending again is safe')")
    decide(page).click()
    page.wait_for_selector(".fc-decided")
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_question_that_changes_while_it_is_read_has_to_be_chosen_anew(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    before = tuple(stage.act("state", part="escalations"))
    stage.act("mission", mission_id="M-merge-1", title="First", tasks=[blue_task("merge-1", "table_4")])
    question = stage.question("ambiguous_instruction", not_in=before)
    page = logged_in("Maria")
    read(page, question)
    page.click('[data-option="object:blue_1"]')
    stage.act("mission", mission_id="M-merge-2", title="Second", tasks=[blue_task("merge-2", "table_4")])
    page.wait_for_selector(".fc-warning:has-text('changed while you were reading')")
    assert page.locator(".fc-options input:checked").count() == 0
    assert "merge-2" in page.inner_text(".fc-card")
    for task in ("merge-1", "merge-2"):
        stage.act("cancel", task_id=task)


def test_acknowledging_tells_the_others_who_has_it(logged_in: Callable[..., Any], asked: str) -> None:
    one, other = logged_in("Maria"), logged_in("Noor")
    read(one, asked)
    read(other, asked)
    one.click("text=Acknowledge: I have it")
    other.wait_for_selector(".fc-decide:has-text('has acknowledged it')")
    assert one.inner_text(".fc-name") in other.inner_text(".fc-decide")
    one.wait_for_selector(".fc-decide:has-text('You have acknowledged it')")


def test_a_reason_that_was_begun_survives_another_view_and_a_reload(logged_in: Callable[..., Any], asked: str) -> None:
    page = logged_in("Maria")
    read(page, asked)
    page.fill(".fc-decide textarea", "half a sen")
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+2")
    page.wait_for_selector(".fc-floor")
    page.keyboard.press("Alt+1")
    assert page.input_value(".fc-decide textarea") == "half a sen"
    page.reload()
    page.wait_for_selector(".fc-header")
    read(page, asked)
    assert page.input_value(".fc-decide textarea") == "half a sen"


def test_a_fallen_robot_raises_a_question_that_leads_to_the_robot(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria")
    stage.act("robot", robot_id="h12", fall=True)
    question = stage.question("robot_fallen")
    card = read(page, question)
    assert "A robot has fallen" in card.inner_text()
    card.get_by_text("h12", exact=True).click()
    page.wait_for_selector('[data-robot-card="h12"]')
    assert "FALLEN" in page.inner_text('[data-robot-card="h12"]')
    stage.act("robot", robot_id="h12", fallen=False)


def test_markup_in_what_people_write_is_shown_as_text(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    before = tuple(stage.act("state", part="escalations"))
    task = blue_task("nasty", "station_3", why=NASTY)
    stage.act("mission", mission_id="M-nasty", title=NASTY, why=NASTY, tasks=[task])
    question = stage.question("ambiguous_instruction", not_in=before)
    page = logged_in("<b>Mallory</b>")
    assert "<b>Mallory</b>" in page.inner_text(".fc-name")
    assert NASTY in read(page, question).inner_text()
    page.keyboard.press("Alt+3")
    page.wait_for_selector('[data-task="nasty"]')
    assert NASTY in page.inner_text('[data-task="nasty"]')
    page.keyboard.press("Alt+4")
    page.wait_for_selector(".fc-lines")
    assert "<script>" in page.inner_text(".fc-lines")
    page.reload()
    page.wait_for_selector(".fc-header")
    assert page.evaluate("window.hacked") is None
    stage.act("cancel", task_id="nasty")
