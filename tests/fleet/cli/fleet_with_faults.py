"""A small fleet in the ward, whole and in one process, with faults; and what must hold whatever goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fleet.allocation.assignment import OptimalAssignment
from fleet.cli.stack import Stack
from fleet.cli.stack_faults import StackFaults
from fleet.journal.replay import replay_state
from fleet.model.commands import ExecuteSkill
from fleet.model.evidence import Claim
from fleet.model.requests import AnswerEscalation, Role, SubmitMission
from fleet.model.tasks import MissionSpec, TaskSpec
from fleet.supervisor.context import Context
from fleet.supervisor.settings import SupervisorSettings
from fleet.travel import TravelModel
from robot_adapters.base import Accepted, HumanoidAdapter
from sim_worlds.faults import FaultSpec
from sim_worlds.profiles import RobotSpec
from sim_worlds.site import Site, bundled_site, load_site
from sim_worlds.world import World

ROBOTS = ("iron_1", "iron_2", "optimus_1")
_MODELS = {"iron": "xpeng_iron", "optimus": "tesla_optimus_gen2"}
JOBS = (("blue_1", "station_1"), ("blue_2", "station_2"), ("linen_1", "station_3"))


@cache
def ward() -> Site:
    return load_site(bundled_site("ward"))


@cache
def the_context() -> Context:
    site = ward().to_map()
    travel = TravelModel(site)
    travel.prepare()
    context = Context(site=site, settings=SupervisorSettings(), travel=travel, allocator=OptimalAssignment())
    context.viewpoints.prepare()
    return context


class Fleet:
    """Three robots, three boxes to carry, an operator who answers every question with its first possible option."""

    def __init__(self, folder: Path, faults: Sequence[FaultSpec], seed: int = 1) -> None:
        robots = [
            RobotSpec(robot_id=r, model=_MODELS[r.split("_")[0]], dock=f"dock_{i + 1}") for i, r in enumerate(ROBOTS)
        ]
        self.world_seed = seed
        world = World(ward(), robots, faults, seed)
        folder.mkdir(parents=True, exist_ok=True)
        self.stack = Stack(world, [(r, "sim_kinematic") for r in ROBOTS], the_context(), folder / "journal.sqlite")
        self.faults = StackFaults(self.stack)
        self.told: list[tuple[float, str]] = []
        self.floors: dict[str, int] = {}
        self.submitted = 0

    @property
    def now_s(self) -> float:
        return self.stack.clock.now_s()

    def submit(self, jobs: Sequence[tuple[str, str]] = JOBS) -> None:
        for box, to in jobs:
            self.submitted += 1
            name = f"t{self.submitted}"
            task = TaskSpec(task_id=name, skill="carry", parameters={"object": box, "to": to}, why="needed there")
            mission = MissionSpec(mission_id=f"m-{name}", title=name, tasks=(task,), why="a test")
            self.stack.ask("devi", Role.OPERATOR, f"key-{name}", SubmitMission(mission=mission))

    def step(self) -> None:
        self.stack.advance_world()
        self.told += [(round(self.now_s, 1), what) for what in self.faults.act()]
        self._answer()
        self.stack.supervise()

    def run(self, seconds: float) -> Fleet:
        until = self.now_s + seconds
        while self.now_s < until - 1e-9:
            self.step()
        return self

    def run_until_ended(self, within_s: float) -> Fleet:
        until = self.now_s + within_s
        while self.now_s < until and not self.ended:
            self.step()
        return self

    @property
    def ended(self) -> bool:
        tasks = self.stack.state.tasks
        return self.wanted <= set(tasks) and all(t.state.terminal for t in tasks.values())

    @property
    def wanted(self) -> set[str]:
        """The tasks that were asked for."""
        return {f"t{i + 1}" for i in range(self.submitted)}

    def _answer(self) -> None:
        for escalation in self.stack.state.open_escalations():
            option = next((o for o in escalation.options if o.possible), escalation.options[-1])
            body = AnswerEscalation(
                escalation_id=escalation.escalation_id,
                option_id=option.option_id,
                reason="I looked at it",
                shown_digest=escalation.shown_digest,
            )
            self.stack.ask("mia", Role.OPERATOR, f"a-{escalation.escalation_id}-{escalation.shown_digest}", body)

    def check(self) -> None:
        """No task lost, no effect twice, one robot a task, the journal gives the same state again."""
        state = self.stack.state
        assert self.wanted <= set(state.tasks), "no task is lost"  # others are the supervisor's own: charging, looking
        effects = Counter(e.command_id for e in self.stack.world.ledger)
        assert not [c for c, n in effects.items() if n > 1], "no command has its effect twice"
        placed = Counter((e.task_id, e.object_id) for e in self.stack.world.ledger if e.kind == "place")
        assert not [p for p, n in placed.items() if n > 1], "no task is done twice"
        holders = [t.robot_id for t in state.tasks.values() if t.robot_id and not t.state.terminal]
        assert len(holders) == len(set(holders)), "one task a robot"
        assert replay_state(self.stack.store).digest() == state.digest(), "a replay gives the same state"

    def close(self) -> None:
        self.stack.close()


__all__ = ["JOBS", "ROBOTS", "Accepted", "Claim", "ExecuteSkill", "Fleet", "HumanoidAdapter"]
