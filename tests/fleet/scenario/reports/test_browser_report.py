"""The HTML report in a browser: opened from a file, with no network, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fleet.scenario.reports import write_reports
from tests.fleet.scenario.reports.recorded import EVIL, a_run, not_done

pytestmark = pytest.mark.browser
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    runs = [a_run(1), a_run(2, broken=True), not_done(error=EVIL)]
    return write_reports(tmp_path_factory.mktemp("report"), runs).html.as_uri()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, report: str) -> Iterator[Any]:
    """The report, opened; the test fails on any script error and any request besides the file itself."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda request: None if request.url.split("#")[0] == report else wrong.append(request.url))
    page.set_default_timeout(10_000)
    page.goto(report)
    yield page
    context.close()
    assert wrong == []


def shown(page: Any) -> list[str]:
    found: list[str] = page.eval_on_selector_all("section.run", "all => all.filter(s => !s.hidden).map(s => s.id)")
    return found


def now(page: Any) -> float:
    return float(page.locator("#run-1 .slider").input_value())


def test_the_run_that_broke_is_shown_first_at_the_moment_it_broke(page: Any) -> None:
    assert shown(page) == ["run-1"]
    assert now(page) == 91.0
    assert "fallen: g1_1" in page.inner_text("#run-1 .state")
    page.click("text=seed 1")
    assert shown(page) == ["run-0"]


def test_a_click_on_a_time_jumps_there(page: Any) -> None:
    page.click("#run-1 .question button.at >> nth=0")
    assert now(page) == 31.0
    assert "open questions: esc-1 robot_fallen" in page.inner_text("#run-1 .state")
    page.click("#run-1 .findings .no button.at >> nth=1")
    assert now(page) == 91.0


def test_things_move_with_the_slider(page: Any) -> None:
    robot, person = page.locator("#run-1 [data-id=iron_1]"), page.locator("#run-1 [data-id=amy]")
    page.locator("#run-1 .slider").focus()
    page.keyboard.press("Home")
    assert robot.get_attribute("transform") == "translate(2,6)"
    page.evaluate(
        "s => { const e = document.querySelector(s); e.value = 50; e.dispatchEvent(new Event('input')); }",
        "#run-1 .slider",
    )
    assert robot.get_attribute("transform").startswith("translate(7")
    assert not person.is_visible(), "away from 40 s to 60 s"


def test_it_plays_and_pauses(page: Any) -> None:
    page.locator("#run-1 .slider").focus()
    page.keyboard.press("Home")
    page.select_option("#run-1 .speed", "1")  # so that it is far from its end, however slow this machine is
    play = page.locator("#run-1 .play")
    play.click()
    # Not wait_for_function: it evaluates text, which the page forbids.
    page.evaluate("""() => new Promise((done) => {
      const look = () => document.querySelector("#run-1 .slider").value > 0.2 ? done() : requestAnimationFrame(look);
      look();
    })""")
    assert play.get_attribute("aria-label") == "Pause"
    play.click()
    paused = now(page)
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert now(page) == paused


def test_the_gantt_chart_jumps_too_and_names_its_bars(page: Any) -> None:
    chart = page.locator("#run-1 .gantt svg")
    titles = chart.locator("title").all_text_contents()
    assert "fetch: done, 44.0 s to 1:40.0" in titles
    assert "fault knee: torque_loss of g1_1" in titles
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] - 12, "y": 60})
    assert now(page) == pytest.approx(120.0, abs=0.5)


def test_the_timeline_is_filtered(page: Any) -> None:
    page.click("#run-1 details.timeline summary")
    shown = "document.querySelectorAll('#run-1 .moments li').length"
    page.wait_for_function(f"{shown} === 6")  # an opened `details` says so a little later
    page.fill("#run-1 .filter", "esc-1")
    page.wait_for_function(f"{shown} === 1")


def test_a_run_that_could_not_be_done_says_why_as_text(page: Any) -> None:
    page.click("text=seed 9")
    assert "<script>alert('no')</script>" in page.inner_text("#run-2 .warning")


@pytest.mark.parametrize("width", [1400, 700, 380])
def test_nothing_sticks_out_sideways(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
