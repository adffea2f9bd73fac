"""What can be said of a fault: its kind, whom it hits, when it begins, how long it lasts, how often and how hard."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any

DIRECTIONS = ("both", "to_robots", "from_robots")
PROCESSES = ("supervisor", "host", "world")
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A condition; all that is given must hold."""

    robot: str | None = None
    carrying: bool | None = None
    in_zone: str | None = None
    doing: str | None = None
    fallen: bool | None = None
    battery_below: float | None = None
    task: str | None = None
    task_state: str | None = None
    after: str | None = None
    after_over: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """One fault. It begins at `at_s`, or when `when` first holds, plus a delay drawn from `delay_s`.

    Which of the other fields a kind needs or takes: `KINDS`, and docs/reference/faults.md.
    """

    fault_id: str
    kind: str
    robot: str | None = None
    robots: tuple[str, ...] = ()
    at_s: float | None = None
    when: When | None = None
    delay_s: Pair = (0.0, 0.0)
    duration_s: float | None = None
    until: When | None = None
    every_s: float | None = None
    times: int | None = None
    joint: str | None = None
    fraction: float | None = None
    factor: float | None = None
    lag_s: Pair | None = None
    probability: float | None = None
    direction: str | None = None
    offset_m: Pair | None = None
    turn_rad: float | None = None
    shift_s: float | None = None
    camera: str | None = None
    object: str | None = None
    seen_at: str | None = None
    seen_as: dict[str, str] | None = None
    unseen: bool | None = None
    at_m: Pair | None = None
    radius_m: float | None = None
    door: str | None = None
    process: str | None = None

    @property
    def target(self) -> str:
        """Whom or what it hits, in words."""
        parts = (self.robot, ", ".join(self.robots), self.camera, self.object, self.door, self.process)
        return " ".join(p for p in parts if p) or "the site"

    @property
    def watched(self) -> tuple[str, ...]:
        """The robots it hits."""
        return (self.robot,) if self.robot is not None else self.robots


COMMON = ("fault_id", "kind", "at_s", "when", "delay_s", "every_s", "times")
"""Fields that every kind takes."""


def defaults(kind: type) -> dict[str, Any]:
    """The default of every field that has one."""
    return {f.name: f.default for f in fields(kind) if f.default is not MISSING}


def given(spec: FaultSpec | When) -> tuple[str, ...]:
    """The names of the fields that are not left at their default."""
    base = defaults(type(spec))
    return tuple(f.name for f in fields(spec) if f.name not in base or getattr(spec, f.name) != base[f.name])


WHEN_HELP = {
    "robot": "the robot that is watched; the fault's own when left out",
    "carrying": "whether it believes to carry something",
    "in_zone": "the zone it is in",
    "doing": "the kind of primitive that runs: walk, pick, place, give, look, dock, ...",
    "fallen": "whether it lies on the floor",
    "battery_below": "its battery holds less than this share, 0 to 1",
    "task": "a task id of the scenario; together with task_state",
    "task_state": "the supervisor's state of that task: queued, assigned, executing, ...",
    "after": "id of another fault that has begun at least once",
    "after_over": "id of another fault that has been over at least once",
}
HELP = {
    "robot": "the robot that it happens to",
    "robots": "the robots that it happens to",
    "at_s": "simulated s at which it begins",
    "when": "the condition on which it begins, instead of at_s",
    "delay_s": "[least, most] s between that moment and its begin, drawn from (seed, id)",
    "duration_s": "s that it lasts; without it and without until, for good",
    "until": "the condition on which it ends, if that comes before duration_s",
    "every_s": "it comes again this many s after it began the last time",
    "times": "how often it comes with every_s; without it, until the run ends",
    "joint": "a joint of the robot's model",
    "fraction": "what is left of the battery, 0 to 1",
    "factor": "of the torque limits, 0 to 1; of one joint, or of all",
    "lag_s": "[least, most] s of delay",
    "probability": "share of messages that it hits, above 0 to 1; all when left out",
    "direction": "both (when left out), to_robots or from_robots",
    "offset_m": "[x, y] m in the map frame",
    "turn_rad": "rad, counter-clockwise",
    "shift_s": "s that the clock is ahead (negative: behind) while it lasts",
    "camera": "the fixed camera that sees wrongly; or give robot",
    "object": "the box that is seen wrongly",
    "seen_at": "the place at which it is reported",
    "seen_as": "attributes it is reported with, e.g. {colour: red}; kind: person for another class",
    "unseen": "true: it is not reported",
    "at_m": "[x, y] of the obstacle's middle",
    "radius_m": "of the obstacle, 0.1 to 3; 0.4 when left out",
    "door": "a door of the site",
    "process": "supervisor, host or world",
}
"""What the fields mean, for the reference page."""
