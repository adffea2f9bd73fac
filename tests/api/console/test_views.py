"""What the console shows, computed from states."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from api.console.views.floor import site_plan
from api.console.views.questions import ANSWERED_SHOWN, inbox
from api.console.views.robots import STALE_S, objects_now, robots_now
from api.console.views.tasks import ENDED_MISSIONS_SHOWN, task_table
from api.console.views.words import action_words, span, thing, what
from api.ports import Heard
from fleet.model import events as ev
from fleet.model.escalation import DecidedHow, GroundingCheck, Severity
from fleet.model.evidence import Claim, Detection, Observation
from fleet.model.robot import Health, Posture
from fleet.model.skills import SKILLS
from fleet.model.tasks import MissionState, TaskSpec, TaskState
from tests.api.console.building import (
    a_site,
    an_option,
    asked,
    decided,
    described,
    mission,
    reported,
    robot_state,
    state_of,
)

SITE = a_site()


# ---- words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skill", SKILLS)
def test_every_skill_has_its_own_words(skill: str) -> None:
    given = {p.name: "x" for p in SKILLS[skill].parameters}
    assert "?" not in what(skill, given)
    assert "=" not in what(skill, given)


def test_a_skill_is_said_as_a_sentence_with_what_was_given() -> None:
    assert what("carry", {"object": {"kind": "box", "colour": "blue"}, "to": "shelf_1"}) == (
        "carry box (colour blue) to shelf_1"
    )
    assert what("dock", {}) == "dock at any dock"
    assert what("carry", {"object": "b"}) == "carry b to ?"
    assert what("juggle", {"balls": 3.0}) == "juggle balls 3"
    assert thing({"colour": "blue"}) == "something (colour blue)"


def test_an_unknown_action_is_shown_as_it_is_and_not_hidden() -> None:
    assert action_words({"do": "requeue", "exclude": "h1"}) == "assign the task anew, to another robot than h1"
    assert action_words({"do": "send_drone", "to": "roof"}) == "send drone: to = roof"
    assert action_words({}) == "nothing"


def test_spans_are_said_as_people_say_them() -> None:
    assert [span(s) for s in (-3, 0.4, 59.4, 200, 300, 7500)] == [
        "0 s",
        "0 s",
        "59 s",
        "3 min 20 s",
        "5 min",
        "2 h 05 min",
    ]


# ---- questions ----------------------------------------------------------------------------------------------


def test_the_question_that_runs_out_first_is_on_top_and_severity_breaks_ties() -> None:
    state = state_of(
        asked("later", 300.0, severity=Severity.HIGH),
        asked("low", 50.0, severity=Severity.LOW),
        asked("high", 50.0, severity=Severity.HIGH),
    )
    assert [q["id"] for q in inbox(state)["open"]] == ["high", "low", "later"]


def test_an_option_with_a_failed_check_is_not_possible_and_says_why() -> None:
    bad = an_option("a", GroundingCheck(name="can_be_carried", ok=False, detail="12 kg"))
    state = state_of(asked("q", options=(bad, an_option("b"))))
    option = inbox(state)["open"][0]["options"][0]
    assert option["possible"] is False
    assert option["checks"] == [{"name": "can be carried", "ok": False, "detail": "12 kg"}]


def test_what_is_not_known_stays_not_known() -> None:
    option = inbox(state_of(asked("q")))["open"][0]["options"][0]
    assert option["success"] is None
    assert option["duration_s"] is None


def test_the_digest_shown_is_the_one_an_answer_is_bound_to() -> None:
    state = state_of(asked("q"))
    assert inbox(state)["open"][0]["digest"] == state.escalations["q"].shown_digest


def test_evidence_opens_to_what_was_seen_and_claimed() -> None:
    seen = Observation(
        observation_id="o1",
        source="cam_1",
        source_kind="camera",
        observed_at_s=3.0,
        covered=("shelf_1",),
        detections=(Detection(subject_id="box_1", subject_kind="object", x=2, y=3, place="shelf_1", confidence=0.9),),
    )
    state = state_of(described("h1"), asked("q"))
    claim = Claim(
        claim_id="c1",
        robot_id="h1",
        task_id="t1",
        command_id="k",
        epoch=1,
        skill="carry",
        statement={"object": "box_1", "at": "shelf_1"},
        claimed_at_s=2.0,
    )
    state = replace(state, claims={"c1": claim})
    first = state.escalations["q"].evidence[0]
    question = replace(
        state.escalations["q"], evidence=(replace(first, ref="o1"), replace(first, ref="c1"), replace(first, ref="?"))
    )
    shown = inbox(state.with_escalation(question), {"o1": seen})["open"][0]["evidence"]
    assert shown[0]["details"] == ["camera cam_1 looked at shelf_1", "saw box_1 at shelf_1, confidence 90%"]
    assert shown[1]["details"] == ["h1 claims after carry: object: box_1, at: shelf_1"]
    assert shown[2]["details"] == []


def test_an_answered_question_tells_who_why_and_how_long_it_took() -> None:
    state = state_of(asked("q"), decided("q", "a", at_s=31.0))
    shown = inbox(state)
    assert shown["open"] == []
    decision = shown["ended"][0]["decision"]
    assert (decision["operator"], decision["label"], decision["reason"]) == ("maria", "A", "it is nearer")
    assert decision["took_s"] == 30.0


def test_a_safe_default_is_told_apart_from_an_answer() -> None:
    state = state_of(asked("q"), decided("q", "b", 100.0, DecidedHow.SAFE_DEFAULT))
    assert inbox(state)["ended"][0]["decision"]["how"] == "safe_default"


def test_only_the_newest_answers_are_sent_and_all_are_counted() -> None:
    events = [e for n in range(60) for e in (asked(f"q{n}"), decided(f"q{n}", "a", at_s=10.0 + n))]
    shown = inbox(state_of(*events))
    assert shown["ended_total"] == 60
    assert len(shown["ended"]) == ANSWERED_SHOWN
    assert shown["ended"][0]["id"] == "q59"


# ---- robots -------------------------------------------------------------------------------------------------


def test_a_robot_is_shown_as_telemetry_has_it_rather_than_the_journal() -> None:
    state = state_of(described("h1"), reported("h1", battery_fraction=0.9))
    live = {"h1": Heard(state=robot_state("h1", 5.0, battery_fraction=0.4), age_s=0.1)}
    (row,) = robots_now(state, live, SITE)
    assert (row["battery"], row["age_s"], row["state"], row["zone"]) == (0.4, 0.1, "idle", "store")


def test_silence_shows_its_age_before_contact_is_called_lost() -> None:
    state = state_of(described("h1"), reported("h1"))
    live = {"h1": Heard(state=robot_state("h1"), age_s=STALE_S + 0.1)}
    (row,) = robots_now(state, live, SITE)
    assert row["in_contact"] is True
    assert (row["silent"], row["state"]) == (True, "silent")


def test_without_telemetry_the_journals_word_is_as_old_as_it_is() -> None:
    state = replace(state_of(described("h1"), reported("h1", at_s=2.0)), now_s=32.0)
    (row,) = robots_now(state, {}, SITE)
    assert (row["age_s"], row["state"]) == (30.0, "silent")


def test_a_robot_never_heard_has_no_place_and_no_age() -> None:
    (row,) = robots_now(state_of(described("h1")), {}, SITE)
    assert (row["pose"], row["age_s"], row["state"]) == (None, None, "unheard")


def test_a_robot_that_the_supervisor_does_not_know_is_shown_too() -> None:
    (row,) = robots_now(state_of(), {"x": Heard(state=robot_state("x"), age_s=0.0)}, SITE)
    assert (row["id"], row["known"]) == ("x", False)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"posture": Posture.FALLEN, "holding": True}, "fallen"),
        ({"e_stop": True}, "fault"),
        ({"health": Health.FAULT}, "fault"),
        ({"holding": True}, "holding"),
        ({"health": Health.DEGRADED}, "aside"),
        ({}, "idle"),
    ],
)
def test_what_needs_attention_most_decides_how_a_robot_is_drawn(report: dict, expected: str) -> None:
    live = {"h1": Heard(state=robot_state("h1", **report), age_s=0.0)}
    (row,) = robots_now(state_of(described("h1")), live, SITE)
    assert row["state"] == expected


def test_a_fallen_robot_that_is_also_silent_stays_in_alarm() -> None:
    live = {"h1": Heard(state=robot_state("h1", posture=Posture.FALLEN), age_s=60.0)}
    (row,) = robots_now(state_of(described("h1")), live, SITE)
    assert (row["state"], row["silent"]) == ("fallen", True)


def test_an_object_stands_where_it_was_seen_last_and_else_where_the_inventory_says() -> None:
    assert objects_now(state_of(), SITE)[0]["source"] == "inventory"
    found = ev.ObjectFound(
        object_id="box_1",
        x=4.0,
        y=1.0,
        z=0.0,
        zone="store",
        place="",
        holder="",
        source="cam_1",
        observed_at_s=3.0,
        confidence=0.8,
    )
    (row,) = objects_now(state_of(found), SITE)
    assert (row["x"], row["source"], row["confidence"]) == (4.0, "cam_1", 0.8)


# ---- tasks and the plan -------------------------------------------------------------------------------------


def test_the_table_has_missions_with_their_tasks_why_they_are_and_how_they_stand() -> None:
    first = TaskSpec(task_id="t1", skill="walk_to", parameters={"place": "dock_1"}, why="to charge", deadline_s=9.0)
    second = TaskSpec(task_id="t2", skill="wait", parameters={"seconds": 3}, depends_on=("t1",))
    state = state_of(
        mission("m1", first, second, title="Charging", why="low"),
        ev.TaskChanged(task_id="t1", state=TaskState.QUEUED, because="may start"),
    )
    (row,) = task_table(state)["missions"]
    assert (row["title"], row["why"], row["by"], row["done"]) == ("Charging", "low", "maria", 0)
    one, two = row["tasks"]
    assert (one["title"], one["state"], one["because"], one["why"]) == (
        "walk to dock_1",
        "queued",
        "may start",
        "to charge",
    )
    assert two["waits_for"] == ["t1"]


def test_old_missions_are_left_out_and_counted() -> None:
    events = []
    for n in range(45):
        events += [
            mission(f"m{n}", TaskSpec(task_id=f"t{n}", skill="wait", parameters={"seconds": 1})),
            ev.TaskChanged(task_id=f"t{n}", state=TaskState.CANCELLED, because="x"),
            ev.MissionEnded(mission_id=f"m{n}", state=MissionState.CANCELLED, because="x"),
        ]
    table = task_table(state_of(*events))
    assert (len(table["missions"]), table["left_out"]) == (ENDED_MISSIONS_SHOWN, 45 - ENDED_MISSIONS_SHOWN)
    assert table["missions"][0]["id"] == "m44"


def test_cameras_of_one_zone_are_drawn_beside_each_other_and_unplaced_ones_not() -> None:
    one, two, nowhere = site_plan(SITE)["cameras"]
    assert one["x"] != two["x"]
    assert nowhere["x"] is None


def test_the_plan_is_plain_json() -> None:
    assert json.loads(json.dumps(site_plan(SITE), allow_nan=False))["name"] == "Store"
