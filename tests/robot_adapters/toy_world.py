"""A world of points and straight lines that keeps the promises of `sim_worlds.link.WorldLink`; for tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from fleet.model.evidence import Detection, Observation
from fleet.model.robot import Capability, RobotDescription
from fleet.model.skills import SKILLS

ROBOT = "toy-1"
SPEED_MPS = 1.0
WORK_S = 0.5  # how long anything but walking takes
REACH_M = 0.8


class Refused(Exception):
    def __init__(self, code: str, detail: str = "", retriable: bool = False) -> None:
        super().__init__(detail or code)
        self.code, self.detail, self.retriable = code, detail, retriable


class Unreachable(Exception):
    retriable = True


@dataclass(frozen=True)
class Status:
    command_id: str = ""
    kind: str = ""
    state: str = "idle"
    code: str = ""
    detail: str = ""
    retriable: bool = False
    detections: tuple[Detection, ...] = ()
    distance_left_m: float | None = None


@dataclass(frozen=True)
class Body:
    time_s: float = 0.0
    x_m: float = 0.0
    y_m: float = 0.0
    z_m: float = 0.0
    yaw_rad: float = 0.0
    vx_mps: float = 0.0
    vy_mps: float = 0.0
    posture: str = "standing"
    stability: float = 1.0
    battery_fraction: float = 0.8
    held: tuple[str, ...] = ()
    e_stop: bool = False
    docked_at: str | None = None
    holding_because: str | None = None
    health: tuple[str, ...] = ()
    joint_positions_rad: tuple[float, ...] = (0.1, 0.2)
    walking_to: tuple[float, float] | None = None
    route: int = 0
    route_passed: int = 0
    awaits_way: bool = False
    tired: float = 0.0


def _kind(name: str) -> Any:
    return lambda **fields: SimpleNamespace(kind=name, **fields)


PRIMITIVES: Any = SimpleNamespace(
    **{n: _kind(n.lower()) for n in ("Walk", "Pick", "Place", "Give", "Look", "Dock", "Wait", "Stand")}
)


@dataclass
class ToyWorld:
    """Boxes lie at points; `refuse` and `fail` make the next primitive of a kind go wrong."""

    boxes: dict[str, tuple[float, float]] = field(default_factory=lambda: {"box": (3.0, 0.0)})
    body: Body = field(default_factory=Body)
    current: Status = field(default_factory=Status)
    outcomes: dict[str, Status] = field(default_factory=dict)
    started: list[Any] = field(default_factory=list)
    readings: list[Observation] = field(default_factory=list)
    fail: dict[str, Status] = field(default_factory=dict)
    blocked_by: str = ""
    reachable: bool = True
    primitive: Any = None
    worked_s: float = 0.0
    heard_s: float = 0.0

    # ---- the link

    def describe(self) -> Any:
        able = tuple(Capability(skill=s, max_payload_kg=5.0) for s in SKILLS)
        joints = ("left_knee", "right_knee")
        known = RobotDescription(robot_id=ROBOT, model="toy", vendor="none", capabilities=able, joint_names=joints)
        return SimpleNamespace(robots=(SimpleNamespace(description=known, primitives=("walk", "stand"), reach_m=0.7),))

    def time_s(self) -> float:
        return self.body.time_s

    def start(self, robot_id: str, primitive: Any) -> Status:
        self._hear()
        if primitive.command_id == self.current.command_id and self.current.state in ("running", "blocked"):
            return self.current
        if primitive.command_id in self.outcomes:
            raise Refused("already_done", "executed before")
        if self.body.posture == "fallen":
            raise Refused("fallen", "lies on the floor")
        if self.body.holding_because:
            raise Refused("holding", f"holds because {self.body.holding_because}", True)
        if self.primitive is not None:
            raise Refused("busy", f"is doing {self.current.command_id}", True)
        self.primitive, self.worked_s = primitive, 0.0
        self.started.append(primitive)
        self.current = Status(primitive.command_id, primitive.kind, "running", distance_left_m=self._left())
        return self.current

    def cancel(self, robot_id: str, because: str) -> Status:
        self._hear()
        if self.primitive is not None:
            self._end(state="cancelled", detail=because, retriable=True)
        return self.current

    def status(self, robot_id: str) -> Status:
        return self.current

    def outcome(self, command_id: str) -> Status | None:
        if not self.reachable:
            raise Unreachable("the world is away")
        return self.outcomes.get(command_id)

    def body_state(self, robot_id: str) -> Body:
        return self.body

    def heartbeat(self, robot_id: str) -> None:
        self._hear()

    def hold(self, robot_id: str, because: str) -> None:
        self._hear()
        if self.body.holding_because is None:
            self.body = replace(self.body, holding_because=because)

    def resume(self, robot_id: str) -> None:
        self._hear()
        if self.body.e_stop:
            raise Refused("e_stop", "the e-stop is engaged", True)
        self.body = replace(self.body, holding_because=None)

    def release_e_stop(self, robot_id: str) -> None:
        self.body = replace(self.body, e_stop=False)

    def drain_observations(self) -> tuple[Observation, ...]:
        taken, self.readings = tuple(self.readings), []
        return taken

    # ---- time

    def advance(self, seconds: float) -> None:
        self.body = replace(self.body, time_s=self.body.time_s + seconds)
        if self.body.time_s - self.heard_s > 1.0 and self.body.holding_because is None:
            self.body = replace(self.body, holding_because="no heartbeat for 1 s")
        if self.primitive is None:
            return
        if self.body.posture == "fallen":
            self._end(state="failed", code="fallen", detail="fell")
        elif self.body.holding_because:
            self.current = replace(self.current, state="blocked", code="holding", detail="holds")
        elif self.blocked_by:
            self.current = replace(self.current, state="blocked", code="path_blocked", detail=self.blocked_by)
        else:
            self._work(seconds)

    def _work(self, seconds: float) -> None:
        if self.primitive.kind == "walk":
            self._walk(seconds * SPEED_MPS)
            done = self._left() < 1e-6
        else:
            self.worked_s += seconds
            done = self.worked_s >= getattr(self.primitive, "seconds", WORK_S)
        self.current = replace(self.current, state="running", code="", detail="", distance_left_m=self._left())
        if not done:
            return
        failure = self.fail.pop(self.primitive.kind, None)
        if failure is not None:
            self._end(state="failed", code=failure.code, detail=failure.detail, retriable=failure.retriable)
        else:
            getattr(self, f"_do_{self.primitive.kind}", self._end)()

    def _walk(self, metres: float) -> None:
        left = self._left()
        share = 1.0 if left <= metres else metres / left
        x = self.body.x_m + (self.primitive.x_m - self.body.x_m) * share
        y = self.body.y_m + (self.primitive.y_m - self.body.y_m) * share
        yaw = self.primitive.yaw_rad if self.primitive.yaw_rad is not None else self.body.yaw_rad
        self.body = replace(self.body, x_m=x, y_m=y, yaw_rad=yaw, docked_at=None)

    def _left(self) -> float | None:
        if self.primitive is None or self.primitive.kind != "walk":
            return None
        return math.hypot(self.primitive.x_m - self.body.x_m, self.primitive.y_m - self.body.y_m)

    def _do_pick(self) -> None:
        thing = self.primitive.object_id
        at = self.boxes.get(thing)
        if at is None or math.hypot(at[0] - self.body.x_m, at[1] - self.body.y_m) > REACH_M:
            self._end(state="failed", code="not_here", detail=f"{thing} is not here", retriable=True)
            return
        del self.boxes[thing]
        self.body = replace(self.body, held=(thing,))
        self._end()

    def _do_place(self) -> None:
        self.boxes |= {thing: (self.body.x_m, self.body.y_m) for thing in self.body.held}
        self.body = replace(self.body, held=())
        self._end()

    def _do_give(self) -> None:
        self.body = replace(self.body, held=())
        self._end()

    def _do_look(self) -> None:
        seen = tuple(Detection(subject_id=b, subject_kind="object", x=x, y=y) for b, (x, y) in self.boxes.items())
        self._end(detections=seen)

    def _do_dock(self) -> None:
        self.body = replace(self.body, docked_at=self.primitive.dock_id)
        self._end()

    def _do_stand(self) -> None:
        self.body = replace(self.body, posture="standing")
        self._end()

    def _end(self, state: str = "done", **more: Any) -> None:
        self.current = replace(self.current, state=state, **more)
        self.outcomes[self.current.command_id] = self.current
        self.primitive = None

    def _hear(self) -> None:
        if not self.reachable:
            raise Unreachable("does not answer")
        self.heard_s = self.body.time_s
