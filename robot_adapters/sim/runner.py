"""Carries out a plan's steps, one primitive after the other, each effect at most once.

What matters after a crash is the body's state and the world's ledger: primitives that change the world have the ids
`<command id>/<phase>`, which the world executes once, for ever; walks may be walked again. So a new runner, given the
same command, goes on where the robot is.
"""

from __future__ import annotations

from typing import Any

from fleet.model.commands import CommandStatus
from fleet.model.evidence import Detection
from robot_adapters.claims import statement
from robot_adapters.commands import CommandBook
from robot_adapters.sim.link import Body, Link, Primitives, Refusal, Status, calling
from robot_adapters.sim.plan import Plan, Step, arrived, walk_target
from robot_adapters.sim.states import pose_of

AT_OBJECT_M = 0.1
_PROGRESS = 0.05
"""Progress is reported in steps of this size, so that a walk is not a hundred messages."""
AWAITS_WAY = "awaits_way"
"""The code of a walk that stands because no more of its way is released."""
_UNDER_WAY = ("running", "blocked")
_KINDS = {"pick": "Pick", "place": "Place", "give": "Give", "look": "Look", "dock": "Dock", "wait": "Wait"}


def belongs(status: Status, command_id: str) -> bool:
    """Whether the primitive is a part of that command."""
    return status.command_id.startswith(f"{command_id}/")


