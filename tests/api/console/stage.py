"""A whole fleet in one process, for looking at the console: the real supervisor, journal, API and console over twelve
scripted robots on the ward. Commands come as JSON lines on standard input, answers go out on standard output.

By hand: `python -m tests.api.console.stage --play` prints a login link and lets things go wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.app import create_app
from api.console.page import mount_console
from api.ports import Heard, LeaderSeen
from api.projection import Projection
from api.server import Server
from api.settings import ApiSettings
from fleet.allocation.fleet_plan import allocator_of
from fleet.allocation.plan_settings import AllocationSettings
from fleet.audit.keeper import AuditKeeper, KeeperSettings
from fleet.bus.inprocess import InProcessBus
from fleet.journal.sqlite import SqliteStore
from fleet.model import requests as rq
from fleet.model.closure_requests import CloseWay
from fleet.model.errors import FleetError
from fleet.model.evidence import Detection, Observation
from fleet.model.geometry import Pose
from fleet.model.prediction import OptionPreview
from fleet.model.robot import Figure, FigureStatus
from fleet.model.tasks import MissionSpec, TaskSpec
from fleet.model.wire import convert
from fleet.supervisor.context import Context
from fleet.supervisor.runner import Runner
from fleet.supervisor.settings import SupervisorSettings
from fleet.traffic.seen import NOTHING, TrafficSeen
from fleet.travel import TravelModel
from robot_adapters.scripted import Script, ScriptedHumanoid, scripted_description
from sim_worlds.site import bundled_site, load_site
from tests.api.console.play import play

MODELS = (("Unitree G1", "Unitree", 3), ("Tesla Optimus (profile)", "Tesla", 4), ("Xpeng Iron (profile)", "Xpeng", 5))


class StageClock:
    """Fleet time since the start, steady time, wall time."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()

    def now_s(self) -> float:
        return time.monotonic() - self._start_s

    def steady_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()


class Line:
    """The stop line and the telemetry, straight from the scripted robots. `down` makes the stop line fail."""

    def __init__(self, robots: Mapping[str, ScriptedHumanoid], clock: StageClock) -> None:
        self.robots_by_id = robots
        self.clock = clock
        self.down = False
        self.leads_heard = True
        self.runner: Runner | None = None
        self.traffic_said: TrafficSeen | None = None
        self._heard: dict[str, Heard] = {}
        self._at: dict[str, float] = {}

    def look(self) -> None:
        for name, robot in self.robots_by_id.items():
            if not robot.silent:
                self._heard[name] = Heard(state=robot.state(), age_s=0.0)
                self._at[name] = self.clock.steady_s()

    def robots(self) -> dict[str, Heard]:
        now = self.clock.steady_s()
        return {name: replace(heard, age_s=now - self._at[name]) for name, heard in self._heard.items()}

    def leader(self) -> LeaderSeen | None:
        leads = self.leads_heard and self.runner is not None and self.runner.leads
        return LeaderSeen(supervisor_id="supervisor-1", epoch=1, age_s=0.1) if leads else None

    def traffic(self) -> TrafficSeen | None:
        return self.traffic_said

    def hold_all(self, because: str, by: str) -> None:
        for name in self.robots_by_id:
            self.hold(name, because, by)

    def release_all(self, because: str, by: str) -> None:
        for name in self.robots_by_id:
            self.release(name, because, by)

    def hold(self, robot_id: str, because: str, by: str) -> None:
        if self.down:
            raise RuntimeError("no host answers")
        with contextlib.suppress(FleetError):
            self.robots_by_id[robot_id].hold(because)

    def release(self, robot_id: str, because: str, by: str) -> None:
        with contextlib.suppress(FleetError):
            self.robots_by_id[robot_id].resume()


