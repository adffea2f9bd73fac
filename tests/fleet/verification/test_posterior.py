"""How likely a claim is true, on the robot's record and on what others saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fleet.model.evidence import Claim, Observation
from fleet.model.skills import SKILLS
from fleet.model.tally import CLAIMS, NOTHING, Tally
from fleet.verification.judge import Evidence, Witness
from fleet.verification.postconditions import POSTCONDITIONS, beside_the_point, sensors_that_cover
from fleet.verification.posterior import likely
from robot_adapters.claims import statement
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


def witness(
    source: str = "camera_1",
    kind: str = "camera",
    agrees: bool = True,
    confidence: float | None = 0.9,
    at_s: float = 11.0,
) -> Witness:
    seen = Observation(observation_id=f"{source}@1", source=source, source_kind=kind, observed_at_s=at_s)
    return Witness(observation=seen, agrees=agrees, sentence="sees it", confidence=confidence)


def stranger(robot_id: str, skill: str) -> Tally:
    return NOTHING


def known(**tallies: Tally) -> Callable[[str, str], Tally]:
    return lambda robot_id, skill: tallies.get(robot_id, NOTHING)


def p(*witnesses: Witness, honesty: Callable[[str, str], Tally] = stranger) -> float:
    for_it = tuple(w for w in witnesses if w.agrees)
    against = tuple(w for w in witnesses if not w.agrees)
    return likely(CLAIM, Evidence(for_it=for_it, against=against), honesty)


def test_without_evidence_it_is_the_robots_record() -> None:
    assert p() == pytest.approx(CLAIMS.mean)
    assert p(honesty=known(r1=Tally(right=0, wrong=10))) == pytest.approx(9 / 20)


def test_a_source_that_sees_it_makes_it_likelier_and_a_surer_one_more_so() -> None:
    assert p() < p(witness(confidence=0.3)) < p(witness(confidence=0.95)) < p(witness(), witness("camera_2"))


def test_what_is_not_seen_where_it_should_be_makes_it_unlikelier() -> None:
    assert p(witness(agrees=False, confidence=None)) < p()
    assert p(witness(agrees=False)) < p(witness(agrees=False, confidence=None)), "seen elsewhere says more"


def test_evidence_that_is_older_than_other_evidence_says_less() -> None:
    together = p(witness(), witness("camera_2", agrees=False))
    assert p(witness(), witness("camera_2", agrees=False, at_s=41.0)) < together
    assert p(witness(at_s=41.0), witness("camera_2", agrees=False)) > together


def test_no_clock_is_asked() -> None:
    assert p(witness(at_s=500.0)) == p(witness(at_s=11.0))


def test_a_robot_whose_own_word_was_bad_is_a_worse_witness() -> None:
    good = p(witness("r2", "robot"))
    assert p(witness("r2", "robot"), honesty=known(r2=Tally(right=0, wrong=8))) < good < p(witness())


def test_it_never_is_certain() -> None:
    many = [witness(f"camera_{i}", confidence=1.0) for i in range(9)]
    assert p(*many) == 0.999
    assert p(*(replace(w, agrees=False) for w in many)) == 0.001


PARAMETERS: dict[str, Any] = {
    "object": "box_a",
    "to": "table_1",
    "person": "nurse",
    "place": "shelf_1",
    "dock": "dock_1",
    "target": "hall",
    "seconds": 3,
}


@pytest.mark.parametrize("skill", sorted(SKILLS))
def test_every_skill_has_a_postcondition_that_fits_what_adapters_claim(skill: str) -> None:
    claim = replace(CLAIM, skill=skill, statement=statement("r1", skill, PARAMETERS))
    assert skill in POSTCONDITIONS
    assert beside_the_point(claim, PARAMETERS) == ""
    for said in POSTCONDITIONS[skill].expects:
        wrong = replace(claim, statement={**claim.statement, said: "ghost_7"})
        assert "'ghost_7'" in beside_the_point(wrong, PARAMETERS)


def test_sensors_that_cover_the_place_are_named() -> None:
    site = replace(a_site(), cameras={"camera_1": ("hall", "table_1"), "camera_2": ("shelf_1",)})
    assert sensors_that_cover(CLAIM, site) == ("camera_1",)


def test_the_tally_has_an_interval_that_narrows() -> None:
    low, high = NOTHING.interval(CLAIMS)
    tight_low, tight_high = Tally(right=90, wrong=10).interval(CLAIMS)
    assert low < CLAIMS.mean < high
    assert tight_high - tight_low < high - low
    assert Tally(right=1).and_(True, -1) == NOTHING
    assert NOTHING.and_(False, -1) == NOTHING