class PlanRunner:
    """One command under way. Reports to the command book; any call may raise `LinkDown` and is then made again."""

    def __init__(
        self, link: Link, primitives: Primitives, book: CommandBook, plan: Plan, within_m: float, within_rad: float
    ) -> None:
        command = book.active
        if command is None:
            raise RuntimeError(f"{book.robot_id}: a plan is run for the active command, and none is active")
        self._link, self._make, self._book, self._plan = link, primitives, book, plan
        self._command = command
        self._within_m, self._within_rad = within_m, within_rad
        self._at: int | None = None  # the step under way; None until it is known where to begin
        self._running_id = ""
        self._walk_m = 0.0
        self._found: tuple[Detection, ...] = ()

    def advance(self, body: Body) -> bool:
        """Look at the step under way and start what comes next. Whether the command has ended."""
        if body.posture == "fallen":
            return self._fail(f"fallen: {self._book.robot_id} lies at ({body.x_m:.2f}, {body.y_m:.2f})", False)
        if body.e_stop:
            return self._fail("the e-stop was engaged", True)
        if self._at is None:
            self._at = self._first_step(body)
        while self._at < len(self._plan.steps):
            step = self._plan.steps[self._at]
            if not self._running_id:
                if step.carries and self._plan.object_id not in body.held:
                    return self._fail(f"{self._plan.object_id} is not in its hands", self._plan.fetches)
                if step.kind == "walk" and not step.fields and self._is_there(step, body):
                    self._at += 1
                    continue
            status = self._status(step, body)
            if status is None or not self._judge(step, status, body):
                return self._book.active is None
            self._running_id, self._walk_m, self._at = "", 0.0, self._at + 1
            body = calling(self._link.body_state, self._book.robot_id)
        found = [d.subject_id for d in self._found]
        self._book.done(
            statement(self._book.robot_id, self._command.skill, self._command.parameters, found), body.time_s
        )
        return True

    def _first_step(self, body: Body) -> int:
        """Where to begin: behind everything that the ledger or the robot's hands say was done before."""
        running: Status = calling(self._link.status, self._book.robot_id)
        steps = self._plan.steps
        for index in reversed(range(len(steps))):
            step, step_id = steps[index], self._id_of(steps[index])
            if step.kind == "walk":
                if running.state in _UNDER_WAY and running.command_id.startswith(step_id + "."):
                    self._running_id = running.command_id
                    return index
                continue
            before: Status | None = calling(self._link.outcome, step_id)
            if before is None:
                continue
            if before.state != "done":
                return index
            if step.kind == "pick" and self._plan.object_id not in body.held:
                return index  # picked once and not in its hands any more: `_judge` will say so
            self._found = before.detections
            return index + 1
        if self._plan.object_id in body.held:
            return next((i for i, s in enumerate(steps) if s.carries), len(steps))
        return 0

    def _status(self, step: Step, body: Body) -> Status | None:
        """How the step's primitive is doing, started if it was not. None when that has to wait, or has failed."""
        if self._running_id:
            running: Status = calling(self._link.status, self._book.robot_id)
            if running.command_id == self._running_id:
                return running
            ended: Status | None = calling(self._link.outcome, self._running_id)
            if ended is not None:
                return ended
        primitive = self._primitive(step, body)
        try:
            started: Status = calling(self._link.start, self._book.robot_id, primitive)
        except Refusal as no:
            return self._refused(primitive.command_id, no)
        self._running_id = primitive.command_id
        return started

    def _refused(self, primitive_id: str, no: Refusal) -> Status | None:
        if no.code == "already_done":
            outcome: Status | None = calling(self._link.outcome, primitive_id)
            if outcome is not None:
                return outcome
        if no.code == "busy":  # something from before this command; one command at a time
            calling(self._link.cancel, self._book.robot_id, "another command has taken its place")
        elif no.code == "holding":
            self._report(CommandStatus.RUNNING, no.detail, None)
        else:
            self._fail(f"{no.code}: {no.detail}", no.retriable)
        return None

    def _judge(self, step: Step, status: Status, body: Body) -> bool:
        """Report how the step is doing. Whether it is done."""
        thing = self._plan.object_id
        if status.state == "done":
            if step.kind == "pick" and thing not in calling(self._link.body_state, self._book.robot_id).held:
                self._fail(f"{thing} was picked up and is not in its hands any more", True)
                return False
            anew = {d.subject_id for d in status.detections}
            self._found = (*(d for d in self._found if d.subject_id not in anew), *status.detections)
            return True
        blocked = status.state == "blocked" and status.code != "holding"  # a hold is seen in the robot's state
        if blocked and step.reaches(pose_of(body)):
            # Often what is in the way is the very thing that is walked to.
            calling(self._link.cancel, self._book.robot_id, f"{thing} is within reach")
            return True
        if blocked:
            self._report(CommandStatus.BLOCKED, status.detail or status.code, status.distance_left_m)
        elif status.state == "failed":
            self._fail(f"{status.code}: {status.detail}", status.retriable)
        elif status.state == "cancelled":
            self._fail(f"the robot gave up {step.phase}: {status.detail or 'no reason given'}", True)
        elif step.carries and step.kind == "walk" and thing not in body.held:
            self._fail(f"{thing} was lost on the way", True)
        else:
            waits = status.detail if status.code == AWAITS_WAY else ""
            self._report(CommandStatus.RUNNING, body.holding_because or waits, status.distance_left_m)
        return False

    def _report(self, status: CommandStatus, reason: str, left_m: float | None) -> None:
        at, steps = self._at or 0, self._plan.steps
        self._walk_m = max(self._walk_m, left_m or 0.0)
        part = 1.0 - left_m / self._walk_m if left_m is not None and self._walk_m > 0.0 else 0.0
        fraction = min(round(round((at + part) / len(steps) / _PROGRESS) * _PROGRESS, 2), 1.0 - _PROGRESS)
        self._book.report(status, reason=reason, phase=steps[at].phase, fraction=fraction)

    def _fail(self, reason: str, retriable: bool) -> bool:
        """End the command, and the primitive that is still under way for it. Always True: it has ended."""
        running: Status = calling(self._link.status, self._book.robot_id)
        if belongs(running, self._command.command_id) and running.state in _UNDER_WAY:
            calling(self._link.cancel, self._book.robot_id, reason)
        phase = self._plan.steps[self._at].phase if self._at is not None else ""
        self._book.failed(reason, retriable=retriable, phase=phase)
        return True

    def _is_there(self, step: Step, body: Body) -> bool:
        # A little off is too far for the hands: then it walks on, also when it has done so before.
        within_m = min(self._within_m, AT_OBJECT_M) if step.phase == "walk_to_object" else self._within_m
        return arrived(step, pose_of(body), within_m=within_m, within_rad=self._within_rad)

    def _id_of(self, step: Step) -> str:
        return f"{self._command.command_id}/{step.phase}"

    def _primitive(self, step: Step, body: Body) -> Any:
        ids = {"command_id": self._id_of(step), "task_id": self._command.task_id}
        if step.kind != "walk":
            return getattr(self._make, _KINDS[step.kind])(**ids, **step.fields)
        ids["command_id"] += f".{round(body.time_s * 1000)}"  # a walk may be walked again
        x, y, yaw = walk_target(step, body.x_m, body.y_m)
        return self._make.Walk(**ids, x_m=x, y_m=y, yaw_rad=yaw, **step.fields)