class Stage:
    """Everything, put together. `act` is what a test tells it to do."""

    def __init__(
        self, folder: Path, answer_within_s: float, port: int = 0, blind_share: float = 0.0, audit_share: float = 0.03
    ) -> None:
        self.clock = StageClock()
        self.site = load_site(bundled_site()).to_map()
        self.robots = dict(self._robots())
        self.store = SqliteStore(folder / "fleet.db")
        self.line = Line(self.robots, self.clock)
        settings = SupervisorSettings(
            shift=replace(SupervisorSettings().shift, accountable="Dana Whitfield"),
            answer_within_s=answer_within_s,
            verify_within_s=3.0,
            blind_share=blind_share,
            audit_share=audit_share,
        )
        context = Context(
            site=self.site,
            settings=settings,
            travel=TravelModel(self.site),
            allocator=allocator_of(AllocationSettings()),
        )
        bus = InProcessBus(self.robots, self.clock)
        self.runner = Runner(store=self.store, bus=bus, clock=self.clock, context=context, supervisor_id="supervisor-1")
        self.line.runner = self.runner
        self.api_store = SqliteStore(folder / "fleet.db")
        kept = KeeperSettings(folder=folder, deployment="stage", shift=settings.shift, poll_s=0.1)
        self.audit = AuditKeeper(kept, lambda: SqliteStore(folder / "fleet.db", read_only=True), self.clock)
        self.app = create_app(
            ApiSettings(auth_path=folder / "users.db", port=port),
            self.api_store,
            Projection(self.api_store, self.clock),
            self.line,
            self.line,
            self.clock,
            site=self.site,
            audit=self.audit,
        )
        mount_console(self.app)
        self.users = self.app.state.api.users
        self.paused = False
        self._requests = 0

    def _robots(self) -> Any:
        docks = self.site.docks()
        number = 0
        for model, vendor, many in MODELS:
            for _ in range(many):
                number += 1
                name = f"h{number:02d}"
                plain = scripted_description(name, "stage")
                figures = {
                    "payload": Figure(value=5.0, unit="kg", status=FigureStatus.REPORTED, source="press material"),
                    "walking power": Figure(value=100.0, unit="W", status=FigureStatus.ASSUMED),
                }
                description = replace(plain, model=model, vendor=vendor, figures=figures)
                if vendor == "Xpeng":
                    able = tuple(replace(c, max_payload_kg=15.0) for c in plain.capabilities)
                    description = replace(description, capabilities=able, payload_kg=15.0)
                dock = docks[number - 1].approach
                robot = ScriptedHumanoid(
                    description, self.clock.now_s, Script(default_seconds=20.0), pose=replace(dock, y=dock.y + 0.3)
                )
                robot.battery_fraction = 0.95 - 0.04 * number
                robot.connect()
                yield name, robot

    async def run(self) -> None:
        """Step until cancelled."""
        while True:
            if not self.paused:
                self.runner.run_once()
            self.line.look()
            await asyncio.sleep(0.05)

    def put(self, body: rq.RequestBody, actor: str = "Stage", key: str = "") -> str:
        """A request, as the API would put it."""
        self._requests += 1
        key = key or f"stage-{self._requests}"
        return self.store.put(actor, rq.Role.OPERATOR, key, body, self.clock.now_s())[0].request_id

    def act(self, command: dict[str, Any]) -> Any:
        """Do what a line says. Each `do` is a method `do_...`."""
        return getattr(self, f"do_{command.pop('do')}")(**command)

    def do_mission(self, mission_id: str, title: str, tasks: list[dict[str, Any]], why: str = "") -> str:
        specs = tuple(convert(TaskSpec, task) for task in tasks)
        mission = MissionSpec(mission_id=mission_id, title=title, tasks=specs, why=why)
        return self.put(rq.SubmitMission(mission=mission), actor="Stage")

    def do_answer(self, escalation_id: str, option_id: str, reason: str, actor: str) -> str:
        digest = self.app.state.api.state.escalations[escalation_id].shown_digest
        body = rq.AnswerEscalation(escalation_id=escalation_id, option_id=option_id, reason=reason, shown_digest=digest)
        return self.put(body, actor=actor)

    def do_previews(self, escalation_id: str, previews: dict[str, dict[str, Any]]) -> str:
        """A round of previews, as the previewer puts it: predictions (and a `replay`) by option."""
        asked = self.app.state.api.state.escalations[escalation_id]
        made = []
        for option_id, plain in previews.items():
            replay, problems = plain.pop("replay", None), plain.pop("problems", [])
            whole = {"option_id": option_id, "prediction": plain, "problems": problems, "replay": replay}
            made.append(convert(OptionPreview, whole))
        body = rq.PreviewOptions(escalation_id=escalation_id, shown_digest=asked.shown_digest, previews=tuple(made))
        self._requests += 1
        key = f"stage-{self._requests}"
        return self.store.put("service:previewer", rq.Role.SERVICE, key, body, self.clock.now_s())[0].request_id

    def do_close(self, what: str, reason: str) -> None:
        """Closed by somebody else, and on record when this returns."""
        self.put(CloseWay(what=what, reason=reason))
        self.runner.run_once()

    def do_cancel(self, task_id: str) -> str:
        return self.put(rq.CancelTask(task_id=task_id, reason="end of the test"))

    def do_robot(self, robot_id: str, **changes: Any) -> None:
        robot = self.robots[robot_id]
        for name, value in changes.items():
            if name == "fall":
                robot.fall()
            elif name == "at":
                robot.pose = Pose(x=value[0], y=value[1], yaw=value[2])
            elif name == "held":
                robot.held = tuple(value)
            elif hasattr(robot.script, name):
                setattr(robot.script, name, value)
            else:
                setattr(robot, name, value)

    def do_see(
        self, source: str, robot_id: str, covered: list[str], things: list[dict[str, Any]], kind: str = "camera"
    ) -> None:
        seen = Observation(
            observation_id=f"obs-{source}-{self.clock.now_s():.2f}",
            source=source,
            source_kind=kind,
            observed_at_s=self.clock.now_s(),
            covered=tuple(covered),
            detections=tuple(convert(Detection, thing) for thing in things),
        )
        self.robots[robot_id].script.observations.append(seen)

    def do_stop_line(self, down: bool) -> None:
        self.line.down = down

    def do_traffic(self, enabled: bool = True, age_s: float = 0.2, **said: Any) -> None:
        self.line.traffic_said = TrafficSeen(enabled=enabled, report={**NOTHING, **said}, age_s=age_s)

    def do_leader(self, heard: bool) -> None:
        self.line.leads_heard = heard

    def do_release_all(self) -> None:
        self.line.release_all("end of the test", "Stage")
        # Also where no hold is on record yet: the supervisor may still have one before it, which it would repeat.
        self.put(rq.SetHold(robot_id=None, engage=False, reason="end of the test"))

    def do_pause(self, paused: bool) -> None:
        self.paused = paused

    def do_invite(self, role: str, name: str = "") -> str:
        return self.users.invite(rq.Role(role), name, "stage")[0]

    def do_first_token(self) -> str | None:
        return self.users.first_run_token()

    def do_shut_out(self, name: str) -> None:
        if not any(account.name == "Root" for account in self.users.accounts()):
            self.users.add("Root", rq.Role.ADMIN, "correct horse battery", "stage")  # somebody has to be left
        self.users.change(name, disabled=True)

    def do_state(self, part: str = "tasks") -> Any:
        state = self.app.state.api.state
        if part == "escalations":
            return {
                e.escalation_id: {
                    "state": e.state.value,
                    "cause": e.cause.value,
                    "options": {o.option_id: o.possible for o in e.options},
                    "decision": e.decision
                    and {
                        "operator": e.decision.operator,
                        "option": e.decision.option_id,
                        "reason": e.decision.reason,
                        "previews": e.preview_digests.index(e.decision.previews_digest) + 1
                        if e.decision.previews_digest
                        else 0,
                    },
                }
                for e in state.escalations.values()
            }
        if part == "hold":
            return {
                "because": state.hold_all,
                "by": state.hold_all_by,
                "holding": sorted(n for n, r in self.robots.items() if r.state().holding),
            }
        if part == "closures":
            return {c.what: {"by": c.by, "since_s": c.since_s, "until_s": c.until_s} for c in state.closures.values()}
        if part == "robots":
            return {n: {"held_by": r.held_by, "lease": r.lease_person} for n, r in state.robots.items()}
        return {
            t.task_id: {"state": t.state.value, "robot": t.robot_id, "why": t.spec.why} for t in state.tasks.values()
        }

    def do_play(self) -> None:
        """A shift in which things go wrong, to look at."""
        play(self)


