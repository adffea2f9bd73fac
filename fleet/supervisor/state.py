"""The fleet's state: nothing but the fold of the journal's events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from fleet.model.altered import altered
from fleet.model.closures import Closure, SaidShut
from fleet.model.escalation import Escalation
from fleet.model.evidence import Claim, Observation, Verification
from fleet.model.instructions import Instruction
from fleet.model.jams import Jam, Room
from fleet.model.operator_keys import OperatorKey
from fleet.model.orders import StandingOrder, Weighed
from fleet.model.oversight import OversightState
from fleet.model.plan import FleetPlan
from fleet.model.queue import QueueState
from fleet.model.review import Review
from fleet.model.robot import Posture, RobotDescription, RobotState
from fleet.model.tally import Tally
from fleet.model.tasks import Directive, Mission, MissionState, Task, TaskState
from fleet.model.wire import digest
from fleet.supervisor.tables import changed, still_open


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Where a camera sees a robot that says it is somewhere else: x, y in m, since when and last at (fleet time, s)."""

    source: str
    x: float
    y: float
    apart_m: float
    since_s: float
    last_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """What the supervisor knows of one robot. `lease_person` is empty while the supervisor may command it;
    `aside_because` is empty unless the robot is kept from work."""

    description: RobotDescription
    state: RobotState | None = None
    in_contact: bool = True
    contact_changed_s: float = 0.0
    aside_because: str = ""
    aside_since_s: float = 0.0
    last_held: tuple[str, ...] = ()  # what it last had in its hands since its task was assigned
    held_because: str = ""
    held_by: str = ""
    lease_person: str = ""
    epoch: int = 0
    task_id: str | None = None
    closing_command_id: str | None = None  # told to give this up, has not said yet that it did
    closing_since_s: float = 0.0
    contact_losses: int = 0
    falls: int = 0
    busy_s: float = 0.0
    tasks_done: int = 0
    elsewhere: Elsewhere | None = None
    reported_at_s: float = 0.0  # when it last told something new about itself
    trusted_until_s: float = 0.0  # until then a person vouches for where it says it is

    @property
    def fallen(self) -> bool:
        """Whether it lies where it should not."""
        return self.state is not None and self.state.posture is Posture.FALLEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """Where an object is believed to be, on whose word and since when; coordinates in m."""

    object_id: str
    x: float
    y: float
    z: float
    zone: str
    place: str
    holder: str
    source: str
    observed_at_s: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNote:
    """How a request ended."""

    number: int
    accepted: bool
    problem: str = ""
    field: str = ""
    detail: str = ""


# A robot that was told to give a command up and for so long (s) says that it has none, has given it up.
CLOSED_AFTER_S = 2.0


def has_let_go(robot: Robot, report: RobotState) -> bool:
    """Whether `report` shows that the robot gave up the command it was told to, though it never said so."""
    closing = robot.closing_command_id
    waited = report.observed_at_s - robot.closing_since_s > CLOSED_AFTER_S
    return closing is not None and report.command_id != closing and waited


