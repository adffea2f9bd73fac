"""Login, roles, the floor, the task table and the timeline, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


# ---- who is let in ------------------------------------------------------------------------------------------


def test_a_one_time_link_logs_in_once_and_leaves_the_address(stage: StageProcess, window: Callable[..., Any]) -> None:
    link = f"{stage.url}/login?token={stage.act('invite', role='operator', name='Ana Ruiz')}"
    page = window()
    page.goto(link)
    page.wait_for_selector("#with-token:visible")
    assert "token" not in page.url
    page.fill("#password", "correct horse battery")
    page.click("#go")
    page.wait_for_selector(".fc-header")
    assert page.inner_text(".fc-name") == "Ana Ruiz"
    again = window()
    again.goto(link)
    again.click("#go")
    again.wait_for_selector("#said:has-text('used')")
    again.goto(f"{stage.url}/console/tasks")
    again.fill("#name", "Ana Ruiz")
    again.fill("#password", "correct horse battery")
    again.click("#go")
    again.wait_for_selector(".fc-tasks")  # the view that was asked for


def test_without_a_login_there_is_only_the_login_page(stage: StageProcess, window: Callable[..., Any]) -> None:
    page = window()
    for view in ("", "floor", "tasks", "timeline"):
        page.goto(f"{stage.url}/console/{view}")
        page.wait_for_selector("#login")
        assert page.locator("#fleet-hold").count() == 0


def test_without_a_login_the_pages_socket_stays_shut(stage: StageProcess, window: Callable[..., Any]) -> None:
    page = window()
    page.goto(f"{stage.url}/console/login")
    how = """address => new Promise(resolve => { const socket = new WebSocket(address);
        socket.onopen = () => resolve('open'); socket.onclose = () => resolve('shut'); })"""
    address = stage.url.replace("http", "ws") + "/console/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert page.evaluate(how, address) == "shut"
    polled = "address => fetch(address, {redirect: 'manual'}).then(r => r.type)"
    assert page.evaluate(polled, "/console/_nicegui_ws/socket.io/?EIO=4&transport=polling") == "opaqueredirect"


def test_a_login_leads_nowhere_else(stage: StageProcess, window: Callable[..., Any]) -> None:
    page = window()
    token = stage.act("invite", role="viewer")
    page.goto(f"{stage.url}/console/login?next=//example.org/#token={token}")
    page.fill("#name", "Wim")
    page.click("#go")
    page.wait_for_selector(".fc-header")
    assert page.url == f"{stage.url}/console/"


def test_a_session_that_was_ended_stops_the_news_and_says_so(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Leaver")
    stage.act("shut_out", name=page.inner_text(".fc-name"))
    page.wait_for_selector(".fc-over:has-text('Your session is over')")
    page.wait_for_selector(".fc-link.loud:has-text('no data for')")


def test_a_viewer_sees_everything_and_has_nothing_to_act_with(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    before = tuple(stage.act("state", part="escalations"))
    task = {"task_id": "v-1", "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "table_2"}}
    stage.act("mission", mission_id="M-v", title="For a viewer", tasks=[task])
    question = stage.question("ambiguous_instruction", not_in=before)
    page = logged_in("Viv", role="viewer")
    page.click(f'[data-question="{question}"]')
    assert "viewer" in page.inner_text(".fc-decide")
    for absent in ("#fleet-hold-all", ".fc-go", ".fc-options input", "textarea"):
        assert page.locator(absent).count() == 0, absent
    page.keyboard.press("Alt+2")
    page.click('[data-robot-row="h03"]')
    page.wait_for_selector('[data-robot-card="h03"]')
    assert page.locator("[data-action]").count() == 0
    page.keyboard.press("Alt+3")
    page.wait_for_selector('[data-task="v-1"]')
    assert page.locator("[data-cancel]").count() == 0
    assert page.locator("text=New task").count() == 0
    refused = page.evaluate(
        """question => fetch(`/v1/escalations/${question}/decision`, {method: 'POST',
        headers: {'Content-Type': 'application/json', 'Idempotency-Key': 'viewer-key-1'},
        body: JSON.stringify({option_id: 'cancel', reason: 'x', shown_digest: 'x'.repeat(64)})}).then(r => r.status)""",
        question,
    )
    assert refused == 403
    assert page.evaluate("fetch('/v1/hold-all', {method: 'POST'}).then(r => r.status)") == 403
    stage.act("cancel", task_id="v-1")


# ---- the floor ----------------------------------------------------------------------------------------------


def test_a_robot_moves_on_the_plan_without_being_drawn_anew(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    stage.act("robot", robot_id="h09", at=[4.0, 8.0, 0.0])
    page = logged_in("Maria", view="floor")
    mark = '[data-robot="h09"]'
    page.wait_for_function(
        "() => document.querySelector('[data-robot=h09]').style.transform.startsWith('translate(4px')"
    )
    page.eval_on_selector(mark, "e => { e.kept = true; }")
    stage.act("robot", robot_id="h09", at=[9.0, 8.0, 1.57])
    page.wait_for_function(
        "() => document.querySelector('[data-robot=h09]').style.transform === 'translate(9px, -8px)'"
    )
    assert page.eval_on_selector(mark, "e => e.kept") is True


def test_the_plan_is_fresh_at_least_twice_a_second(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="floor")
    news = page.evaluate(
        """() => new Promise(resolve => { let count = 0; const update = window.fleetHold.update;
        window.fleetHold.update = (...given) => { count += 1; update(...given); };
        setTimeout(() => resolve(count), 3000); })"""
    )
    assert news >= 6


def test_silence_is_shown_as_age_and_not_as_failure(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="floor")
    stage.act("robot", robot_id="h06", silent=True)
    page.wait_for_selector('[data-robot="h06"].is-silent')
    page.wait_for_selector('[data-robot="h06"] .fp-note:has-text("not heard")')
    row = page.locator('[data-robot-row="h06"]')
    assert "not heard" in row.inner_text()
    aged = row.locator("td").last.inner_text()
    page.wait_for_function(
        "aged => document.querySelector('[data-robot-row=h06] td:last-child').innerText > aged", arg=aged
    )
    row.click()
    page.wait_for_selector('[data-robot-card="h06"]:has-text("that is not a failure")')
    stage.act("robot", robot_id="h06", silent=False)
    page.wait_for_selector('[data-robot="h06"]:not(.is-silent)')


def test_data_that_stop_coming_are_shown_with_their_age(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="floor")
    frozen = threading.Thread(target=stage.act, args=("freeze",), kwargs={"seconds": 4.0})
    frozen.start()
    page.wait_for_selector(".fc-link.loud:has-text('no data for')")
    page.wait_for_selector('[data-robot-row="h01"] td.r:has-text("3.")')  # every robot's age goes on counting
    frozen.join()
    page.wait_for_selector(".fc-link:not(.loud):has-text('old')")


def test_a_supervisor_that_is_away_is_told_of(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria")
    assert page.locator(".fc-lead").count() == 0
    stage.act("leader", heard=False)
    page.wait_for_selector(".fc-lead.loud:has-text('no supervisor heard')")
    stage.act("leader", heard=True)
    page.wait_for_selector(".fc-lead", state="detached")


def test_one_robot_is_held_taken_over_and_released_from_its_card(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="floor")
    name = page.inner_text(".fc-name")
    page.locator('[data-robot="h02"] .fp-body').click()
    card = page.locator('[data-robot-card="h02"]')
    assert page.is_disabled('[data-action="take"]')  # everything but a stop needs a reason
    page.click('[data-action="hold"]')
    page.wait_for_selector('[data-robot="h02"].is-holding')
    assert name in card.inner_text()
    page.fill(".fc-act input", "the child has left")
    page.click('[data-action="release"]')
    page.wait_for_selector('[data-robot="h02"]:not(.is-holding)')
    page.fill(".fc-act input", "I walk it out of the lift")
    page.click('[data-action="take"]')
    page.wait_for_selector('[data-robot="h02"].is-taken_over')
    assert stage.act("state", part="robots")["h02"]["lease"] == name
    page.fill(".fc-act input", "done")
    page.click('[data-action="giveBack"]')
    page.wait_for_selector('[data-robot="h02"]:not(.is-taken_over)')


def test_what_a_robot_has_shown_is_on_its_card(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    task = {"task_id": "shown", "skill": "walk_to", "parameters": {"place": "station_1"}, "robot_id": "h04"}
    where = {"subject_id": "h04", "subject_kind": "robot", "x": 1.0, "y": 1.0, "zone": "corridor"}
    ghost = {"subject_id": "ghost_7", "subject_kind": "object", "x": 1.0, "y": 1.0, "zone": "corridor"}
    stage.act("robot", robot_id="h04", default_seconds=0.5)
    stage.act("mission", mission_id="shown", title="Walk there", tasks=[task])

    def found_out() -> bool:  # a camera goes on seeing it elsewhere
        stage.act("see", source="cam_corridor_west", robot_id="h11", covered=["corridor"], things=[where])
        return stage.act("state", part="tasks").get("shown", {}).get("state") == "escalated"

    stage.until(found_out, "h04 says that it is there, and is not")
    stage.act("see", source="h04", robot_id="h04", covered=["corridor"], things=[ghost], kind="robot")
    page = logged_in("Rita", view="floor")
    page.locator('[data-robot="h04"] .fp-body').click()
    card = page.locator('[data-robot-card="h04"]')
    page.wait_for_selector('[data-robot-card="h04"]:has-text("ghost_7")')
    text = card.inner_text()
    assert "0 of 1 · expect 82 %" in text or "0 of 1 · expect 82%" in text
    assert "not believed" in text


def test_a_figure_on_a_robots_card_says_how_it_is_known(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="floor")
    page.click('[data-robot-row="h10"]')
    page.click(".fc-what:visible summary:visible")
    text = page.locator(".fc-what:visible").first.inner_text()
    assert "reported" in text
    assert "assumed" in text


def test_objects_are_drawn_where_they_were_seen_with_the_source(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="floor")
    spot = page.locator('[data-object="white_1"]')
    assert "(inventory)" in spot.locator("title").text_content()
    thing = {"subject_id": "white_1", "subject_kind": "object", "x": 12.0, "y": 8.0, "z": 0.1, "zone": "corridor"}
    stage.act("see", source="cam_corridor_west", robot_id="h11", covered=["corridor"], things=[thing])
    page.wait_for_function(
        "() => document.querySelector('[data-object=white_1] title').textContent.includes('cam_corridor_west saw it')"
    )
    assert "translate(12px, -8px)" in spot.get_attribute("style")


# ---- tasks and the timeline ---------------------------------------------------------------------------------


def test_a_task_is_asked_for_with_a_form_and_cancelled_with_a_reason(
    stage: StageProcess, logged_in: Callable[..., Any]
) -> None:
    page = logged_in("Maria", view="tasks")
    page.click("text=New task")
    page.select_option(".fc-form select >> nth=0", "wait")
    page.fill("[name=seconds]", "600")
    page.fill("[name=why]", "stand by for the visitors")
    page.fill("[name=minutes]", "30")
    page.click(".fc-form .fc-go")
    page.wait_for_selector(".fc-said:has-text('On the books')")
    row = page.locator("[data-task]:has-text('stand by for the visitors')")
    row.wait_for()
    assert "wait 600 s" in row.inner_text()
    assert "in 2" in row.inner_text() or "in 30" in row.inner_text()  # the deadline counts down from half an hour
    row.locator("[data-cancel]").click()
    assert page.is_disabled(".fc-giving .fc-go")
    page.fill(".fc-giving input", "they are not coming")
    page.click(".fc-giving .fc-go")
    page.wait_for_selector("[data-task]:has-text('stand by for the visitors'):has-text('cancelled')")


def test_a_field_that_is_refused_says_what_would_be_right(logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="tasks")
    page.click("text=New task")
    page.select_option(".fc-form select >> nth=0", "carry")
    page.select_option("[name=object]", "*")
    page.fill("[aria-label='object description']", "colour=blue")
    page.select_option("[name=to]", "corridor_west")  # a spot on the floor, where nothing can be put down
    page.fill("[name=why]", "no")
    page.eval_on_selector(".fc-form", "form => { form.noValidate = true; }")
    page.fill("[name=minutes]", "-5")
    page.click(".fc-form .fc-go")
    page.wait_for_selector(".fc-form .fc-refused:has-text('Not accepted')")
    assert page.locator(".fc-form .fc-bad").count() >= 1


def test_the_table_is_filtered_by_state_and_by_words(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    wait = {"skill": "wait", "parameters": {"seconds": 900}}
    tasks = [{"task_id": f"filter-{n}", "why": f"for {name}", **wait} for n, name in enumerate(("Ada", "Bo"))]
    stage.act("mission", mission_id="M-filter", title="To be filtered", tasks=tasks)
    page = logged_in("Maria", view="tasks")
    page.wait_for_selector('[data-task="filter-1"]')
    page.keyboard.press("/")
    page.keyboard.type("for ada")
    page.wait_for_selector('[data-task="filter-1"]', state="detached")
    assert page.locator('[data-task="filter-0"]').count() == 1
    page.fill(".fc-tasks input[type=search]", "")
    stage.act("cancel", task_id="filter-0")
    page.click(".fc-chips >> text=Under way")
    page.wait_for_selector('[data-task="filter-0"]', state="detached")
    assert page.locator('[data-task="filter-1"]').count() == 1
    stage.act("cancel", task_id="filter-1")


def test_the_timeline_says_in_words_who_did_what_and_why(stage: StageProcess, logged_in: Callable[..., Any]) -> None:
    page = logged_in("Maria", view="timeline")
    task = {"task_id": "told", "skill": "walk_to", "parameters": {"place": "lab_middle"}, "why": "to be told of"}
    stage.act("mission", mission_id="M-told", title="A walk", tasks=[task])
    page.wait_for_selector(".fc-lines >> text=Stage (operator) asked to walk to lab_middle")
    page.wait_for_selector(".fc-lines >> text=got task told")
    page.click(".fc-chips >> text=person")
    page.wait_for_selector(".fc-lines >> text=got task told", state="detached")
    assert page.locator(".fc-lines tr.tone-minor").count() == 0
    page.check(".fc-check input")
    page.wait_for_selector(".fc-lines tr.tone-minor")
    stage.act("cancel", task_id="told")


def test_the_browser_may_load_nothing_from_elsewhere(
    stage: StageProcess, logged_in: Callable[..., Any], watched: Any
) -> None:
    page = logged_in("Maria")
    page.evaluate("fetch('http://192.0.2.1/').catch(() => null)")  # the page's own policy forbids it
    assert any("Content Security Policy" in error for error in watched.errors)
    watched.errors.clear()