async def _commands(stage: Stage) -> None:
    """Lines from standard input, one after the other, until it closes."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        try:
            command = json.loads(line)
            if command["do"] == "freeze":  # the whole server hangs, as a stuck process does
                print(json.dumps({"ok": None}), flush=True)
                time.sleep(command["seconds"])
                continue
            answer = {"ok": stage.act(command)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


async def main() -> None:
    """Serve until standard input closes (or, with --play, until interrupted)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--play", action="store_true")
    parser.add_argument("--answer-within", type=float, default=180.0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--blind", type=float, default=0.0, help="share of the questions that are drawn")
    parser.add_argument("--audit", type=float, default=0.03, help="share of the rulings that are drawn for a look")
    parser.add_argument("--folder", help="keep everything here, for the next start")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as ending:
        folder = arguments.folder or ending.enter_context(tempfile.TemporaryDirectory())
        stage = Stage(Path(folder), arguments.answer_within, arguments.port, arguments.blind, arguments.audit)
        ending.enter_context(stage.audit)
        token = stage.do_first_token()
        server = Server(stage.app, stage.app.state.api.settings)
        print(json.dumps({"url": server.url, "token": token}), flush=True)
        if arguments.play:
            stage.do_play()
        stepping = asyncio.create_task(stage.run())
        serving = asyncio.create_task(server.serve())
        waits = [stepping, serving] if arguments.play else [stepping, serving, asyncio.create_task(_commands(stage))]
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stepping.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        for task in done:
            if not task.cancelled() and task.exception() is not None:
                raise task.exception()  # type: ignore[misc]
        stage.store.close()
        stage.api_store.close()


if __name__ == "__main__":
    asyncio.run(main())
