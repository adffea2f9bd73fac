# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""What a scenario file of the format 2 says. `docs/reference/scenario-format.md` is generated from the fields below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from fleet.allocation.plan_settings import AllocationSettings
from fleet.deployment.fields import Source, setting
from fleet.deployment.preview_settings import PreviewSettings
from fleet.escalation.gate.settings import GateSettings
from fleet.model.escalation import Cause
from fleet.scenario.expect import Expectation
from fleet.supervisor.settings import SupervisorSettings
from fleet.traffic.settings import TrafficSettings

FORMAT = "humanoid-fleet-scenario/2"
ANY = "any"
WHY = "the scenario asks for it"
"""The reason of a mission that gives none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetEntry:
    """One robot, or `count` of a kind (then `id` is what their ids begin with: `g1` gives g1_1, g1_2, ...)."""

    id: str = setting("the robot's id, or what the ids of several begin with", is_id=True)
    model: str = setting("the model, e.g. unitree_g1", is_id=True)
    count: int | None = setting("how many", default=None, low=1, high=2000)
    tier: Literal["T0", "T1", "T2"] = setting("T0 fleet, T1 manipulation, T2 dynamic", default="T0")
    start: Any = setting(
        "a dock or station, or {x, y, yaw_deg}; without it the next free dock, then floor", default=None
    )
    battery: float = setting("battery at the start, as a fraction", default=1.0, low=0.01, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedArrival:
    """A mission at a time: either `mission`, or only its `tasks` (then mission and task ids are made where absent), or
    `text`: what is wanted in plain words, under the directive `id` (then its tasks are `ID-1`, `ID-2`, ...)."""

    at_s: float = setting("when it is submitted", default=0.0, low=0, high=1e6, unit="s")
    mission: dict[str, Any] | None = setting("the mission, as POST /v1/missions takes it", default=None)
    tasks: tuple[dict[str, Any], ...] | None = setting("only the mission's tasks", default=None)
    text: str | None = setting("an instruction in plain words", default=None)
    id: str | None = setting("the directive's id, with text; made where absent", default=None, is_id=True)
    why: str = setting("the reason, with text", default="")
    priority: int = setting("0 (whenever) to 100 (now), with text", default=50, low=0, high=100)
    by: str = setting("who submits it, if not the dispatcher", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A task of a stream. A parameter that is a list is drawn from; `{from: [...]}` for `object` draws a box that is
    believed to stand in one of these zones or places and that no open task is about; `{free_in: [...]}` for `to` draws
    a slot there that is believed to be free and that no open task goes to."""

    weight: float = setting("how often, in relation to the others of the stream", default=1.0, low=0, high=1e6)
    skill: str = setting("the skill", is_id=True)
    parameters: dict[str, Any] = setting("the skill's parameters", factory=dict)
    priority: int = setting("0 (whenever) to 100 (now)", default=50, low=0, high=100)
    deadline_in_s: float | None = setting("deadline after the request", default=None, low=1, high=1e6, unit="s")
    robot_id: str | None = setting("the robot that must do it", default=None, is_id=True)
    why: str = setting("why", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Tasks that arrive by a Poisson process: each a mission of its own. Drawn from (seed, the stream's id)."""

    id: str = setting("the stream's id, unique in the scenario", is_id=True)
    per_hour: float = setting("mean number of arrivals in an hour", low=0.01, high=1e6)
    from_s: float = setting("when it begins", default=0.0, low=0, high=1e6, unit="s")
    until_s: float = setting("when it ends", low=0, high=1e6, unit="s")
    most: int | None = setting("no more than so many", default=None, low=1, high=1_000_000)
    mix: tuple[Template, ...] = setting("what arrives")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the operator does with one kind of question."""

    cause: str = setting("why the question is asked, or any")
    choose: Any = setting(
        "what the chosen option's action has (* for any value); or best, first_possible, safe_default"
    )
    reason: str = setting("the reason given with the answer", default="as agreed for such cases")
    needs_evidence: tuple[str, ...] = setting("kinds of evidence that must be there, else it is held", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A time in which the operator answers nothing."""

    from_s: float = setting("when the operator goes", low=0, high=1e6, unit="s")
    to_s: float = setting("when the operator is back", low=0, high=1e6, unit="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorModel:
    """Who answers questions, how fast, and how well. Each question's draws are from (seed, the question's id)."""

    name: str = setting("the operator's name, as it goes on record", default="Mia Berger")
    answers_after_s: tuple[float, ...] = setting(
        "[least, most]: time from a question to its answer", default=(2.0, 2.0), low=0, high=1e5, unit="s"
    )
    errs: float = setting("probability of choosing another possible option than meant", default=0.0, low=0, high=1)
    goes_away: tuple[Away, ...] = setting("when nobody answers", default=())
    gives_up_after: int = setting(
        "after so many answers to the same question the task is cancelled", default=3, low=1, high=1000
    )
    answers: tuple[Answer, ...] = setting("one for each kind of question; one that is not here stays open", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """Something that a person does by themselves, without being asked."""

    at_s: float = setting("when", low=0, high=1e6, unit="s")
    do: Literal[
        "hold_all",
        "release_all",
        "hold",
        "release",
        "take_over",
        "hand_back",
        "recovered",
        "cancel_task",
        "cancel_mission",
        "acknowledge",
        "shelve",
        "unshelve",
        "delegate",
        "maintenance",
        "end_maintenance",
        "standing_order",
        "revoke_order",
        "pin_task",
        "unpin_task",
        "ban_robot",
        "allow_robot",
        "order_task",
        "close",
        "open",
    ] = setting("what")
    robot: str | None = setting(
        "the robot (hold, release, take_over, hand_back, recovered, pin_task, ban_robot, allow_robot)",
        default=None,
        is_id=True,
    )
    task: str | None = setting(
        "the task (cancel_task, pin_task, unpin_task, ban_robot, allow_robot, order_task)", default=None
    )
    after: tuple[str, ...] | None = setting("the tasks that it waits for from then on (order_task)", default=None)
    mission: str | None = setting("the mission (cancel_mission)", default=None)
    cause: str | None = setting(
        "the oldest open question of that cause, or any (acknowledge, shelve, unshelve, delegate); it is waited for",
        default=None,
        is_id=True,
    )
    for_s: float | None = setting(
        "for how long (shelve, maintenance, standing_order; may be with close, else until it is opened)",
        default=None,
        low=1,
        high=1e6,
        unit="s",
    )
    to: str | None = setting("to whom (delegate)", default=None)
    zone: str | None = setting("where (maintenance; or robot)", default=None, is_id=True)
    window: str | None = setting("the window's name (maintenance, end_maintenance)", default=None, is_id=True)
    what: str | None = setting(
        "a door, lift, zone, area or place that is closed to robots (close, open)", default=None, is_id=True
    )
    order: dict[str, Any] | None = setting(
        "what is decided in advance, as POST /v1/orders takes it without reason and end (standing_order, with for_s), "
        "or only its order_id (revoke_order)",
        default=None,
    )
    by: str = setting("who", default="Mia Berger")
    reason: str = setting("why")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSpec:
    """A scenario: who and what is there, what is asked for, what goes wrong, and what must come of it."""

    format: Literal["humanoid-fleet-scenario/2"] = setting("the version of this format: " + FORMAT)
    name: str = setting("the scenario's name", is_id=True)
    protects: str = setting("one sentence: what this scenario protects")
    within_s: float = setting("fleet time for all of it", low=1, high=1e6, unit="s")
    ends: Literal["settled", "at_time"] = setting(
        "settled: when all tasks have ended, as they must within within_s; at_time: after within_s, whatever is open",
        default="settled",
    )
    settle_s: float = setting("how long it goes on after everything is settled", default=1.0, low=0, high=1e5, unit="s")
    tick_s: float = setting(
        "how often robots report and the supervisor looks; for large fleets", default=0.1, low=0.1, high=1.0, unit="s"
    )
    seed: int = setting("the seed that is used when none is given", default=1, low=0, high=2**31 - 1)
    deployment: str | None = setting("a deployment file: instead of site and fleet", default=None)
    site: str | None = setting(
        "a site that comes with sim_worlds, or the path of a site file, from this file", default=None
    )
    fleet: tuple[FleetEntry, ...] = setting("the robots", default=())
    people: Any = setting(
        "who walks about, besides those who stand in the site: [people](people-and-conditions.md)", default=None
    )
    sensing: Any = setting(
        "how well cameras and robots see: [conditions](people-and-conditions.md); perfect without it", default=None
    )
    localisation: Any = setting("how well robots know where they are; perfect without it", default=None)
    wear: Any = setting("how carrying tires robots; not at all without it", default=None)
    battery: Any = setting("load, charging and age of batteries; as on the data sheet without it", default=None)
    near_people: Any = setting("how robots slow down near people; not at all without it", default=None)
    faults: Any = setting("what goes wrong: [faults](faults.md)", default=None)
    accountable: str = setting("the person who answers for safe defaults", default="Mia Berger")
    dispatcher: str = setting("the person who submits", default="Devi Rao")
    arrivals: tuple[ScriptedArrival, ...] = setting("missions at given times", default=())
    streams: tuple[Stream, ...] = setting("tasks that arrive by chance", default=())
    trace: str | None = setting("a CSV or JSONL file of arrivals, from this file", default=None)
    operator: OperatorModel = setting("who answers questions", factory=OperatorModel)
    others: tuple[OperatorModel, ...] = setting(
        "further people: each answers only what they are told of by name", default=()
    )
    interventions: tuple[Intervention, ...] = setting("what people do by themselves", default=())
    supervisor: SupervisorSettings = setting("the supervisor's settings", factory=SupervisorSettings)
    oversight: str | None = setting(
        "a file of [who is asked](oversight-file.md), from this file; without it everybody with the role operator",
        default=None,
    )
    policies: tuple[str, ...] = setting(
        "files of [policies](../how-to/policies.md), or folders of them, from this file", default=()
    )
    previews: PreviewSettings | None = setting(
        "options of open questions are tried ahead in copies of the simulated world; without it they are not",
        default=None,
    )
    gate: GateSettings = setting("when the fleet decides by itself: as in a deployment file", factory=GateSettings)
    traffic: TrafficSettings = setting("how robots are kept apart: as in a deployment file", factory=TrafficSettings)
    allocation: AllocationSettings = setting("how work is planned: as in a deployment file", factory=AllocationSettings)
    expect: Any = setting("what must come of it, at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mission:
    """An arrival, ready to be submitted: `plain` as POST /v1/missions takes it, with `deadline_in_s` in its tasks.

    Parameters of a stream's task may still have choices to be drawn when it arrives (`draws`)."""

    at_s: float
    plain: dict[str, Any]
    stream: str = ""
    draws: bool = False
    by: str = ""  # who submits it; the dispatcher where empty
    text: str = ""  # an instruction in plain words; then it has no tasks yet
    priority: int = 50

    @property
    def mission_id(self) -> str:
        """Its id."""
        return str(self.plain["mission_id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario that was read and checked as far as that can be without its site. `text` is the file's."""

    spec: ScenarioSpec
    source: Source
    text: str
    folder: str
    scripted: tuple[Mission, ...]
    """Script and trace, in the order of time. Streams are drawn for a seed: `arrivals.drawn`."""
    expectations: tuple[Expectation, ...] = field(default=())

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.name


CAUSES = (*(c.value for c in Cause), ANY)
POLICIES = ("best", "first_possible", "safe_default")
