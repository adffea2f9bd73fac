from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.model.evidence import Claim, Detection, Observation, Verdict
from fleet.verification.judge import judge
from tests.fleet.supervisor.building import a_site

CLAIM = Claim(
    claim_id="c",
    robot_id="r1",
    task_id="t",
    command_id="t#1",
    epoch=1,
    skill="carry",
    statement={"object": "box_a", "at": "table_1"},
    claimed_at_s=10.0,
)


def box(**changes: Any) -> Detection:
    at_table = Detection(subject_id="box_a", subject_kind="object", x=8, y=8.4, z=0.8, zone="hall", place="table_1")
    return replace(at_table, **changes)


def seen(
    *detections: Detection, source: str = "camera_1", at_s: float = 11.5, covered: tuple[str, ...] = ()
) -> Observation:
    return Observation(
        observation_id=f"{source}@{at_s}",
        source=source,
        source_kind="camera",
        observed_at_s=at_s,
        covered=covered,
        detections=detections,
    )


def verdict(*observations: Observation, claim: Claim = CLAIM) -> Verdict | None:
    found = judge(claim, observations, a_site(), 12.0, skew_s=0.3, tolerance_m=0.6)
    return found.verdict if found is not None else None


def test_another_source_that_sees_it_confirms() -> None:
    assert verdict(seen(box())) is Verdict.CONFIRMED


def test_the_claimants_own_eyes_confirm_nothing() -> None:
    assert verdict(seen(box(), source="r1")) is None


def test_what_was_seen_before_the_claim_says_nothing() -> None:
    assert verdict(seen(box(), at_s=9.0)) is None


def test_an_object_seen_elsewhere_contradicts() -> None:
    assert verdict(seen(box(place="", x=5, y=5, z=0.1))) is Verdict.CONTRADICTED


def test_an_object_still_in_hands_contradicts() -> None:
    assert verdict(seen(box(holder="r1"))) is Verdict.CONTRADICTED


def test_an_empty_place_that_was_in_view_contradicts_once_that_has_lasted() -> None:
    assert verdict(seen(covered=("table_1",))) is None, "a camera may miss a thing for a moment"
    assert verdict(seen(covered=("table_1",), at_s=13.5)) is Verdict.CONTRADICTED


def test_a_place_out_of_view_says_nothing() -> None:
    assert verdict(seen(covered=("shelf_1",))) is None


def test_hands_and_cameras_get_a_moment_before_evidence_counts_against() -> None:
    assert verdict(seen(box(holder="r1"), at_s=10.4)) is None


def test_sources_that_disagree_count_as_contradiction() -> None:
    assert verdict(seen(box()), seen(box(place="", x=5, y=5), source="camera_2")) is Verdict.CONTRADICTED


def test_an_object_on_the_surface_counts_though_the_camera_names_no_place() -> None:
    assert verdict(seen(box(place="", x=8.2))) is Verdict.CONFIRMED


def test_an_object_on_the_floor_under_the_place_is_not_at_the_place() -> None:
    assert verdict(seen(box(place="", z=0.1))) is Verdict.CONTRADICTED


@pytest.mark.parametrize(("holder", "expected"), [("nurse", Verdict.CONFIRMED), ("r1", Verdict.CONTRADICTED)])
def test_a_hand_over_is_judged_by_who_has_the_object(holder: str, expected: Verdict) -> None:
    claim = replace(CLAIM, skill="hand_over", statement={"object": "box_a", "with": "nurse"})
    assert verdict(seen(box(holder=holder, place="")), claim=claim) is expected


@pytest.mark.parametrize(("x", "expected"), [(8.2, Verdict.CONFIRMED), (9.5, None), (3.0, Verdict.CONTRADICTED)])
def test_being_somewhere_is_judged_by_where_the_robot_was_seen(x: float, expected: Verdict | None) -> None:
    claim = replace(CLAIM, skill="walk_to", statement={"robot_at": "table_1"})
    robot = Detection(subject_id="r1", subject_kind="robot", x=x, y=8.0)
    assert verdict(seen(robot), claim=claim) is expected


def test_waiting_changes_nothing_and_needs_no_evidence() -> None:
    assert verdict(claim=replace(CLAIM, skill="wait", statement={"waited_s": 3.0})) is Verdict.CONFIRMED


def test_a_claim_that_states_nothing_is_not_confirmed() -> None:
    assert verdict(seen(box()), claim=replace(CLAIM, statement={})) is None
