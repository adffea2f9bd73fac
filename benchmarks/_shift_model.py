"""A day of a fleet without physics: the real supervisor, scripted robots, one operator, virtual time.

Robots do what they are told in drawn times, and what goes wrong is drawn too: instructions that fit two boxes, grasps
that fail, claims that are not so, falls, robots that fall silent, and on some days a zone whose network is down for an
hour. Everything is drawn from (seed, day); nothing is looked up in the supervisor's state that a person could not see.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from benchmarks._shift_site import HOUR_S, Day, a_site
from fleet.allocation.assignment import OptimalAssignment
from fleet.bus.base import Facts
from fleet.escalation.gate.settings import GateSettings, gate_of
from fleet.escalation.queue.rules import OversightRules
from fleet.escalation.queue.waiting import in_order
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model import requests as rq
from fleet.model.commands import CancelCommand, Command, CommandStatus, CommandUpdate, ExecuteSkill
from fleet.model.escalation import Escalation, Option, Shift
from fleet.model.evidence import Claim, Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.robot import Capability, Posture, RobotDescription, RobotState
from fleet.model.tasks import MissionSpec, TaskSpec, TaskState
from fleet.supervisor.context import Context
from fleet.supervisor.settings import SupervisorSettings
from fleet.supervisor.state import FleetState
from fleet.supervisor.step import step
from fleet.travel import TravelModel

_PREFERRED = ("ground", "wait_for_person", "redirect", "keep_waiting", "accept", "trust")
_OPEN = (TaskState.QUEUED, TaskState.ASSIGNED, TaskState.VERIFYING, TaskState.REQUESTED)


class ShiftModel:
    """One day. `play` gives the journal's records."""

    def __init__(self, day: Day, rules: OversightRules, seed: int, settings: SupervisorSettings | None = None) -> None:
        self.day, self.dice = day, np.random.default_rng(seed)
        self.site = a_site()
        shift = Shift(accountable="Ida Lang")
        self.context = Context(
            site=self.site,
            settings=settings or SupervisorSettings(shift=shift),
            travel=TravelModel(self.site, cell_m=0.5),
            allocator=OptimalAssignment(),
            gate=gate_of(GateSettings()),
            oversight=rules,
        )
        self.state, self.now_s = FleetState(), 0.0
        self.records: list[Record] = []
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = self._numbers = self._missions = self._batches = 0
        self._tick_at = float("inf")
        self.silent: dict[str, float] = {}
        self.reports: dict[str, RobotState] = {}
        self.truth = {o.object_id: str(o.place_id) for o in self.site.objects.values()}
        self.running: dict[str, ExecuteSkill] = {}
        self.busy_until_s = 0.0
        self.answered: dict[str, int] = {}

    # ---- time -----------------------------------------------------------------------------------------------

    def at(self, when_s: float, what: Callable[[], None]) -> None:
        """Do something later."""
        self._count += 1
        heapq.heappush(self._heap, (max(when_s, self.now_s), self._count, what))

    def play(self) -> list[Record]:
        """Run the day."""
        self._begin()
        while self._heap and self._heap[0][0] <= self.day.until_s:
            self.now_s, _, what = heapq.heappop(self._heap)
            what()
        return self.records

    def take(self, started: ev.SupervisorStarted | None = None, requests: Any = (), **facts: Any) -> None:
        """One step of the supervisor now."""
        silent = {r: self.now_s - self.silent[r] if r in self.silent else 0.0 for r in self.reports}
        given = {name: tuple(items) for name, items in facts.items()}
        taken = step(
            self.state,
            Facts(silent_s=silent, **given),
            self.now_s,
            self.context,
            requests=tuple(requests),
            started=started,
        )
        self.state, self._batches = taken.state, self._batches + 1
        for event in taken.events:
            seq = len(self.records) + 1
            self.records.append(
                Record(seq=seq, batch=self._batches, at_s=self.now_s, epoch=1, event=event, checksum="")
            )
        for command in taken.commands:
            self._obey(command)
        self._operator()
        self._tick_later()

    def _tick_later(self) -> None:
        """The supervisor looks at time alone: often while something waits for it, else once a minute."""
        some = self.state.tasks_in(TaskState.BLOCKED) or self.silent or self.state.open_escalations()
        soon = 5.0 if self.state.tasks_in(*_OPEN) else 15.0 if some else 120.0
        if self.now_s + soon < self._tick_at - 1e-9 or self._tick_at <= self.now_s:
            self._tick_at = self.now_s + soon
            self.at(self._tick_at, partial(self._tick, self._tick_at))

    def _tick(self, due_s: float) -> None:
        if due_s == self._tick_at:
            self.take()

    # ---- the day --------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        skills = ("walk_to", "pick", "place", "carry", "inspect")
        able = tuple(Capability(skill=s, max_payload_kg=5.0, speed_mps=0.8) for s in skills)
        robots = [
            RobotDescription(
                robot_id=f"r{i:02d}",
                model="m",
                vendor="v",
                host=f"host_{i}",
                capabilities=able,
                payload_kg=5.0,
                max_speed_mps=0.8,
            )
            for i in range(self.day.robots)
        ]
        for i, robot in enumerate(robots):
            pose = Pose(x=1.0 + 1.4 * i, y=1.0)
            self.reports[robot.robot_id] = RobotState(
                robot_id=robot.robot_id, observed_at_s=0.0, pose=pose, posture=Posture.STANDING, battery_fraction=0.9
            )
        self.take(started=ev.SupervisorStarted(supervisor_id="s", epoch=1), descriptions=robots)
        self.take(states=[replace(r, observed_at_s=0.1) for r in self.reports.values()])
        self.at(float(self.dice.exponential(HOUR_S / self.day.tasks_per_hour)), self._arrive)
        for _ in range(self.dice.poisson(self.day.silences_per_day)):
            robot_id = f"r{int(self.dice.integers(self.day.robots)):02d}"
            lasts = float(self.dice.uniform(60.0, 300.0))
            when = float(self.dice.uniform(0.0, self.day.until_s))
            self.at(when, partial(self._fall_silent, robot_id, lasts))
        if self.day.outage_from_s is not None:
            self.at(self.day.outage_from_s, self._outage)
            self.at(self.day.outage_from_s + self.day.outage_s, self._outage_over)

    def _outage(self) -> None:
        for robot_id, report in self.reports.items():
            if self.site.zone_at(report.pose.x, report.pose.y) == self.day.outage_zone:
                self.silent.setdefault(robot_id, self.now_s)

    def _outage_over(self) -> None:
        for robot_id in list(self.silent):
            self._be_heard(robot_id)

    @property
    def _down(self) -> bool:
        begins = self.day.outage_from_s
        return begins is not None and begins <= self.now_s < begins + self.day.outage_s

    def _fall_silent(self, robot_id: str, lasts_s: float) -> None:
        self.silent.setdefault(robot_id, self.now_s)
        self.at(self.now_s + lasts_s, lambda: self._be_heard(robot_id))

    def _be_heard(self, robot_id: str) -> None:
        in_zone = self.site.zone_at(self.reports[robot_id].pose.x, self.reports[robot_id].pose.y)
        if robot_id in self.silent and not (self._down and in_zone == self.day.outage_zone):
            del self.silent[robot_id]
            self.take()

    @property
    def _per_hour(self) -> float:
        begins = self.day.outage_from_s
        rush = begins is not None and begins - 1800.0 <= self.now_s < begins + self.day.outage_s
        return self.day.rush_per_hour if rush else self.day.tasks_per_hour

    def _arrive(self) -> None:
        self.at(self.now_s + float(self.dice.exponential(HOUR_S / self._per_hour)), self._arrive)
        wanted = {t.grounded.get("object") for t in self.state.tasks.values() if not t.state.terminal}
        promised = {t.spec.parameters.get("to") for t in self.state.tasks.values() if not t.state.terminal}
        boxes = [b for b, place in self.truth.items() if b not in wanted and place]
        free = [p for p in self.site.places if p not in promised and p not in self.truth.values()]
        if not boxes or not free:
            return
        box, to = boxes[int(self.dice.integers(len(boxes)))], free[int(self.dice.integers(len(free)))]
        looks = self.site.objects[box].attributes
        what: Any = {"kind": "box", "colour": looks["colour"]} if self.dice.random() < self.day.unclear else box
        self._missions += 1
        deadline = self.now_s + 1800.0 if self.dice.random() < 0.3 else None
        task = TaskSpec(
            task_id=f"t{self._missions}",
            skill="carry",
            parameters={"object": what, "to": to},
            why="wanted there",
            deadline_s=deadline,
        )
        mission = MissionSpec(mission_id=f"m{self._missions}", title="bring", tasks=(task,), why="wanted there")
        self._ask(rq.SubmitMission(mission=mission), "Devi")

    # ---- robots ---------------------------------------------------------------------------------------------

    def _obey(self, command: Command) -> None:
        if isinstance(command, ExecuteSkill):
            self.running[command.robot_id] = command
            self.at(self.now_s + 0.5, lambda: self._update(command, CommandStatus.RUNNING, phase="fetch"))
            lasts = float(self.dice.uniform(60.0, 180.0))
            for share in (0.35, 0.7):
                self.at(self.now_s + share * lasts, partial(self._get_on, command, share))
            self.at(self.now_s + lasts, lambda: self._finish(command))
        elif isinstance(command, CancelCommand):
            self.at(self.now_s + 0.5, lambda: self._cancelled(command))

    def _get_on(self, command: ExecuteSkill, share: float) -> None:
        if self.running.get(command.robot_id) is command and command.robot_id not in self.silent:
            self._update(command, CommandStatus.RUNNING, phase=f"step {share:g}", fraction=share)

    def _cancelled(self, command: CancelCommand) -> None:
        running = self.running.get(command.robot_id)
        if running is not None and running.command_id == command.command_id:
            if self._deaf(command.robot_id, lambda: self._cancelled(command)):
                return
            del self.running[command.robot_id]
            self._update(running, CommandStatus.CANCELLED, reason=command.because, held=())

    def _deaf(self, robot_id: str, again: Callable[[], None]) -> bool:
        """Whether the robot cannot be heard; then it is tried again later."""
        if robot_id in self.silent:
            self.at(self.now_s + 20.0, again)
        return robot_id in self.silent

    def _finish(self, command: ExecuteSkill) -> None:
        robot_id = command.robot_id
        if self.running.get(robot_id) is not command or self._deaf(robot_id, lambda: self._finish(command)):
            return
        target = command.parameters.get("to")
        place = self.site.places.get(str(target))
        if self._down and place is not None and place.zone_id == self.day.outage_zone:
            self.reports[robot_id] = replace(self.reports[robot_id], pose=place.approach)
            self.silent.setdefault(robot_id, self.now_s)  # it walks into where nobody is heard
            self.at(self.now_s + 20.0, lambda: self._finish(command))
            return
        del self.running[robot_id]
        luck = float(self.dice.random())
        d = self.day
        if luck < d.fails:
            self._update(command, CommandStatus.FAILED, reason="the grasp slipped", retriable=True, held=())
        elif luck < d.fails + d.falls:
            self._fall(command)
        else:
            self._done(command, truly=luck >= d.fails + d.falls + d.lies)

    def _fall(self, command: ExecuteSkill) -> None:
        box = str(command.parameters.get("object", ""))
        self._report(command.robot_id, held=(box,) if box else ())
        self._report(command.robot_id, posture=Posture.FALLEN, held=())
        self.at(self.now_s + 3.0, lambda: self._see(box, ""))
        self.at(self.now_s + 900.0, lambda: self._stand_up(command.robot_id))

    def _stand_up(self, robot_id: str) -> None:
        self._report(robot_id, posture=Posture.STANDING)
        if self.state.robots[robot_id].aside_because:
            self._ask(rq.ReportRecovered(robot_id=robot_id, reason="it stands again"), "Mia")

    def _done(self, command: ExecuteSkill, truly: bool) -> None:
        p, to = command.parameters, str(command.parameters.get("to", ""))
        box = str(p.get("object", ""))
        statement = {"object": box, "at": to} if to else {"robot_at": p.get("target") or p.get("place")}
        claim = Claim(
            claim_id=f"{command.command_id}.claim",
            robot_id=command.robot_id,
            task_id=command.task_id,
            command_id=command.command_id,
            epoch=command.epoch,
            skill=command.skill,
            statement=statement,
            claimed_at_s=self.now_s,
        )
        if truly and box in self.truth and to:
            self.truth[box] = to
        pose = self.site.places[to].approach if to in self.site.places else self.reports[command.robot_id].pose
        self._update(command, CommandStatus.DONE, claim=claim, held=(), pose=pose)
        if box in self.truth:
            self.at(self.now_s + 1.5, lambda: self._see(box, self.truth[box]))

    def _report(self, robot_id: str, **changes: Any) -> None:
        self.reports[robot_id] = replace(self.reports[robot_id], observed_at_s=self.now_s, **changes)
        self.take(states=[self.reports[robot_id]])

    def _update(
        self,
        command: ExecuteSkill,
        status: CommandStatus,
        *,
        held: tuple[str, ...] | None = None,
        pose: Pose | None = None,
        **more: Any,
    ) -> None:
        robot_id = command.robot_id
        if self._deaf(robot_id, lambda: self._update(command, status, held=held, pose=pose, **more)):
            return
        report = replace(self.reports[robot_id], observed_at_s=self.now_s)
        if held is None and "object" in command.parameters:
            held = (str(command.parameters["object"]),)
        report = replace(report, held=held or (), pose=pose or report.pose)
        self.reports[robot_id] = report
        update = CommandUpdate(
            command_id=command.command_id,
            robot_id=robot_id,
            task_id=command.task_id,
            epoch=command.epoch,
            status=status,
            **more,
        )
        self.take(states=[report], updates=[update])

    def _see(self, box: str, place: str) -> None:
        where = self.site.places[place] if place else None
        pose = where.surface if where is not None and where.surface is not None else Pose(x=6.0, y=6.0)
        zone = where.zone_id if where is not None else "west"
        seen = Detection(
            subject_id=box, subject_kind="object", x=pose.x, y=pose.y, z=pose.z, zone=zone, place=place, holder=""
        )
        observation = Observation(
            observation_id=f"cam@{self.now_s:.3f}-{box}",
            source=f"cam_{zone}",
            source_kind="camera",
            observed_at_s=self.now_s,
            covered=(place,) if place else (),
            detections=(seen,),
        )
        self.take(observations=[observation])

    # ---- people ---------------------------------------------------------------------------------------------

    def _ask(self, body: rq.RequestBody, actor: str) -> None:
        self._numbers += 1
        request = rq.Request(
            number=self._numbers,
            request_id=f"q{self._numbers}",
            actor=actor,
            role=rq.Role.OPERATOR,
            received_at_s=self.now_s,
            idempotency_key=f"k{self._numbers}",
            body=body,
        )
        self.take(requests=(request,))

    def _operator(self) -> None:
        """One question at a time, the dearest first. At lunch nobody answers, or who the second tier calls."""
        begins, ends = self.day.lunch_s
        away = begins <= self.now_s < ends
        if self.now_s < self.busy_until_s or (away and not self.day.covered):
            return
        actor = self.context.settings.shift.accountable if away else "Mia"
        for asked, _ in in_order(self.state, self.now_s):
            entry = self.state.queue.entries.get(asked.escalation_id)
            if asked.acknowledged_by is None and entry is not None and (entry.tier >= 1 or not away):
                takes = float(self.dice.uniform(15.0, 60.0))
                self.busy_until_s = self.now_s + takes
                self.at(self.now_s, partial(self._take_up, asked.escalation_id, actor))
                self.at(self.now_s + takes, partial(self._decide, asked.escalation_id, actor))
                return

    def _take_up(self, escalation_id: str, actor: str) -> None:
        self._ask(rq.AcknowledgeEscalation(escalation_id=escalation_id), actor)

    def _decide(self, escalation_id: str, actor: str) -> None:
        asked = self.state.escalations[escalation_id]
        if not asked.open:
            self.take()
            return
        option = self._chosen(asked)
        self.answered[asked.dedup_key] = self.answered.get(asked.dedup_key, 0) + 1
        body = rq.AnswerEscalation(
            escalation_id=escalation_id, option_id=option.option_id, reason="as agreed", shown_digest=asked.shown_digest
        )
        self._ask(body, actor)

    def _chosen(self, asked: Escalation) -> Option:
        """A reasonable person: who asks the third time is told to give it up."""
        possible = [o for o in asked.options if o.possible]
        by_verb = {str(o.action.get("do")): o for o in reversed(possible)}
        if self.answered.get(asked.dedup_key, 0) >= 2 and "cancel" in by_verb:
            return by_verb["cancel"]
        if "requeue" in by_verb:
            return by_verb["requeue"]
        return next((by_verb[v] for v in _PREFERRED if v in by_verb), possible[0])
