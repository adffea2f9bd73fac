"""What is asked of an allocator and what it answers. Every allocator takes the same problem and gives the same plan."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from fleet.model.geometry import Pose
from fleet.model.tasks import Needs
from fleet.supervisor.state import Robot


class Travel(Protocol):
    """How far it is on foot; `fleet.travel.TravelModel` is one."""

    def distance_m(self, start: Pose, end: Pose) -> float:
        """Length of the shortest way around walls and furniture, `math.inf` where there is none."""


class Closed(Protocol):
    """What of the floor is closed now; `fleet.supervisor.closed_off.Shut` is it."""

    def keeps_out(self, robot: Robot, stops: tuple[Pose, ...]) -> tuple[str, ...]:
        """What is closed on the robot's way along the stops, by id; empty where it may go now."""

    def said(self, what: Iterable[str]) -> str:
        """In words: what is closed, why, and until when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A task as the allocator sees it: everything looked up, nothing left to guess.

    `stops` are walked to in order (the object, then its destination); a job without stops is done where the robot
    stands, except that `dock` then means the nearest dock. `work_s` is the time spent at the stops. `object_id` is
    what it moves: a robot that has it in its hands already skips the first of two stops. Times are fleet time, s.
    """

    task_id: str
    skill: str
    stops: tuple[Pose, ...] = ()
    work_s: float = 0.0
    object_id: str | None = None
    payload_kg: float = 0.0
    hands: int = 0
    models: tuple[str, ...] = ()
    priority: int = 50
    waiting_since_s: float = 0.0
    not_before_s: float = 0.0
    deadline_s: float | None = None
    pinned_to: str | None = None
    excluded: tuple[str, ...] = ()
    hard_deadline: bool = False  # ending after `deadline_s` must not be
    team: int = 1  # robots that do it together
    members: tuple[str, ...] = ()  # of the team, who has the load in hand already: nobody else can take their place
    resources: tuple[str, ...] = ()  # what it has to itself from its start to its end
    after: tuple[str, ...] = ()  # tasks that must have ended before it starts
    slows: float = 0.0  # the share of its speed that it takes from the robot, until that has rested
    needs: Needs = field(default_factory=Needs)  # reach, speed and sensors; the rest is looked up in the fields above
    favour: float = 1.0  # how much more it counts than by its priority, because somebody chose so


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Who shall do what. `robots` are all robots, also those that cannot work now: the plan says why. `docks` is where
    a robot must still be able to get to afterwards, with `battery_reserve` (a fraction) left. `doubts` say by robot and
    skill how much less its word is to be trusted than a stranger's, in [0, 1]; who is not in it is trusted. `shut` is
    what is closed now, None where nothing is; `travel` takes everything to be open."""

    jobs: tuple[Job, ...]
    robots: tuple[Robot, ...]
    docks: tuple[Pose, ...]
    travel: Travel
    now_s: float
    battery_reserve: float = 0.1
    doubts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    shut: Closed | None = None


class Obstacle(str, Enum):
    """Why a robot does not get a job. The first group lasts whatever happens on the floor."""

    NO_SKILL = "no_skill"
    PAYLOAD = "payload"
    HANDS = "hands"
    CAPABILITY = "capability"  # reach, speed, sensors
    MODEL = "model"
    EXCLUDED = "excluded"
    PINNED = "pinned"
    UNREACHABLE = "unreachable"
    TEAM = "team"  # it works alone, or not with so many
    BATTERY_TOO_SMALL = "battery_too_small"  # even when fully charged
    # ---- those below may pass by themselves, or somebody can end them
    NOT_YET = "not_yet"
    NEVER_HEARD = "never_heard"
    SILENT = "silent"
    FALLEN = "fallen"
    E_STOP = "e_stop"
    FAULT = "fault"
    ASIDE = "aside"
    HELD = "held"
    LEASED = "leased"
    MODE = "mode"
    BUSY = "busy"
    HANDS_FULL = "hands_full"
    HANDS_EMPTY = "hands_empty"  # it would have to hold the object already
    BATTERY = "battery"
    CLOSED = "closed"  # something on its way is closed now
    TAKEN = "taken"  # it could, and does something else

    @property
    def lasting(self) -> bool:
        """Whether waiting cannot help."""
        return self in _LASTING


_LASTING = frozenset(
    {
        Obstacle.NO_SKILL,
        Obstacle.PAYLOAD,
        Obstacle.HANDS,
        Obstacle.CAPABILITY,
        Obstacle.MODEL,
        Obstacle.EXCLUDED,
        Obstacle.PINNED,
        Obstacle.UNREACHABLE,
        Obstacle.TEAM,
        Obstacle.BATTERY_TOO_SMALL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why one robot does not get one job; `text` is for people, e.g. `payload 12 kg > 2 kg`."""

    obstacle: Obstacle
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A robot for a task. `terms` are costs in s that add up to `cost_s`: travel, work, lateness, energy, and honesty
    where something is against the robot's word. `runner_up` would have been the next best for this task alone, at
    `runner_up_cost_s`. `usable_share` is what the task takes, dock included, of the battery above the reserve."""

    task_id: str
    robot_id: str
    terms: dict[str, float]
    cost_s: float
    finish_s: float
    runner_up: str | None = None
    runner_up_cost_s: float = math.inf
    usable_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A task that nobody gets now, and why not, for every robot."""

    task_id: str
    reasons: dict[str, Reason] = field(default_factory=dict)

    @property
    def hopeless(self) -> bool:
        """Whether no robot will ever be able to, as things are: somebody must be asked. True with no robots at all."""
        return all(reason.obstacle.lasting for reason in self.reasons.values())

    @property
    def summary(self) -> str:
        """All reasons in one line, robots with the same reason together."""
        together: dict[str, list[str]] = {}
        for robot_id, reason in self.reasons.items():
            together.setdefault(reason.text, []).append(robot_id)
        return "; ".join(f"{', '.join(robots)}: {text}" for text, robots in together.items()) or "there are no robots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The answer: at most one job a robot and one robot a job. Ordered by task id."""

    assignments: tuple[Assignment, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()


class Allocator(Protocol):
    """Chooses. The same problem gives the same plan, in every process and whatever the order of its parts."""

    def plan(self, problem: Problem) -> Plan:
        """A plan in which no robot and no task appears twice and no robot gets what it cannot do.

        Raises:
            InvalidField: the problem holds NaN, negative durations, or the same id twice.
        """
