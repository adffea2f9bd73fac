"""The adapter of a simulated humanoid. What it knows can be thrown away at any moment: the same command given to a new
one goes on where the robot is (see `robot_adapters.sim.runner`)."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from fleet.model.commands import CommandUpdate, ExecuteSkill, FollowRoute
from fleet.model.errors import LinkDown, NotFound, Unsupported
from fleet.model.evidence import Observation
from fleet.model.robot import RobotDescription, RobotState
from robot_adapters.base import Accepted, HumanoidAdapter, Rejected
from robot_adapters.commands import CommandBook, check_command, check_route
from robot_adapters.sim.feed import SensorFeed
from robot_adapters.sim.link import Body, Info, Link, Primitives, Refusal, calling
from robot_adapters.sim.plan import PLANNED, Plan, plan_skill
from robot_adapters.sim.runner import PlanRunner, belongs
from robot_adapters.sim.states import state_of


class SimHumanoid(HumanoidAdapter):
    """One robot of a simulated world. `SimG1` and `SimKinematic` set the class constants.

    Args:
        link: the way into the world (see `robot_adapters.sim.link.Link`).
        robot_id: one of the robots that `link.describe()` lists.
        primitives: makes primitives, e.g. the module `sim_worlds.records`.
        feed: the world's readings, shared by all adapters of one link; None makes one for this robot alone.
        host: the name of the adapter host, for the description.
    """

    arrive_within_m: float = 0.15
    arrive_within_rad: float = 0.35

    def __init__(
        self, link: Link, robot_id: str, primitives: Primitives, *, feed: SensorFeed | None = None, host: str = ""
    ) -> None:
        self._link = link
        self._make = primitives
        self.robot_id = robot_id
        info: Info | None = next((r for r in link.describe().robots if r.description.robot_id == robot_id), None)
        if info is None:
            known = ", ".join(r.description.robot_id for r in link.describe().robots)
            raise NotFound("robot in this world", robot_id, known)
        able = tuple(c for c in info.description.capabilities if c.skill in PLANNED)
        self._description = replace(info.description, host=host, capabilities=able)
        self._primitives = info.primitives
        self._reach_m = info.reach_m
        self._feed = feed or SensorFeed(link, [robot_id])
        self._book = CommandBook(robot_id)
        self._connected = False
        self._body: Body | None = None
        self._held_because: str | None = None
        self._cancelling: tuple[str, str] | None = None
        self._run: PlanRunner | None = None

    # ---- who it is and how it is --------------------------------------------------------------------------

    def describe(self) -> RobotDescription:
        return self._description

    def connect(self) -> None:
        self._body = calling(self._link.body_state, self.robot_id)
        self._connected = True

    def disconnect(self) -> None:
        self._connected = False

    def state(self) -> RobotState:
        if self._connected:
            with contextlib.suppress(LinkDown):  # the last report stays, its time tells its age
                self._body = calling(self._link.body_state, self.robot_id)
        if self._body is None:
            raise LinkDown(f"{self.robot_id} has never been heard; connect first")
        return state_of(self.robot_id, self._body, self._book, self._held_because)

    def joint_positions_rad(self) -> tuple[float, ...]:
        return tuple(self._fresh_body().joint_positions_rad)

    def observations(self) -> list[Observation]:
        self._require_link()
        return self._feed.of_robot(self.robot_id)

    # ---- commands -----------------------------------------------------------------------------------------

    def execute(self, command: ExecuteSkill) -> Accepted:
        body = self._fresh_body()
        check_command(command, self._description)
        again = self._book.repeated(command)
        if again is not None:
            return again
        plan = plan_skill(command.skill, command.parameters, self._reach_m)
        self._check_ready(body, plan)
        answer = self._book.start(command, command.parameters)
        self._run = PlanRunner(self._link, self._make, self._book, plan, self.arrive_within_m, self.arrive_within_rad)
        return answer

    def poll(self) -> list[CommandUpdate]:
        if self._connected:
            with contextlib.suppress(LinkDown):  # nothing is known of the command now; it goes on when the link is back
                self._advance()
        return self._book.take_news()

    def cancel(self, command_id: str, because: str) -> None:
        self._require_link()
        active = self._book.active
        if active is not None and active.command_id == command_id:
            self._cancelling = (command_id, because)
            self._try_cancel()
            return
        running = calling(self._link.status, self.robot_id)
        if belongs(running, command_id) and running.state in ("running", "blocked"):
            calling(self._link.cancel, self.robot_id, because)  # from before this adapter was started
        self._book.cancelled(command_id, because)

    def follow(self, route: FollowRoute) -> None:
        self._require_link()
        check_route(route, self._book)
        way = self._make.Way(route=route.route, points=route.points, released=route.released, max_mps=route.max_mps)
        try:
            calling(self._link.follow, self.robot_id, way)
        except Refusal as no:
            raise Rejected(no.detail, retriable=no.retriable) from no

    def grant(self, holder: str, epoch: int) -> None:
        self._book.grant(holder, epoch)

    # ---- staying put and coming back ----------------------------------------------------------------------

    def hold(self, because: str) -> None:
        self._held_because = because  # before the call: heartbeats repeat it if the robot cannot be reached now
        calling(self._link.hold, self.robot_id, because)

    def resume(self) -> None:
        self._require_link()
        try:
            calling(self._link.resume, self.robot_id)
        except Refusal as no:
            raise Rejected(f"{self.robot_id} does not go on: {no.detail}", retriable=no.retriable) from no
        self._held_because = None

    def recover(self) -> None:
        body = self._fresh_body()
        if body.posture == "fallen":
            raise Unsupported(f"{self.robot_id} has no get-up motion; a person has to set it on its feet")
        if body.e_stop:
            calling(self._link.release_e_stop, self.robot_id)
            if self._held_because is None:
                calling(self._link.resume, self.robot_id)
        elif body.posture == "kneeling" and "stand" in self._primitives:
            self._recover_by_standing_up(body)
        else:
            raise Rejected(f"{self.robot_id} is {body.posture} with no e-stop: there is nothing to recover from")

    def heartbeat(self) -> None:
        self._require_link()
        calling(self._link.heartbeat, self.robot_id)
        holding = calling(self._link.body_state, self.robot_id).holding_because is not None
        if holding and self._held_because is None:
            with contextlib.suppress(Refusal):  # e-stop: its release is a person's, see recover
                calling(self._link.resume, self.robot_id)  # its own watchdog held it; somebody is in charge again
        elif self._held_because is not None and not holding:
            calling(self._link.hold, self.robot_id, self._held_because)

    # ---- inside -------------------------------------------------------------------------------------------

    def _require_link(self) -> None:
        if not self._connected:
            raise LinkDown(f"{self.robot_id} is not connected; connect first")

    def _fresh_body(self) -> Body:
        self._require_link()
        body: Body = calling(self._link.body_state, self.robot_id)
        self._body = body
        return body

    def _check_ready(self, body: Body, plan: Plan) -> None:
        if body.posture == "fallen":
            raise Rejected(f"{self.robot_id} has fallen; a person has to set it on its feet")
        if body.e_stop:
            raise Rejected(f"{self.robot_id}: the e-stop is engaged; release it first", retriable=True)
        other = [thing for thing in body.held if thing != plan.object_id]
        if plan.object_id is not None and other:
            raise Rejected(f"{self.robot_id} holds {', '.join(other)}; its hands have to be free first")

    def _recover_by_standing_up(self, body: Body) -> None:
        stand = self._make.Stand(command_id=f"recover-{self.robot_id}-{round(body.time_s * 1000)}")
        try:
            calling(self._link.start, self.robot_id, stand)
        except Refusal as no:
            raise Rejected(f"{self.robot_id} does not stand up: {no.detail}", retriable=no.retriable) from no

    def _try_cancel(self) -> None:
        assert self._cancelling is not None
        command_id, because = self._cancelling
        running = calling(self._link.status, self.robot_id)
        if belongs(running, command_id) and running.state in ("running", "blocked"):
            calling(self._link.cancel, self.robot_id, because)
        self._book.cancelled(command_id, because)
        self._cancelling = self._run = None

    def _advance(self) -> None:
        """Bring the command under way one poll further."""
        if self._cancelling is not None:
            self._try_cancel()
        elif self._run is not None and self._run.advance(self._fresh_body()):
            self._run = None
