"""How truly the world is sensed and felt: doubt in what is seen, in where one is, batteries that age, manners.

All of it is off by default: perfect eyes, exact positions, a battery as on its data sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Confusion = dict[str, dict[str, float]]
"""True class -> probability of each class that it is taken for; a row sums to 1. Classes: `object`, `robot`,
`person`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeDoubt:
    """How well one kind of eye sees. The defaults see everything that rays reach, as it is.

    detect_near, detect_far: probability to notice something in full view at the lens, and at `range_m`; linear in
        between, nothing is noticed beyond.
    full_share: visible share from which on it counts as in full view; below, the probability shrinks with the share.
    confusion: of classes; what is noticed comes with probabilities of all classes, drawn around its row.
    attribute_error: probability that one attribute (colour, label, ...) is taken for another one that exists.
    swap: probability that one of two things that look alike is taken for the other.
    false_positives_per_min: things seen that are not there, for each source; `false_identity` of them (a share) are
        taken for a thing that exists elsewhere.
    position_sd_m: s.d. of each coordinate at 5 m; it grows in proportion to distance.
    holds_s: how long one draw lasts. Misses and mix-ups of real detectors are not redrawn at each frame.
    latency_s: from the moment seen to the report; `observed_at_s` is the moment seen.
    """

    detect_near: float = 1.0
    detect_far: float = 1.0
    range_m: float = 30.0
    full_share: float = 0.0
    confusion: Confusion = field(default_factory=dict)
    attribute_error: float = 0.0
    swap: float = 0.0
    false_positives_per_min: float = 0.0
    false_identity: float = 0.2
    position_sd_m: float = 0.0
    holds_s: float = 2.0
    latency_s: float = 0.0

    @property
    def perfect(self) -> bool:
        return self == PERFECT_EYE


PERFECT_EYE = EyeDoubt()


@dataclass(frozen=True, slots=True, kw_only=True)
class SensingSpec:
    """Fixed cameras and robots' own eyes."""

    cameras: EyeDoubt = PERFECT_EYE
    robots: EyeDoubt = PERFECT_EYE


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalisationSpec:
    """How far a robot's belief of where it is strays from where it is. Zero everywhere: it knows.

    bias_m: s.d. of a constant offset of each robot's map, in x and y. drift_m, drift_rad: s.d. of the random walk after
    one metre walked (it grows with the square root of the way). bound_m: what the robot's own map matching keeps the
    drift below. landmark_m: within this distance of a dock the robot sees its marks and the drift shrinks away within
    about a second.
    """

    bias_m: float = 0.0
    drift_m: float = 0.0
    drift_rad: float = 0.0
    bound_m: float = 0.5
    landmark_m: float = 1.5

    @property
    def exact(self) -> bool:
        return not (self.bias_m or self.drift_m or self.drift_rad)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec:
    """Load and charging beyond idle and joint power; the defaults are a constant charger and no ageing.

    computing_w: for perception and planning while a robot is on. payload_w_per_kg: for holding something up, besides
    what walking with it takes. charge_w: at the dock, up to `taper_from` of the capacity; from there it falls in
    proportion to what is missing, to a twentieth (constant current, then constant voltage). health: capacity left of
    the data sheet's, for all robots; `health_of` for single ones.
    """

    computing_w: float = 0.0
    payload_w_per_kg: float = 0.0
    charge_w: float = 400.0
    taper_from: float = 1.0
    health: float = 1.0
    health_of: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WearSpec:
    """How work tires robots (warm joints); the default is that it does not.

    slows: of the speed that is left, the share that taking up a load of the whole payload takes away. rest_s: time
    constant of the recovery with empty hands; at a dock it is a quarter.
    """

    slows: float = 0.0
    rest_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NearPeople:
    """Speed and separation monitoring near people, after ISO/TS 15066:2016, 5.5.4, and ISO 13855.

    A robot walks no faster than lets it stand before it touches somebody who comes towards it:
    gap >= person_mps (reaction_s + stopping time) + v reaction_s + stopping distance + clearance_m.
    Below `creep_mps` it is not slowed: hand-overs must come near. `person_mps` None: as fast as they come now (a robot
    that tracks people); 1.6 is the standard's figure for people whose speed is not known.
    """

    reaction_s: float = 0.1
    clearance_m: float = 0.3
    creep_mps: float = 0.2
    person_mps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Everything above, for one world."""

    sensing: SensingSpec = SensingSpec()
    localisation: LocalisationSpec = LocalisationSpec()
    battery: BatterySpec = BatterySpec()
    near_people: NearPeople | None = None
    wear: WearSpec = WearSpec()


IDEAL = Conditions()

__all__ = [
    "IDEAL",
    "PERFECT_EYE",
    "BatterySpec",
    "Conditions",
    "Confusion",
    "EyeDoubt",
    "LocalisationSpec",
    "NearPeople",
    "SensingSpec",
    "WearSpec",
]