# The leader's epoch is the high part of every robot's epoch, so that a new leader outranks all leases of the old one.
EPOCH_STRIDE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetState:
    """Everything the supervisor decides from. Dictionaries are replaced, never changed in place."""

    epoch: int = 0
    supervisor_id: str = ""
    started_at_s: float = 0.0  # when this supervisor took the lead
    now_s: float = 0.0
    events: int = 0
    robots: dict[str, Robot] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    missions: dict[str, Mission] = field(default_factory=dict)
    directives: dict[str, Directive] = field(default_factory=dict)
    instructions: dict[str, Instruction] = field(default_factory=dict)  # in plain language, by their directives' ids
    yielding: dict[str, tuple[str, ...]] = field(default_factory=dict)  # task: others that must end before it goes on
    escalations: dict[str, Escalation] = field(default_factory=dict)
    objects: dict[str, Believed] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    verifications: dict[str, Verification] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)
    requests: dict[str, RequestNote] = field(default_factory=dict)
    requests_taken: int = 0
    rulings: int = 0  # decisions that passed the gate
    reviews: dict[str, Review] = field(default_factory=dict)  # of rulings that were drawn, by the rulings' ids
    honesty: dict[str, dict[str, Tally]] = field(default_factory=dict)  # robot, skill: claims that proved true
    competence: dict[str, dict[str, Tally]] = field(default_factory=dict)  # robot, skill: attempts seen through
    recoveries: dict[str, Tally] = field(default_factory=dict)  # skill/reason/rung: steps that mended it
    trials: dict[str, str] = field(default_factory=dict)  # task: the step that is being tried now
    levels: dict[str, float] = field(default_factory=dict)  # class/severity: the miscoverage level in use
    unknown: dict[str, dict[str, float]] = field(default_factory=dict)  # source, thing nobody else saw: when first, s
    hold_all: str = ""
    hold_all_by: str = ""
    operator_keys: dict[str, OperatorKey] = field(default_factory=dict)  # people's keys, by id
    orders: dict[str, StandingOrder] = field(default_factory=dict)
    weighed: dict[str, Weighed] = field(default_factory=dict)  # question: what came of the orders that fit it
    in_force: str = ""  # digest of the policies and calibrations that decisions are held against
    oversight: OversightState = field(default_factory=OversightState)  # of people: how they decide
    queue: QueueState = field(default_factory=QueueState)  # of questions: who was told, what is put aside
    jams: dict[str, Jam] = field(default_factory=dict)  # what keeps robots from going on, by its key
    room: dict[str, Room] = field(default_factory=dict)  # robots that should make room for others
    closures: dict[str, Closure] = field(default_factory=dict)  # what people closed to robots, by its id
    said_shut: dict[str, SaidShut] = field(default_factory=dict)  # doors and lifts, as robots said lately
    people_seen: dict[str, float] = field(default_factory=dict)  # zone: when somebody was last told to be there, s
    plan: FleetPlan = field(default_factory=FleetPlan)  # who does what in which order
    preferred: dict[str, tuple[str, ...]] = field(default_factory=dict)  # task: others that it goes before, by choice

    @property
    def leader_epoch(self) -> int:
        """The lowest epoch that robots still obey; every new leader raises it above all leases of the old one."""
        return self.epoch * EPOCH_STRIDE

    def digest(self) -> str:
        """SHA-256 over the whole state; two replays of one journal must agree on it."""
        return digest(self)

    def task_of(self, robot_id: str) -> Task | None:
        """The task the robot works on now."""
        robot = self.robots.get(robot_id)
        return self.tasks.get(robot.task_id) if robot and robot.task_id else None

    def open_escalations(self) -> list[Escalation]:
        """Questions that wait for an answer, oldest first."""
        return list(still_open(self.escalations, _is_open).values())

    def tasks_in(self, *states: TaskState) -> list[Task]:
        """Tasks in any of the states, in the order they were asked for."""
        tasks = self.tasks.values() if any(s.terminal for s in states) else self.open_tasks()
        return [t for t in tasks if t.state in states]

    def open_tasks(self) -> Collection[Task]:
        """Tasks that have not ended, in the order they were asked for."""
        return still_open(self.tasks, _has_not_ended).values()

    def active_missions(self) -> list[Mission]:
        """Missions that have not ended, in the order they were asked for."""
        return list(still_open(self.missions, _is_active).values())

    def with_task(self, task: Task) -> FleetState:
        """The state with this task in place of the one of the same id."""
        return altered(self, tasks=changed(self.tasks, {task.task_id: task}, _has_not_ended))

    def with_mission(self, mission: Mission, tasks: Sequence[Task] = ()) -> FleetState:
        """The state with this mission in place of the one of the same id, and with these tasks."""
        missions = changed(self.missions, {mission.mission_id: mission}, _is_active)
        if not tasks:
            return altered(self, missions=missions)
        new = {t.task_id: t for t in tasks}
        return altered(self, missions=missions, tasks=changed(self.tasks, new, _has_not_ended))

    def with_robot(self, robot_id: str, robot: Robot) -> FleetState:
        """The state with this robot in place of the one of the same id."""
        return altered(self, robots={**self.robots, robot_id: robot})

    def with_escalation(self, escalation: Escalation) -> FleetState:
        """The state with this escalation in place of the one of the same id."""
        return altered(self, escalations=changed(self.escalations, {escalation.escalation_id: escalation}, _is_open))


def _has_not_ended(task: Task) -> bool:
    return not task.state.terminal


def _is_active(mission: Mission) -> bool:
    return mission.state is MissionState.ACTIVE


def _is_open(escalation: Escalation) -> bool:
    return escalation.open
