"""HOLD ALL: in reach everywhere, working when little else does, loud when it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALL = [f"h{n:02d}" for n in range(1, 13)]


@pytest.fixture(autouse=True)
def released(stage: StageProcess) -> Any:
    """Every test starts and ends with robots that are free to move."""
    yield
    stage.act("stop_line", down=False)
    stage.act("release_all")
    stage.until(lambda: not stage.act("state", part="hold")["holding"], "all robots to be released")


def holding(stage: StageProcess) -> list[str]:
    found: list[str] = stage.act("state", part="hold")["holding"]
    return found


def test_it_is_on_top_in_every_view_and_nothing_covers_it(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    page.keyboard.press("?")
    for size in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for number in (1, 2, 3, 4):
            page.keyboard.press(f"Alt+{number}")
            page.evaluate("document.querySelectorAll('*').forEach(e => e.scrollTop = 9999)")
            on_top = page.evaluate(
                """() => { const box = document.getElementById('fleet-hold-all').getBoundingClientRect();
                const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return box.width > 150 && box.bottom <= innerHeight && hit.closest('#fleet-hold-all') !== null; }"""
            )
            assert on_top, (size, number)


def test_one_press_holds_every_robot_and_says_who_and_how_many_confirm(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page, other = logged_in("Maria"), logged_in("Noor")
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD')")
    assert holding(stage) == ALL
    other.wait_for_selector(f"#fleet-hold-text:has-text('ALL ROBOTS HELD by {page.inner_text('.fc-name')}')")
    other.wait_for_selector("#fleet-hold-counts:has-text('12 of 12 robots report that they hold')")


def test_the_key_does_it_too_also_from_a_text_field(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="tasks")
    page.fill(".fc-tasks input[type=search]", "gloves")
    page.keyboard.press("Alt+h")
    page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD')")
    assert holding(stage) == ALL


def test_a_release_needs_a_reason_and_frees_the_robots(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD')")
    stage.until(lambda: stage.act("state", part="hold")["because"], "the hold to be on record")
    page.click("#fleet-release")
    assert page.is_disabled("#fleet-release-go")
    page.fill("#fleet-release-reason", "the corridor is clear")
    page.click("#fleet-release-go")
    page.wait_for_selector("#fleet-hold-band", state="hidden")
    stage.until(lambda: not holding(stage), "the robots to be free")


def test_a_robot_that_is_not_heard_counts_as_not_confirmed(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    stage.act("robot", robot_id="h05", silent=True)
    page = logged_in("Maria")
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-counts:has-text('11 of 12 robots report that they hold; not confirmed: h05')")
    stage.act("robot", robot_id="h05", silent=False)


def test_it_works_while_the_rest_of_the_page_does_not_load(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    page.route("**/_nicegui/**", lambda route: route.abort())
    page.route("**/static/js/**", lambda route: route.abort())
    page.reload(wait_until="commit")
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD: the robots were told')")
    assert holding(stage) == ALL


def test_it_works_with_the_supervisor_away(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    stage.act("pause", paused=True)
    try:
        page = logged_in("Maria")
        page.click("#fleet-hold-all")
        page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD')")
        assert holding(stage) == ALL
    finally:
        stage.act("pause", paused=False)


def test_robots_that_could_not_be_told_are_told_of_loudly_until_it_succeeds(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria")
    stage.act("stop_line", down=True)
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-band.failed:has-text('USE THE EMERGENCY STOPS ON THE ROBOTS')")
    assert "NOT CONFIRMED" in page.inner_text("#fleet-hold-text")
    stage.act("stop_line", down=False)
    page.wait_for_selector("#fleet-hold-band:not(.failed):has-text('ALL ROBOTS HELD')")
    assert holding(stage) == ALL


def test_a_hold_that_is_not_confirmed_yet_outlives_a_reload(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    stage.act("stop_line", down=True)
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-band.failed")
    page.reload(wait_until="commit")
    page.wait_for_selector("#fleet-hold-band.failed")
    stage.act("stop_line", down=False)
    page.wait_for_selector("#fleet-hold-band:not(.failed):has-text('ALL ROBOTS HELD')")
    assert holding(stage) == ALL
    page.reload()
    page.wait_for_selector(".fc-header")
    assert page.evaluate("sessionStorage.getItem('fleet-hold-pending')") is None


def test_a_server_that_does_not_answer_is_told_of_loudly_until_it_does(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria")
    frozen = threading.Thread(target=stage.act, args=("freeze",), kwargs={"seconds": 5.0})
    frozen.start()
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-band.failed:has-text('no answer from the server')")
    frozen.join()
    page.wait_for_selector("#fleet-hold-band:not(.failed):has-text('ALL ROBOTS HELD')")
    assert holding(stage) == ALL


def test_a_press_before_the_script_is_there_is_not_lost(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    waiting: list[Any] = []
    page.route("**/static/hold.js", lambda route: waiting.append(route))
    page.reload(wait_until="commit")
    page.click("#fleet-hold-all")
    while not waiting:
        page.wait_for_timeout(50)
    waiting[0].continue_()
    page.wait_for_selector("#fleet-hold-text:has-text('ALL ROBOTS HELD: the robots were told')")
    assert holding(stage) == ALL
