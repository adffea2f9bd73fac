"""Holds one claim against what other sources saw. Pure; no source may confirm itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleet.model.evidence import Claim, Detection, Observation, Verdict, Verification
from fleet.model.site import SiteMap
from fleet.verification.postconditions import Postcondition, Subject, postcondition_of

_STANDS_AT_M = 1.0  # nearer than this a sentence says "at", farther away "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What one independent source says of a claim. `confidence` is of what it saw, in [0, 1]; None for an absence."""

    observation: Observation
    agrees: bool
    sentence: str
    confidence: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that speaks about a claim now: `against` is what has lasted long enough to count."""

    for_it: tuple[Witness, ...] = ()
    against: tuple[Witness, ...] = ()

    @property
    def all(self) -> tuple[Witness, ...]:
        """Both sides, what speaks for it first."""
        return self.for_it + self.against

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Where sources, or a source and the claimant, say opposite things, in words."""
        if self.for_it and self.against:
            return (f"sources disagree: {self.for_it[0].sentence}; but {self.against[0].sentence}",)
        return tuple(f"the robot says that it is done, but {w.sentence}" for w in self.against[:1])


def weigh(
    claim: Claim, observations: Iterable[Observation], site: SiteMap, *, skew_s: float, tolerance_m: float
) -> Evidence:
    """What speaks for the claim and what against.

    Args:
        observations: the newest of each source; those of the claimant are ignored.
        skew_s: how much older than the claim evidence may be.
        tolerance_m: how near a place's surface an object must be seen to be at it.
    """
    condition = postcondition_of(claim)
    if condition is None or condition.changes_nothing:
        return Evidence()
    for_it, against = [], []
    for observation in observations:
        if observation.source == claim.robot_id or observation.observed_at_s < claim.claimed_at_s - skew_s:
            continue
        found = _speaks(claim, condition, observation, site, tolerance_m)
        if found is None:
            continue
        if found.agrees:
            for_it.append(found)
        elif observation.observed_at_s >= claim.claimed_at_s + _settles_in(condition, found):
            against.append(found)
    return Evidence(for_it=tuple(for_it), against=tuple(against))


def judge(
    claim: Claim,
    observations: Iterable[Observation],
    site: SiteMap,
    now_s: float,
    *,
    skew_s: float,
    tolerance_m: float,
) -> Verification | None:
    """The verdict, or None while the evidence says nothing yet. For the arguments see `weigh`."""
    condition = postcondition_of(claim)
    if condition is not None and condition.changes_nothing:
        return verdict(claim, Verdict.CONFIRMED, f"{claim.skill} changes nothing that could be seen", (), now_s)
    return concluded(claim, weigh(claim, observations, site, skew_s=skew_s, tolerance_m=tolerance_m), now_s)


def concluded(claim: Claim, evidence: Evidence, now_s: float) -> Verification | None:
    """What the evidence comes to; None while there is none."""
    if evidence.for_it and evidence.against:
        found = verdict(claim, Verdict.CONTRADICTED, evidence.conflicts[0], evidence.all, now_s)
        return replace(found, disagree=True)
    if evidence.for_it:
        return verdict(claim, Verdict.CONFIRMED, evidence.for_it[0].sentence, evidence.for_it, now_s)
    if evidence.against:
        return verdict(claim, Verdict.CONTRADICTED, evidence.against[0].sentence, evidence.against, now_s)
    return None


def _settles_in(condition: Postcondition, found: Witness) -> float:
    """What is seen elsewhere is elsewhere; what is not seen may only have been missed, so that has to last."""
    return condition.absent_s if found.confidence is None else condition.settle_s


def unverified(claim: Claim, now_s: float, waited_s: float) -> Verification:
    """The verdict when nobody but the claimant saw anything in `waited_s` seconds."""
    return verdict(claim, Verdict.UNVERIFIED, f"no other source saw it within {waited_s:g} s", (), now_s)


