"""Holds one claim against what other sources saw. Pure; no source may confirm itself."""

from __future__ import annotations

import math
from collections.abc import Iterable

from fleet.model.evidence import Claim, Detection, Observation, Verdict, Verification
from fleet.model.site import SiteMap

_STANDS_AT_M = 1.0  # a robot this near a place's approach is at the place
_SEES_FROM_M = 4.0  # and this near it can see what is there; twice as far away it is not, and cannot
_ABSENT_S = 3.0
_SETTLE_S = 1.0  # evidence against a claim must be this much younger than it: hands and cameras take a moment

_CHANGES_NOTHING = frozenset({"wait"})


def judge(
    claim: Claim,
    observations: Iterable[Observation],
    site: SiteMap,
    now_s: float,
    *,
    skew_s: float,
    tolerance_m: float,
) -> Verification | None:
    """The verdict, or None while the evidence says nothing yet.

    Args:
        observations: the newest of each source; those of the claimant are ignored.
        skew_s: how much older than the claim evidence may be.
        tolerance_m: how near a place's surface an object must be seen to be at it.
    """
    if claim.skill in _CHANGES_NOTHING:
        return _verdict(claim, Verdict.CONFIRMED, f"{claim.skill} changes nothing that could be seen", [], now_s)
    for_it: list[tuple[Observation, str]] = []
    against: list[tuple[Observation, str]] = []
    for observation in observations:
        if observation.source == claim.robot_id or observation.observed_at_s < claim.claimed_at_s - skew_s:
            continue
        found = _speaks(claim, observation, site, tolerance_m)
        if found is None:
            continue
        agrees, sentence = found
        if agrees:
            for_it.append((observation, sentence))
        elif observation.observed_at_s >= claim.claimed_at_s + _settles_in(claim, observation):
            against.append((observation, sentence))
    if for_it and against:
        sentence = f"sources disagree: {for_it[0][1]}; but {against[0][1]}"
        return _verdict(claim, Verdict.CONTRADICTED, sentence, [*for_it, *against], now_s)
    if for_it:
        return _verdict(claim, Verdict.CONFIRMED, for_it[0][1], for_it, now_s)
    if against:
        return _verdict(claim, Verdict.CONTRADICTED, against[0][1], against, now_s)
    return None


def _settles_in(claim: Claim, seen: Observation) -> float:
    """What is seen elsewhere is elsewhere; what is not seen may only have been missed, so that has to last."""
    wanted = claim.statement.get("object")
    absent = wanted is not None and all(d.subject_id != wanted for d in seen.detections)
    return _ABSENT_S if absent else _SETTLE_S


def unverified(claim: Claim, now_s: float, waited_s: float) -> Verification:
    """The verdict when nobody but the claimant saw anything in `waited_s` seconds."""
    return _verdict(claim, Verdict.UNVERIFIED, f"no other source saw it within {waited_s:g} s", [], now_s)


def _verdict(
    claim: Claim, verdict: Verdict, because: str, seen: list[tuple[Observation, str]], now_s: float
) -> Verification:
    return Verification(
        claim_id=claim.claim_id,
        task_id=claim.task_id,
        verdict=verdict,
        because=because,
        sources=tuple(o.source for o, _ in seen),
        evidence=tuple(o.observation_id for o, _ in seen),
        concluded_at_s=now_s,
    )


def _speaks(claim: Claim, seen: Observation, site: SiteMap, tolerance_m: float) -> tuple[bool, str] | None:
    statement = claim.statement
    if "object" in statement:
        return _object_speaks(str(statement["object"]), statement, seen, site, tolerance_m)
    if isinstance(statement.get("seen"), str):
        return _robot_speaks(claim.robot_id, str(statement["seen"]), seen, site, _SEES_FROM_M)
    if isinstance(statement.get("robot_at"), str):
        return _robot_speaks(claim.robot_id, str(statement["robot_at"]), seen, site, _STANDS_AT_M)
    return None


def _object_speaks(
    object_id: str, statement: dict[str, object], seen: Observation, site: SiteMap, tolerance_m: float
) -> tuple[bool, str] | None:
    detection = next((d for d in seen.detections if d.subject_id == object_id), None)
    holder, place = statement.get("with"), statement.get("at")
    if detection is None:
        if isinstance(place, str) and place in seen.covered:
            return False, f"{seen.source} sees {place} and {object_id} is not there"
        return None
    if isinstance(holder, str):
        if detection.holder == holder:
            return True, f"{seen.source} sees {object_id} with {holder}"
        return False, f"{seen.source} sees {object_id} {whereabouts(detection)}, not with {holder}"
    if isinstance(place, str):
        if not detection.holder and (detection.place == place or _rests_at(detection, place, site, tolerance_m)):
            return True, f"{seen.source} sees {object_id} at {place}"
        return False, f"{seen.source} sees {object_id} {whereabouts(detection)}, not at {place}"
    return None


def _rests_at(detection: Detection, place_id: str, site: SiteMap, tolerance_m: float) -> bool:
    place = site.places.get(place_id)
    if place is None or place.surface is None:
        return False
    surface = place.surface
    near = math.hypot(detection.x - surface.x, detection.y - surface.y) <= tolerance_m
    return near and abs(detection.z - surface.z) <= tolerance_m


def _robot_speaks(
    robot_id: str, where: str, seen: Observation, site: SiteMap, near_m: float
) -> tuple[bool, str] | None:
    detection = next((d for d in seen.detections if d.subject_id == robot_id), None)
    place, zone = site.places.get(where), site.zones.get(where)
    if detection is None:
        return None
    if zone is not None:
        inside = zone.contains(detection.x, detection.y)
        return inside, f"{seen.source} sees {robot_id} {'in' if inside else 'outside'} {where}"
    if place is None:
        return None
    away = math.hypot(detection.x - place.approach.x, detection.y - place.approach.y)
    if away <= near_m:
        return True, f"{seen.source} sees {robot_id} {'at' if near_m <= _STANDS_AT_M else 'near'} {where}"
    if away >= 2 * near_m:
        return False, f"{seen.source} sees {robot_id} {away:.1f} m away from {where}"
    return None


def whereabouts(detection: Detection) -> str:
    """Where a detection puts its subject, in words."""
    if detection.holder:
        return f"held by {detection.holder}"
    if detection.place:
        return f"at {detection.place}"
    where = f"on the floor at ({detection.x:.1f}, {detection.y:.1f})"
    return f"{where} in {detection.zone}" if detection.zone else where
