"""What might be done now, as data: robots' plans, holds and cancellations, and what would count as success."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from sim_worlds.records import AnyPrimitive

ALL = "*"
"""In `hold`, `resume` and `cancel`: every robot of the world."""


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records here: frozen, by name only, JSON-able, and strict about names it does not know."""


class RobotPlan(_Record, frozen=True, kw_only=True):
    """Primitives for one robot, one after the other.

    Their `command_id`s may be empty: a rollout's commands have ids of their own, so that they never meet those of the
    live world. What the robot does when its turn comes (`after_s` from now) is cancelled first; unless the plan
    `goes_on`: then its primitives are those of the command under way (with its ids), and what is done or running of
    them is not begun again. A plan with `then` waits until the robot's plan of the background has ended, or, where it
    has none, until the robot is free.
    """

    robot_id: str
    primitives: tuple[AnyPrimitive, ...]
    task_id: str = ""
    """Under which name its end is reported; the robot's id when empty."""
    goes_on: bool = False
    then: bool = False
    after_s: float = 0.0

    @property
    def name(self) -> str:
        return self.task_id or self.robot_id


class _Goal(_Record, frozen=True, kw_only=True, tag=True, tag_field="kind"):
    """Something that is so or not, in the ground truth of a rollout."""


class ObjectAt(_Goal, frozen=True, kw_only=True, tag="object_at"):
    """The object stands on the place, in nobody's hands."""

    object_id: str
    place_id: str


class ObjectHeldBy(_Goal, frozen=True, kw_only=True, tag="object_held_by"):
    """The object is in the hands of this robot or person."""

    object_id: str
    holder: str


class RobotAt(_Goal, frozen=True, kw_only=True, tag="robot_at"):
    """The robot is upright and within `within_m` of a place's approach, or of (x_m, y_m)."""

    robot_id: str
    place_id: str | None = None
    x_m: float | None = None
    y_m: float | None = None
    within_m: float = 0.5


class CommandDone(_Goal, frozen=True, kw_only=True, tag="command_done"):
    """The primitive with this id, which runs in the live world, has ended well."""

    command_id: str


class PlansDone(_Goal, frozen=True, kw_only=True, tag="plans_done"):
    """All plans of the option have ended well, or those with these names; of the background too."""

    names: tuple[str, ...] = ()


class NobodyFell(_Goal, frozen=True, kw_only=True, tag="nobody_fell"):
    """No robot has fallen since. Together with another goal; alone it holds at once."""


class AllOf(_Goal, frozen=True, kw_only=True, tag="all_of"):
    """All of them at the same time."""

    goals: tuple[Goal, ...]


class AnyOf(_Goal, frozen=True, kw_only=True, tag="any_of"):
    """At least one of them."""

    goals: tuple[Goal, ...]


Goal = ObjectAt | ObjectHeldBy | RobotAt | CommandDone | PlansDone | NobodyFell | AllOf | AnyOf


class OptionPlan(_Record, frozen=True, kw_only=True):
    """One thing that might be done. An option without plans, holds and cancellations is "go on as now".

    `success` is counted from the first moment at which it holds; without it success and duration are not known, and
    are reported as None, never as a success.
    """

    option_id: str
    label: str = ""
    plans: tuple[RobotPlan, ...] = ()
    hold: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    success: Goal | None = None

    @property
    def changes_nothing(self) -> bool:
        return not (self.plans or self.hold or self.resume or self.cancel)


class Variation(_Record, frozen=True, kw_only=True):
    """What differs from run to run. The same run of every option meets the same luck. 0 turns a term off.

    The rates are assumptions to plan with, not measurements; give your own where you have them.
    """

    pace_sd: float = 0.08
    """Half-normal: how much slower than its model's speed a robot walks (never faster)."""
    work_sd: float = 0.15
    """Of the logarithm of the time that work of hands and eyes takes."""
    person_speed_sd: float = 0.15
    """Of the logarithm of a person's walking speed."""
    person_new_goal: float = 0.25
    """Probability that a person changes their mind about where to go, at some moment of the horizon."""
    person_stops_per_min: float = 0.5
    """Of each person who walks: hesitates for 1 to 4 s."""
    slips_per_hour: float = 1.0
    """Of each robot: the load slips and the robot does not notice, at once or when it next carries one."""
    silences_per_hour: float = 0.5
    """Of each robot: no radio for 5 to 30 s."""
    falls_per_hour: float = 0.1
    """Of each robot: its left knee gives way. Only of models that can walk by their joints (tier T2; they are promoted
    to it then): a body that is moved cannot fall."""


NO_VARIATION = Variation(
    pace_sd=0,
    work_sd=0,
    person_speed_sd=0,
    person_new_goal=0,
    person_stops_per_min=0,
    slips_per_hour=0,
    silences_per_hour=0,
    falls_per_hour=0,
)
"""Every run is the same and is what really comes, as long as nothing else is commanded."""

Start = Literal["live", "checkpoint"]


class Fork(_Record, frozen=True, kw_only=True, tag="fork", tag_field="kind"):
    """Forked processes on this machine.

    `live`: every run begins with an exact copy of the world, momentum and thoughts included. `checkpoint`: with the
    world as `World.checkpoint` keeps it, like `Ray`; the same seeds then give the same results as there.
    """

    start: Start = "live"


class Ray(_Record, frozen=True, kw_only=True, tag="ray", tag_field="kind"):
    """Workers of a Ray cluster (`address`, or `auto`), or of a local one that is started for this question (None).

    Runs begin with the world's checkpoint: a live process cannot be copied to another machine.
    """

    address: str | None = None

    @property
    def start(self) -> Start:
        return "checkpoint"


Executor = Fork | Ray


class Request(_Record, frozen=True, kw_only=True):
    """A question about the live world. See `evaluate` for the fields."""

    options: tuple[OptionPlan, ...]
    horizon_s: float
    n: int
    seed: int = 0
    deadline_s: float | None = None
    workers: int = 2
    executor: Executor = Fork()
    variation: Variation = Variation()
    background: tuple[RobotPlan, ...] = ()
    moved_only: bool = False
    replay: bool = False


AS_NOW = "as_now"
"""The id of the option "go on as now" that is added where none of the options is that."""


def with_baseline(options: Sequence[OptionPlan]) -> tuple[tuple[OptionPlan, ...], str]:
    """The options with one that changes nothing, and the id of that one: what lateness is measured against.

    Of several that change nothing the one with the first id counts, so that the order does not matter.
    """
    idle = sorted(o.option_id for o in options if o.changes_nothing)
    if idle:
        return tuple(options), idle[0]
    return (*options, OptionPlan(option_id=AS_NOW, label="Go on as now")), AS_NOW


def option_from_plain(data: Any) -> OptionPlan:
    """From JSON-like data. Raises `OptionError` with the path of the field that is wrong."""
    from sim_worlds.rollouts.checks import OptionError

    try:
        return msgspec.convert(data, type=OptionPlan)
    except msgspec.ValidationError as error:
        raise OptionError(f"option: {error}; expected the fields of OptionPlan") from None
