"""Claims, observations, and what comes of holding one against the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A robot's report that it did a task. It is not yet true: see `Verdict`.

    `statement` says what the world should now look like: `{"object": id, "at": place id}`, `{"object": id,
    "with": person id}`, `{"robot_at": place id}` or `{"seen": target, "found": [...]}`.
    """

    claim_id: str
    robot_id: str
    task_id: str
    command_id: str
    epoch: int
    skill: str
    statement: dict[str, Any]
    claimed_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One thing seen: `x, y, z` in m (map frame), `place` and `zone` ids where known, `confidence` in [0, 1].

    `holder` is the robot or person that visibly has the object, empty when it stands free. `class_probabilities` are of
    the detector, for the kinds of subject it can tell apart; empty where it gives none.
    """

    subject_id: str
    subject_kind: str  # object, robot, person
    x: float
    y: float
    z: float = 0.0
    zone: str = ""
    place: str = ""
    holder: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    confidence: float = 1.0
    class_probabilities: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one source saw at one time (fleet time, s). `covered` are the places and zones it looked at, so that
    what is absent from `detections` is evidence too."""

    observation_id: str
    source: str
    source_kind: str  # camera, robot, person
    observed_at_s: float
    covered: tuple[str, ...] = ()
    detections: tuple[Detection, ...] = ()


class Verdict(str, Enum):
    """What evidence from a source other than the claimant says of a claim."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of checking one claim: `evidence` are observation ids, `because` a sentence for people.

    Args:
        disagree: sources that both are not the claimant say opposite things.
        likely: how likely the claim is true on all there is, in [0, 1]; None where nobody reckoned.
        found_true: what a person found later; None while nobody has looked.
    """

    claim_id: str
    task_id: str
    verdict: Verdict
    because: str
    sources: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    concluded_at_s: float = 0.0
    disagree: bool = False
    likely: float | None = None
    found_true: bool | None = None