def verdict(claim: Claim, found: Verdict, because: str, witnesses: Iterable[Witness], now_s: float) -> Verification:
    """A verdict as it is kept, with what it rests on."""
    seen = [w.observation for w in witnesses]
    return Verification(
        claim_id=claim.claim_id,
        task_id=claim.task_id,
        verdict=found,
        because=because,
        sources=tuple(o.source for o in seen),
        evidence=tuple(o.observation_id for o in seen),
        concluded_at_s=now_s,
    )


def _speaks(
    claim: Claim, condition: Postcondition, seen: Observation, site: SiteMap, tolerance_m: float
) -> Witness | None:
    statement = claim.statement
    if condition.subject in (Subject.OBJECT_AT, Subject.OBJECT_WITH):
        return _object_speaks(str(statement.get("object", "")), statement, seen, site, tolerance_m)
    where = statement.get("seen", statement.get("robot_at"))
    return _robot_speaks(claim.robot_id, where, seen, site, condition.near_m) if isinstance(where, str) else None


def _witness(seen: Observation, agrees: bool, sentence: str, detection: Detection | None) -> Witness:
    confidence = detection.confidence if detection is not None else None
    return Witness(observation=seen, agrees=agrees, sentence=f"{seen.source} sees {sentence}", confidence=confidence)


def _object_speaks(
    object_id: str, statement: dict[str, object], seen: Observation, site: SiteMap, tolerance_m: float
) -> Witness | None:
    detection = next((d for d in seen.detections if d.subject_id == object_id), None)
    holder, place = statement.get("with"), statement.get("at")
    if detection is None:
        if isinstance(place, str) and place in seen.covered:
            return _witness(seen, False, f"{place} and {object_id} is not there", None)
        return None
    if isinstance(holder, str):
        if detection.holder == holder:
            return _witness(seen, True, f"{object_id} with {holder}", detection)
        return _witness(seen, False, f"{object_id} {whereabouts(detection)}, not with {holder}", detection)
    if isinstance(place, str):
        if not detection.holder and (detection.place == place or _rests_at(detection, place, site, tolerance_m)):
            return _witness(seen, True, f"{object_id} at {place}", detection)
        return _witness(seen, False, f"{object_id} {whereabouts(detection)}, not at {place}", detection)
    return None


def _rests_at(detection: Detection, place_id: str, site: SiteMap, tolerance_m: float) -> bool:
    place = site.places.get(place_id)
    if place is None or place.surface is None:
        return False
    surface = place.surface
    near = math.hypot(detection.x - surface.x, detection.y - surface.y) <= tolerance_m
    return near and abs(detection.z - surface.z) <= tolerance_m


def _robot_speaks(robot_id: str, where: str, seen: Observation, site: SiteMap, near_m: float) -> Witness | None:
    detection = next((d for d in seen.detections if d.subject_id == robot_id), None)
    place, zone = site.places.get(where), site.zones.get(where)
    if detection is None:
        return None
    if zone is not None:
        inside = zone.contains(detection.x, detection.y)
        return _witness(seen, inside, f"{robot_id} {'in' if inside else 'outside'} {where}", detection)
    if place is None:
        return None
    away = math.hypot(detection.x - place.approach.x, detection.y - place.approach.y)
    if away <= near_m:
        return _witness(seen, True, f"{robot_id} {'at' if near_m <= _STANDS_AT_M else 'near'} {where}", detection)
    if away >= 2 * near_m:
        return _witness(seen, False, f"{robot_id} {away:.1f} m away from {where}", detection)
    return None


def whereabouts(detection: Detection) -> str:
    """Where a detection puts its subject, in words."""
    if detection.holder:
        return f"held by {detection.holder}"
    if detection.place:
        return f"at {detection.place}"
    where = f"on the floor at ({detection.x:.1f}, {detection.y:.1f})"
    return f"{where} in {detection.zone}" if detection.zone else where
