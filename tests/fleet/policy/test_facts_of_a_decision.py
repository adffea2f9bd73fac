"""The facts that policies are shown: what the fleet knows at that moment, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model.evidence import Detection
from fleet.model.geometry import Pose
from fleet.model.ruling import Choice
from fleet.model.severity import Severity
from fleet.policy.facts import FAR_M, checked, complete
from fleet.policy.gather import facts_of
from tests.fleet.supervisor.building import Desk, a_robot, carry

NAN = float("nan")


def choice(**more: Any) -> Choice:
    plain: dict[str, Any] = {
        "decision_class": "which_recovery",
        "severity": Severity.MEDIUM,
        "options": ("yes", "no"),
        "scores": (0.8, 0.2),
    }
    return Choice(**{**plain, **more})


def facts(at: Desk, what: Choice | None = None, /, **subject: str) -> dict[str, Any]:
    return complete(facts_of(at.state, at.context.site, what or choice(), subject, at.now_s))


def test_they_tell_of_task_robot_object_and_place():
    at = Desk(a_robot("g1_1", model="unitree_g1"))
    at.submit(carry("t1", what="box_a", priority=80, deadline_s=100.0))
    at.report("g1_1", held=("box_a",), battery_fraction=0.4)
    known = facts(at, task="t1", robot="g1_1", rung="retries")
    assert (known["task"], known["skill"], known["priority"], known["place"]) == ("t1", "carry", 80, "table_1")
    assert (known["robot_model"], known["robot_battery"], known["holds_load"]) == ("unitree_g1", 0.4, True)
    assert (known["object"], known["object_kind"], known["payload_kg"]) == ("box_a", "box", 1.0)
    assert (known["zone"], known["zone_kind"], known["rung"]) == ("hall", "room", "retries")
    assert 0 < known["slack_s"] < 100


def test_the_best_option_and_how_far_it_is_ahead():
    at = Desk(a_robot("g1_1"))
    known = facts(at)
    assert (known["best_option"], known["best_score"], known["margin"]) == ("yes", 0.8, pytest.approx(0.6))


@pytest.mark.parametrize("scores", [(NAN, 0.1), (0.1,), (), (2.0, 0.1), (float("inf"), 0.0)])
def test_scores_that_are_none_are_told_as_such(scores):
    at = Desk(a_robot("g1_1"))
    known = facts(at, choice(scores=scores, loss_if_wrong=NAN))
    assert (known["scores_usable"], known["best_option"]) == (False, "")
    assert checked({k: v for k, v in known.items() if k == "scores"})
    assert known["loss_if_wrong"] == 0.0


def test_people_who_were_seen_lately_are_near_and_others_are_not_known():
    at = Desk(a_robot("g1_1"))
    assert facts(at, robot="g1_1")["nearest_person_m"] == FAR_M
    seen = Detection(subject_id="visitor", subject_kind="person", x=1.5, y=4.0)
    box = Detection(subject_id="box_b", subject_kind="object", x=4, y=8, place="table_3")
    at.see(seen, box)
    at.report("g1_1", pose=Pose(x=1.0, y=4.0))
    known = facts(at, robot="g1_1")
    assert (known["nearest_person_m"], known["people_near"]) == (0.5, 1)
    at.now_s += 60.0
    assert facts(at, robot="g1_1")["people_near"] == 0


def test_marks_say_what_cannot_be_undone():
    at = Desk(a_robot("g1_1"))
    assert facts(at)["reversible"]
    assert not facts(at, choice(marks=("irreversible",)))["reversible"]


def test_what_does_not_exist_is_named_and_says_nothing_else():
    at = Desk(a_robot("g1_1"))
    known = facts(at, task="no such", robot="nobody", object="unicorn")
    assert (known["task"], known["robot"], known["object"]) == ("no such", "nobody", "unicorn")
    assert (known["skill"], known["robot_model"], known["payload_kg"]) == ("", "", 0.0)
