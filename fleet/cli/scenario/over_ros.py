"""A scenario over ROS 2: the processes of `fleet up`, the people through the HTTP API, judged by the journal."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fleet.cli.output import remark
from fleet.cli.scenario.build import Built, build
from fleet.cli.scenario.people_at_work import PeopleAtWork
from fleet.cli.testing.base import to_yaml
from fleet.cli.testing.errors import RequestRefused
from fleet.cli.testing.ros import RosFleetSim, deployment_of
from fleet.model import requests as rq
from fleet.model.errors import FleetError
from fleet.model.wire import to_plain
from fleet.scenario.record import RunRecord, Verdict
from fleet.scenario.rules import rule
from fleet.scenario.spec import Scenario
from fleet.supervisor.state import FleetState
from sim_worlds.conditions import IDEAL
from sim_worlds.faults import in_world
from sim_worlds.faults import to_plain as fault_plain

_LOOK_S = 0.2


def play_over_ros(scenario: Scenario, seed: int, folder: Path) -> RunRecord:
    """Play it to its end. Times count from the world's start, which is some seconds before the robots are heard.

    Raises:
        FileError: something that cannot be over ROS: see `_check`.
        ProcessFailed: the processes did not come up, or one keeps crashing.
    """
    built = build(scenario, seed, truth=False)
    _check(built)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {k: v for k, v in to_plain(scenario.spec.supervisor).items() if k != "shift"}
    more = {"faults": [fault_plain(f) for f in built.faults], "supervisor": settings}
    if scenario.spec.previews is not None:
        more["previews"] = to_plain(scenario.spec.previews)
    if scenario.spec.oversight is not None:
        more["oversight"] = scenario.spec.oversight
    plain = deployment_of(built, folder, more)
    file = folder / "deployment.yaml"
    file.write_text(to_yaml(plain), encoding="utf-8")
    command = f"fleet sim run {scenario.source.file} --seed {seed} --ros"
    sim = RosFleetSim(built, file, command, f"{scenario.name}/seed-{seed}")
    try:
        ended, now_s = _play(built, sim)
        record = sim.record(scenario.expectations)
    finally:
        sim.close()
    return _with_end(record, built, ended, now_s)


def _check(built: Built) -> None:
    source = built.scenario.source
    if built.people or built.conditions != IDEAL:
        name = "people" if built.people else "sensing"
        source.find(name).fail(
            "nothing of the kind over ROS: a deployment's world has standing people and ideal senses"
        )
    for i, fault in enumerate(built.faults):
        if not in_world(fault.kind) or fault.process is not None:
            what = "a fault of the world itself over ROS; messages and processes are faulty there by themselves"
            source.find(f"faults[{i}].kind").fail(what, fault.kind)


@dataclass
class _Desk:
    """What `PeopleAtWork` needs of a running fleet: here the one behind the API."""

    sim: RosFleetSim
    built: Built
    seen: FleetState
    now: float = 0.0
    supervised: bool = True

    @property
    def state(self) -> FleetState:
        return self.seen

    @property
    def clock(self) -> Any:
        return SimpleNamespace(now_s=lambda: self.now)

    @property
    def adapters(self) -> dict[str, Any]:
        """As many as there are robots; a stop goes through the API, which tells them directly."""
        return {p.spec.robot_id: SimpleNamespace(hold=lambda _because: None) for p in self.built.robots}

    @property
    def world(self) -> Any:
        return SimpleNamespace(faults=SimpleNamespace(active=lambda *_kinds: ()))

    def ask(self, actor: str, _role: rq.Role, _key: str, body: rq.RequestBody) -> None:
        try:
            self.sim.request(body, by=actor)
        except RequestRefused as refused:
            if isinstance(body, rq.SubmitMission):
                raise FleetError(str(refused)) from None
            remark(f"{self.now:.1f} s: {refused}")  # a question that has changed meanwhile is looked at again

    def look(self) -> None:
        """See how things stand now."""
        self.seen, self.now = self.sim.state, self.sim.clock_s


def _play(built: Built, sim: RosFleetSim) -> tuple[bool, float]:
    spec = built.scenario.spec
    desk = _Desk(sim, built, sim.state)
    stack: Any = desk
    people = PeopleAtWork(stack, spec, built.missions, built.seed, built.site.to_map())
    next_look_s = 0.0
    while desk.now < spec.within_s:
        sim.tick()
        if time.monotonic() < next_look_s:
            continue
        next_look_s = time.monotonic() + _LOOK_S
        desk.look()
        people.act()
        tasks = desk.state.tasks.values()
        heard = all(r.in_contact for r in desk.state.robots.values())
        if spec.ends == "settled" and people.done and tasks and heard and all(t.state.terminal for t in tasks):
            return True, desk.now
    return False, desk.now


def _with_end(record: RunRecord, built: Built, ended: bool, now_s: float) -> RunRecord:
    record = replace(record, scenario=built.scenario.name)
    if built.scenario.spec.ends != "settled":
        return record
    left = "; ".join(f"{t.task_id} {t.state}" for t in record.tasks if t.finished_at_s is None)
    what = f"everything has ended within {built.scenario.spec.within_s:g} s"
    last = rule(len(record.findings), what, "" if ended else left or "arrivals are still to come", now_s)
    kept = record.verdict is Verdict.KEPT and last.kept
    return replace(
        record, findings=(*record.findings, last), verdict=Verdict.KEPT if kept else Verdict.BROKEN, simulated_s=now_s
    )
