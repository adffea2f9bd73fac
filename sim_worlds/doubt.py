"""What eyes make of what rays reach: misses, mix-ups, noise, and things that are not there.

Every draw comes from a generator of (seed, source, subject, time slot), so nothing has to be remembered, a fork draws
as its parent, and a camera or a box more moves no other draw. A draw holds for `holds_s`: detectors err in streaks.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fleet.model.altered import altered
from fleet.model.evidence import Detection, Observation
from sim_worlds.conditions import EyeDoubt, SensingSpec
from sim_worlds.site import Site

CLASSES = ("object", "robot", "person")
_SURENESS = 30.0
"""Of a detector's class probabilities: they are drawn from a Dirichlet distribution of this weight around the row."""
_NOISE_AT_M = 5.0
_GHOST_CONFIDENCE = (0.3, 0.7)
_ZONE_SHARE = 0.75
Point = tuple[float, float, float]


class Sighting(NamedTuple):
    """What rays say: a detection without doubt, and the visible share of its subject."""

    detection: Detection
    share: float


class Doubt:
    """Blurs the observations of one world."""

    def __init__(self, spec: SensingSpec, seed: int, site: Site) -> None:
        self.spec, self.seed, self.site = spec, seed, site
        self.twins = _twins(site)
        self.values: dict[str, list[str]] = {}
        """Every value that an attribute has on this site."""
        for box in site.boxes.values():
            for name, value in box.record.attributes.items():
                if value not in self.values.setdefault(name, []):
                    self.values[name].append(value)

    def eye(self, kind: str) -> EyeDoubt:
        return self.spec.robots if kind == "robot" else self.spec.cameras

    def blur(
        self,
        seen: Observation,
        sightings: Sequence[Sighting],
        lens: Point,
        floor: dict[str, list[Point]],
        period_s: float,
    ) -> Observation:
        """The observation as this eye reports it.

        Args:
            seen: with everything but detections.
            sightings: what rays reach.
            lens: m.
            floor: sample points of the zones, m.
            period_s: the time that one observation stands for, for the rate of false positives.
        """
        eye = self.eye(seen.source_kind)
        if eye.perfect:
            return altered(seen, detections=tuple(s.detection for s in sightings))
        slot = int(seen.observed_at_s / eye.holds_s + 1e-9)
        found: dict[str, Detection] = {}
        for sighting in sightings:
            one = self._noticed(eye, seen, slot, sighting, lens)
            if one is not None:
                found.setdefault(one.subject_id, one)
        covered = tuple(c for c in seen.covered if self._within(eye, c, lens, floor))
        for ghost in self._ghosts(eye, seen, covered, period_s):
            found.setdefault(ghost.subject_id, ghost)
        return replace(seen, covered=covered, detections=tuple(found.values()))

    def _dice(self, *names: str | int) -> np.random.Generator:
        words = [zlib.crc32(n.encode()) if isinstance(n, str) else n for n in names]
        return np.random.default_rng([self.seed, zlib.crc32(b"sensing"), *words])

    def _noticed(
        self, eye: EyeDoubt, seen: Observation, slot: int, sighting: Sighting, lens: Point
    ) -> Detection | None:
        true = sighting.detection
        away = math.dist(lens, (true.x, true.y, true.z))
        chance = eye.detect_near + (eye.detect_far - eye.detect_near) * min(away / eye.range_m, 1.0)
        if eye.full_share > 0:
            chance *= min(sighting.share / eye.full_share, 1.0)
        dice = self._dice(seen.source, true.subject_id, slot)
        if away > eye.range_m or dice.random() >= chance:
            return None
        one = self._classified(eye, seen.source, true, dice)
        one = self._placed(
            eye, one, away, self._dice(seen.source, true.subject_id, "noise", int(seen.observed_at_s * 1000))
        )
        if one.subject_kind != "object" or true.subject_kind != "object":
            return one
        one = replace(one, attributes=self._looks(eye, one.attributes, dice))
        twin = self.twins.get(true.subject_id)
        if twin is not None and eye.swap > 0:
            # Of the pair, not of the one: when both are in view, each is taken for the other.
            pair = self._dice(seen.source, *sorted((true.subject_id, twin)), slot)
            if pair.random() < eye.swap:
                one = replace(one, subject_id=twin)
        return one

    def _classified(self, eye: EyeDoubt, source: str, true: Detection, dice: np.random.Generator) -> Detection:
        row = eye.confusion.get(true.subject_kind)
        if row is None:
            return one_class(true, {true.subject_kind: 1.0})
        names = [c for c in CLASSES if row.get(c, 0.0) > 0]
        # First which class it is taken for, as often as the row says; then how sure the detector is of it.
        taken = names[int(dice.choice(len(names), p=[row[c] for c in names]))]
        shares = dice.dirichlet([_SURENESS * (0.5 * row[c] + (0.5 if c == taken else 0.0)) for c in names])
        if len(names) > 1 and names[int(np.argmax(shares))] != taken:
            best, mine = int(np.argmax(shares)), names.index(taken)
            shares[best], shares[mine] = shares[mine], shares[best]
        probabilities = {c: round(float(p), 4) for c, p in zip(names, shares, strict=True)}
        if taken == true.subject_kind:
            return one_class(true, probabilities)
        # Nobody can tell which one it is when it is taken for something else.
        name = f"unknown_{source}_{zlib.crc32(true.subject_id.encode()) % 10_000}"
        wrong = replace(true, subject_id=name, subject_kind=taken, holder="", attributes={})
        return one_class(wrong, probabilities)

    def _placed(self, eye: EyeDoubt, one: Detection, away: float, dice: np.random.Generator) -> Detection:
        if eye.position_sd_m <= 0:
            return one
        sd = eye.position_sd_m * away / _NOISE_AT_M
        dx, dy, dz = (float(v) for v in dice.normal(0.0, sd, 3))
        x, y, z = one.x + dx, one.y + dy, max(one.z + dz / 2, 0.0)
        place = one.place
        if one.subject_kind == "object" and not one.holder:
            place = self.site.place_near((x, y, z)) or ""
        elif one.subject_kind == "robot":
            place = self.site.spot_near(x, y)
        return replace(one, x=round(x, 4), y=round(y, 4), z=round(z, 4), place=place, zone=self.site.zone_at(x, y))

    def _looks(self, eye: EyeDoubt, attributes: dict[str, str], dice: np.random.Generator) -> dict[str, str]:
        looks = dict(attributes)
        for name in sorted(looks):
            others = [v for v in self.values.get(name, ()) if v != looks[name]]
            # Drawn for each, whatever comes of it, so that a rate moves no later draw.
            wrong, which = dice.random() < eye.attribute_error, int(dice.integers(max(len(others), 1)))
            if wrong and others:
                looks[name] = others[which]
        return looks

    def _within(self, eye: EyeDoubt, name: str, lens: Point, floor: dict[str, list[Point]]) -> bool:
        """Whether what was looked at is near enough for this eye to notice anything there."""
        if name in self.site.places:
            place = self.site.places[name]
            spot = place.surface or place.approach
            return math.dist(lens, (spot.x, spot.y, spot.z)) <= eye.range_m
        points = floor.get(name, [])
        near = sum(math.dist(lens, p) <= eye.range_m for p in points)
        return near >= _ZONE_SHARE * len(points)

    def _ghosts(self, eye: EyeDoubt, seen: Observation, covered: Sequence[str], period_s: float) -> list[Detection]:
        rate = eye.false_positives_per_min * period_s / 60
        zones = [c for c in covered if c in self.site.zones]
        places = [c for c in covered if c in self.site.places and self.site.places[c].surface is not None]
        if rate <= 0 or not (zones or places):
            return []
        dice = self._dice(seen.source, "ghost", int(seen.observed_at_s * 1000))
        return [self._ghost(eye, seen, zones, places, i, dice) for i in range(int(dice.poisson(rate)))]

    def _ghost(
        self,
        eye: EyeDoubt,
        seen: Observation,
        zones: Sequence[str],
        places: Sequence[str],
        number: int,
        dice: np.random.Generator,
    ) -> Detection:
        known = list(self.site.boxes)
        name = f"unknown_{seen.source}_{int(seen.observed_at_s * 1000)}_{number}"
        looks = {k: v[int(dice.integers(len(v)))] for k, v in sorted(self.values.items())}
        if known and dice.random() < eye.false_identity:
            name = known[int(dice.integers(len(known)))]
            looks = dict(self.site.boxes[name].record.attributes)
        place = ""
        if places and (not zones or dice.random() < 0.5):
            place = places[int(dice.integers(len(places)))]
            spot = self.site.places[place].surface
            assert spot is not None
            x, y, z = spot.x, spot.y, spot.z + 0.1
        else:
            x, y = _inside(self.site.zones[zones[int(dice.integers(len(zones)))]].polygon, dice)
            z = 0.1
        return Detection(
            subject_id=name,
            subject_kind="object",
            x=round(x, 4),
            y=round(y, 4),
            z=z,
            zone=self.site.zone_at(x, y),
            place=place,
            attributes=looks,
            confidence=round(float(dice.uniform(*_GHOST_CONFIDENCE)), 3),
            class_probabilities={"object": 1.0},
        )


def one_class(detection: Detection, probabilities: dict[str, float]) -> Detection:
    """The detection with its class's probabilities; it is as sure as its class."""
    sure = detection.confidence * probabilities[detection.subject_kind]
    return replace(detection, class_probabilities=probabilities, confidence=round(sure, 3))


def _twins(site: Site) -> dict[str, str]:
    """For each box that has one, another that looks the same."""
    alike: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for name, box in site.boxes.items():
        looks = (box.record.kind, *sorted(box.record.attributes.items()))
        alike[looks].append(name)
    return {
        name: group[i ^ 1 if i ^ 1 < len(group) else 0]
        for group in (sorted(g) for g in alike.values() if len(g) > 1)
        for i, name in enumerate(group)
    }


def _inside(polygon: Sequence[tuple[float, float]], dice: np.random.Generator) -> tuple[float, float]:
    """A point between the middle of a zone and one of its corners."""
    middle = np.mean(np.asarray(polygon), axis=0)
    corner = np.asarray(polygon[int(dice.integers(len(polygon)))])
    x, y = middle + (corner - middle) * 0.9 * dice.random()
    return float(x), float(y)


__all__ = ["CLASSES", "Doubt", "Sighting"]
