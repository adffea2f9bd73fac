"""The journal in words, and what a page is sent when."""

from __future__ import annotations

from typing import Any

import pytest

from api.auth.identity import User
from api.console.feed import TIMELINE_MINOR, Feed, lines
from api.console.guard import page_path
from api.console.page import hold_html
from api.console.views.timeline import _SAYERS, entry, sentence
from api.projection import Projection
from fleet.clock import VirtualClock
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.escalation import DecidedHow, Evidence
from fleet.model.evidence import Observation
from fleet.model.robot import Posture
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState
from tests.api.console.building import Ears, a_site, asked, decided, described, mission, records, reported

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def request(body: rq.RequestBody) -> ev.RequestReceived:
    made = rq.Request(
        number=1,
        request_id="r",
        actor="maria",
        role=rq.Role.OPERATOR,
        received_at_s=0.0,
        idempotency_key="k",
        body=body,
    )
    return ev.RequestReceived(request=made)


def test_every_kind_of_event_has_its_words() -> None:
    assert set(_SAYERS) == set(ev.EVENT_KINDS.values())


TASK = TaskSpec(task_id="t1", skill="walk_to", parameters={"place": "dock_1"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (rq.SubmitMission(mission=MissionSpec(mission_id="m", title="M", tasks=(TASK,))), "asked to walk to dock_1"),
        (
            rq.SubmitMission(mission=MissionSpec(mission_id="m", title="Rounds", tasks=(TASK, TASK))),
            "asked for mission “Rounds”",
        ),
        (rq.CancelTask(task_id="t1", reason="late"), "cancelled task t1: late"),
        (rq.CancelMission(mission_id="m", reason="late"), "cancelled mission m: late"),
        (rq.AcknowledgeEscalation(escalation_id="E1"), "took question E1"),
        (
            rq.AnswerEscalation(escalation_id="E1", option_id="a", reason="near", shown_digest="d"),
            "answered question E1 with “a”: near",
        ),
        (rq.SetHold(robot_id=None, engage=True, reason="smoke"), "held ALL robots: smoke"),
        (rq.SetHold(robot_id="h1", engage=False, reason="ok"), "released h1: ok"),
        (rq.TakeLease(robot_id="h1", reason="stuck"), "took h1 over: stuck"),
        (rq.ReturnLease(robot_id="h1", reason="free"), "handed h1 back: free"),
        (rq.ReportRecovered(robot_id="h1", reason="up"), "reported that h1 has been seen to: up"),
    ],
)
def test_what_a_person_asked_is_said_with_name_role_and_reason(body: rq.RequestBody, words: str) -> None:
    assert sentence(request(body)) == ("person", "", f"maria (operator) {words}")


def test_a_fall_is_an_alarm_and_an_ordinary_report_is_minor() -> None:
    assert sentence(reported("h1", posture=Posture.FALLEN))[1] == "alarm"
    assert sentence(reported("h1"))[1] == "minor"


def test_a_safe_default_says_that_nobody_answered_and_who_answers_for_it() -> None:
    _, tone, text = sentence(decided("E1", "b", 9.0, DecidedHow.SAFE_DEFAULT))
    assert tone == "notice"
    assert text == "Nobody answered question E1 in time: safe default “b” (maria answers for it)"


def test_minor_lines_never_crowd_out_the_others() -> None:
    some = [described("h1"), *(reported("h1") for _ in range(1000))]
    shown = lines(records(*some))
    assert shown[0]["text"] == "h1 became known: G1 by Unitree"
    assert len(shown) == 1 + TIMELINE_MINOR
    assert shown[-1]["seq"] == 1001


class Written:
    """A journal that has these records and counts how often it is read."""

    def __init__(self, *events: ev.Event) -> None:
        self.records: list[Record] = records(*events)

    def head(self) -> int:
        return len(self.records)

    def read(self, after: int = 0, limit: int | None = None) -> list[Record]:
        return self.records[after : None if limit is None else after + limit]

    def verify(self) -> Any:
        raise NotImplementedError

    def write(self, *events: ev.Event) -> None:
        self.records += [
            Record(seq=self.head() + n, batch=1, at_s=50.0, epoch=1, event=e, checksum="")
            for n, e in enumerate(events, 1)
        ]


def a_feed(*events: ev.Event) -> tuple[Feed, Written, Projection, Ears]:
    journal, clock, ears = Written(*events), VirtualClock(60.0), Ears()
    projection = Projection(journal, clock)
    return Feed(projection, ears, a_site(), clock), journal, projection, ears


