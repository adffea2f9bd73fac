"""A small site and a hand-driven supervisor: facts go in, events come out, nothing else is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from fleet.allocation.assignment import OptimalAssignment
from fleet.allocation.problem import Allocator
from fleet.bus.base import Facts
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.commands import Command, CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.evidence import Claim, Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Posture, RobotDescription, RobotState
from fleet.model.site import ObjectRecord, PersonRecord, Place, PlaceKind, SiteMap, Zone
from fleet.model.skills import SKILLS
from fleet.model.tasks import MissionSpec, Task, TaskSpec
from fleet.supervisor.context import Context
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import FleetState
from fleet.supervisor.step import Step, step
from fleet.travel import TravelModel


def slot(place_id: str, x: float, y: float) -> Place:
    return Place(
        place_id=place_id,
        kind=PlaceKind.SLOT,
        zone_id="hall",
        approach=Pose(x=x, y=y),
        surface=Pose(x=x, y=y + 0.4, z=0.8),
    )


def a_site() -> SiteMap:
    places = [
        slot("shelf_1", 2, 8),
        slot("shelf_2", 4, 8),
        slot("table_1", 8, 8),
        slot("table_2", 9, 8),
        slot("table_3", 6, 8),
    ]
    docks = [
        Place(place_id=f"dock_{i}", kind=PlaceKind.DOCK, zone_id="hall", approach=Pose(x=1 + i, y=1)) for i in (1, 2, 3)
    ]
    boxes = [
        ObjectRecord(
            object_id=name, kind="box", mass_kg=mass, attributes={"colour": colour, "size": "small"}, place_id=place
        )
        for name, mass, colour, place in (
            ("box_a", 1.0, "blue", "shelf_1"),
            ("box_b", 1.5, "blue", "shelf_2"),
            ("crate", 12.0, "red", "table_2"),
        )
    ]
    return SiteMap(
        site_id="test",
        name="Test hall",
        bounds=(0, 0, 10, 10),
        zones={"hall": Zone(zone_id="hall", kind="room", polygon=((0, 0), (10, 0), (10, 10), (0, 10)))},
        places={p.place_id: p for p in (*places, *docks)},
        objects={b.object_id: b for b in boxes},
        people={"nurse": PersonRecord(person_id="nurse", name="Nurse", zone_id="hall", approach=Pose(x=6, y=4))},
    )


def a_robot(robot_id: str, payload_kg: float = 2.0, model: str = "unitree_g1") -> RobotDescription:
    return RobotDescription(
        robot_id=robot_id,
        model=model,
        vendor="test",
        host="host",
        capabilities=tuple(Capability(skill=s, max_payload_kg=payload_kg, speed_mps=0.5) for s in SKILLS),
        payload_kg=payload_kg,
        max_speed_mps=0.5,
    )


class Desk:
    """Everything around one supervisor step: robots that say what the test has them say, and a person."""

    def __init__(
        self,
        *robots: RobotDescription,
        settings: SupervisorSettings | None = None,
        allocator: Allocator | None = None,
    ) -> None:
        site = a_site()
        self.context = Context(
            site=site,
            settings=settings or SupervisorSettings(),
            travel=TravelModel(site),
            allocator=allocator or OptimalAssignment(),
        )
        self.now_s = 0.0
        self.state = FleetState()
        self.events: list[ev.Event] = []
        self.batches: list[Step] = []
        self.commands: list[Command] = []
        self.numbers = 0
        self.silent_s: dict[str, float] = {}
        self.reported_s: dict[str, float] = {}
        self.reports: dict[str, RobotState] = {}
        self.take(started=ev.SupervisorStarted(supervisor_id="test", epoch=1), descriptions=robots)
        for i, robot in enumerate(robots):
            self.report(robot.robot_id, pose=Pose(x=1.0 + i, y=4), posture=Posture.STANDING)

    def take(self, *, started: ev.SupervisorStarted | None = None, requests: tuple[rq.Request, ...] = (), **facts: Any):
        """One step now, with these facts."""
        self.reported_s |= {report.robot_id: report.observed_at_s for report in facts.get("states", ())}
        heard = {"silent_s": dict(self.silent_s), "reported_s": dict(self.reported_s)}
        taken = step(
            self.state,
            Facts(**heard, **{k: tuple(v) for k, v in facts.items()}),
            self.now_s,
            self.context,
            requests=requests,
            started=started,
        )
        self.state = taken.state
        self.events += taken.events
        self.batches.append(taken)
        self.commands += taken.commands
        return taken

    def wait(self, seconds: float, tick_s: float = 0.5) -> None:
        """Let time pass with nothing said."""
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            self.now_s = min(self.now_s + tick_s, until)
            self.take()

    def report(self, robot_id: str, **changes: Any) -> Step:
        """The robot says how it is."""
        self.now_s += 0.1
        known = self.reports.get(robot_id) or RobotState(robot_id=robot_id, observed_at_s=0, pose=Pose(x=0, y=0))
        self.reports[robot_id] = replace(known, observed_at_s=self.now_s, **changes)
        return self.take(states=[self.reports[robot_id]])

    def ask(self, body: rq.RequestBody, actor: str = "dana", role: rq.Role = rq.Role.OPERATOR) -> ev.RequestSettled:
        """A person asks; returns how it was settled."""
        self.numbers += 1
        self.now_s += 0.1
        request = rq.Request(
            number=self.numbers,
            request_id=f"r{self.numbers}",
            actor=actor,
            role=role,
            received_at_s=self.now_s,
            idempotency_key=f"k{self.numbers}",
            body=body,
        )
        taken = self.take(requests=(request,))
        return next(e for e in taken.decisions if isinstance(e, ev.RequestSettled) and e.number == self.numbers)

    def submit(self, *tasks: TaskSpec, mission_id: str = "m1") -> ev.RequestSettled:
        mission = MissionSpec(mission_id=mission_id, title=mission_id, tasks=tasks, why="a test")
        return self.ask(rq.SubmitMission(mission=mission))

    def task(self, task_id: str) -> Task:
        return self.state.tasks[task_id]

    def last_command(self, task_id: str) -> ExecuteSkill:
        return [c for c in self.commands if isinstance(c, ExecuteSkill) and c.task_id == task_id][-1]

    def update(self, task_id: str, status: CommandStatus, **more: Any) -> Step:
        """The robot that has the task reports on its command."""
        command = self.last_command(task_id)
        self.now_s += 0.1
        update = CommandUpdate(
            command_id=command.command_id,
            robot_id=command.robot_id,
            task_id=task_id,
            epoch=command.epoch,
            status=status,
            **more,
        )
        return self.take(updates=[update])

    def claim(self, task_id: str) -> Claim:
        """The robot says it is done, with the statement its skill calls for."""
        command = self.last_command(task_id)
        p = command.parameters
        if command.skill in ("carry", "place"):
            statement: dict[str, Any] = {"object": p["object"], "at": p["to"]}
        elif command.skill == "hand_over":
            statement = {"object": p["object"], "with": p["person"]}
        elif command.skill == "wait":
            statement = {}
        else:
            statement = {"robot_at": p.get("place") or p.get("dock") or p.get("target")}
        claim = Claim(
            claim_id=f"{command.command_id}.claim",
            robot_id=command.robot_id,
            task_id=task_id,
            command_id=command.command_id,
            epoch=command.epoch,
            skill=command.skill,
            statement=statement,
            claimed_at_s=self.now_s,
        )
        self.update(task_id, CommandStatus.DONE, claim=claim)
        return claim

    def see(
        self, *detections: Detection, source: str = "camera_1", covered: tuple[str, ...] = (), kind: str = "camera"
    ) -> Step:
        """A camera, or a robot, looks."""
        self.now_s += 0.5
        observation = Observation(
            observation_id=f"{source}@{self.now_s:.3f}",
            source=source,
            source_kind=kind,
            observed_at_s=self.now_s,
            covered=covered,
            detections=detections,
        )
        return self.take(observations=[observation])

    def see_object(self, object_id: str, place: str = "", holder: str = "", **more: Any) -> Step:
        """A camera sees an object at a place, in hands, or on the floor."""
        surface = self.context.site.places[place].surface if place else Pose(x=5, y=5)
        assert surface is not None
        detection = Detection(
            subject_id=object_id,
            subject_kind="object",
            x=surface.x,
            y=surface.y,
            z=surface.z,
            zone="hall",
            place=place,
            holder=holder,
        )
        return self.see(detection, covered=(place,) if place else (), **more)

    def questions(self) -> list[Any]:
        return self.state.open_escalations()

    def answer(self, chosen: str, **changes: Any) -> ev.RequestSettled:
        """Dana answers the oldest open question."""
        escalation = self.questions()[0]
        body = rq.AnswerEscalation(
            escalation_id=escalation.escalation_id,
            option_id=chosen,
            reason="I looked at it",
            shown_digest=escalation.shown_digest,
        )
        return self.ask(msgspec.structs.replace(body, **changes))


def carry(task_id: str, what: Any = "box_a", to: str = "table_1", **more: Any) -> TaskSpec:
    return TaskSpec(task_id=task_id, skill="carry", parameters={"object": what, "to": to}, why="needed there", **more)