async def follow(projection: Projection) -> None:
    while await projection._read_once():
        pass


def run(coroutine: Any) -> Any:
    import asyncio

    return asyncio.run(coroutine)


def test_a_page_starts_with_everything_and_then_gets_only_what_changed() -> None:
    feed, journal, projection, _ = a_feed(described("h1"), mission("m1", TASK), asked("E1"))
    run(follow(projection))
    first, seen = feed.everything()
    assert [q["id"] for q in first["inbox"]["open"]] == ["E1"]
    assert len(first["timeline"]) == 3
    assert set(feed.news(seen)) == {"live"}
    journal.write(ev.TaskChanged(task_id="t1", state=TaskState.QUEUED, because="may start"))
    run(follow(projection))
    news = feed.news(seen)
    assert set(news) == {"live", "tasks", "timeline"}
    assert [line["seq"] for line in news["timeline"]] == [4]
    assert set(feed.news(seen)) == {"live"}


def test_two_pages_are_each_told_once() -> None:
    feed, journal, projection, _ = a_feed(described("h1"))
    run(follow(projection))
    seen = [feed.everything()[1] for _ in range(2)]
    journal.write(asked("E1"))
    run(follow(projection))
    assert all("inbox" in feed.news(s) for s in seen)


def test_evidence_can_be_opened_after_its_camera_has_looked_again() -> None:
    def look(number: int) -> ev.ObservationMade:
        return ev.ObservationMade(
            observation=Observation(
                observation_id=f"o{number}", source="cam_1", source_kind="camera", observed_at_s=1.0, covered=("store",)
            )
        )

    rests_on = Evidence(kind="observation", ref="o1", summary="empty", source="cam_1", at_s=1.0, digest="d")
    feed, _, projection, _ = a_feed(look(1), asked("E1", evidence=(rests_on,)), look(2))
    run(follow(projection))
    (shown,) = feed.everything()[0]["inbox"]["open"][0]["evidence"]
    assert shown["details"] == ["camera cam_1 looked at store", "saw nothing"]


def test_sections_are_computed_once_for_one_state() -> None:
    feed, _, projection, _ = a_feed(described("h1"))
    run(follow(projection))
    assert feed.sections()["tasks"][1] is feed.sections()["tasks"][1]


def test_the_timeline_goes_back_to_the_beginning_page_by_page() -> None:
    feed, _, projection, _ = a_feed(described("h1"), *(reported("h1") for _ in range(4500)))
    run(follow(projection))
    first, _ = feed.everything()
    at = first["timeline_from"]
    assert at == 2502
    while at > 1:
        found, before = feed.older(at)
        assert found[-1]["seq"] == at - 1
        at = before
    assert found[0]["text"] == "h1 became known: G1 by Unitree"
    assert feed.older(1) == ([], 1)


def test_an_empty_journal_is_shown_as_empty() -> None:
    feed, _, _, _ = a_feed()
    first, _ = feed.everything()
    assert first["timeline"] == []
    assert first["live"]["leader"] is None
    assert first["live"]["journal_age_s"] is None


def test_an_entry_has_its_number_and_time() -> None:
    (record,) = records(described("h1"))
    assert entry(record)["seq"] == 1
    assert entry(record)["at_s"] == 1.0


# ---- the page's frame ---------------------------------------------------------------------------------------


def user(role: rq.Role, name: str = "maria") -> User:
    return User(name=name, role=role, session_id="s", expires_at_s=1.0)


def test_only_people_who_may_act_get_the_hold_button() -> None:
    assert 'id="fleet-hold-all"' in hold_html(user(rq.Role.OPERATOR))
    assert 'id="fleet-hold-all"' in hold_html(user(rq.Role.ADMIN))
    viewers = hold_html(user(rq.Role.VIEWER))
    assert "fleet-hold-all" not in viewers
    assert "fleet-release" not in viewers
    assert "fleet-hold-band" in viewers  # that everything is held concerns them too


def test_a_name_cannot_break_out_of_the_page() -> None:
    assert '"><script>' not in hold_html(user(rq.Role.ADMIN, '"><script>alert(1)</script>'))


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/console/tasks", "/tasks"), ("/console", ""), ("/tasks", "/tasks"), ("/consoles/x", "/consoles/x")],
)
def test_the_path_below_the_mount_is_found_whichever_way_the_server_counts_it(path: str, expected: str) -> None:
    assert page_path({"path": path}) == expected
