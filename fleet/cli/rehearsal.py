"""A scenario without ROS and HTTP: the real world, adapters, supervisor and journal in one process, in virtual time.

As fast as it goes and the same bit by bit every time: the inner loop for whoever works on a scenario.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import Progress

from fleet.cli.context import context_of
from fleet.cli.demo.expectations import Evaluation, Finding
from fleet.cli.demo.people import chosen
from fleet.cli.demo.scenario import Scenario
from fleet.cli.output import notes, print_json, print_table, say
from fleet.cli.previews_in_process import PreviewsInProcess
from fleet.cli.report import print_report
from fleet.cli.stack import TICK_S, Stack
from fleet.cli.stack_faults import StackFaults
from fleet.cli.world import world_parts
from fleet.clock import SystemClock
from fleet.deployment.records import Deployment
from fleet.journal.replay import replay_state
from fleet.model.errors import InvalidField
from fleet.model.requests import AnswerEscalation, RequestBody, Role, SubmitMission
from fleet.model.tasks import MissionSpec
from fleet.model.wire import convert, to_plain
from fleet.report import build_report
from fleet.supervisor.state import FleetState


@dataclass
class Rehearsal:
    """One run. `step` moves everything on by one tick of 0.1 s; `play` runs to the end of the scenario."""

    deployment: Deployment
    scenario: Scenario
    journal: Path
    tell: Callable[[str], None] = lambda _: None
    submitted: list[str] = field(default_factory=list)
    seen_at: dict[str, float] = field(default_factory=dict)
    each_step: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        robots = [(r.id, r.adapter) for r in self.deployment.robots()]
        world = world_parts(self.deployment).build()
        self.stack = Stack(world, robots, context_of(self.deployment), self.journal)
        self.world, self.clock, self.store = world, self.stack.clock, self.stack.store
        self.faults = StackFaults(self.stack)
        previews = self.scenario.previews
        self.previews = PreviewsInProcess(self.stack, previews) if previews is not None else None

    @property
    def state(self) -> FleetState:
        """The supervisor's state."""
        return self.stack.state

    def step(self) -> None:
        """One tick of everything."""
        self.stack.advance_world()
        self.faults.act()
        self.world = self.stack.world
        self._arrivals()
        self._operator()
        if self.previews is not None:
            self.previews.act()
        self.each_step()
        taken = self.stack.supervise()
        if taken is not None:
            for event in taken.decisions:
                self.tell(f"{self.clock.now_s():7.1f}  {_in_words(event)}")

    def play(self) -> bool:
        """Run until every task has ended and every robot is heard, or the scenario's time is up."""
        while self.clock.now_s() < self.scenario.within_s:
            self.step()
            tasks = self.state.tasks.values()
            in_contact = all(r.in_contact for r in self.state.robots.values())
            if len(self.submitted) == len(self.scenario.arrivals) and tasks and in_contact:
                if all(t.state.terminal for t in tasks):
                    return True
        return False

    def _arrivals(self) -> None:
        now = self.clock.now_s()
        for arrival in self.scenario.arrivals:
            mission_id = arrival.mission["mission_id"]
            if mission_id in self.submitted or now < arrival.at_s or len(self.state.robots) < len(self.stack.adapters):
                continue
            tasks = [dict(t) for t in arrival.mission["tasks"]]
            for task in tasks:
                if (within := task.pop("deadline_in_s", None)) is not None:
                    task["deadline_s"] = now + within
            spec = convert(MissionSpec, {**arrival.mission, "tasks": tasks}, f"mission {mission_id}")
            self._ask(self.scenario.dispatcher, f"mission-{mission_id}", SubmitMission(mission=spec))
            self.submitted.append(mission_id)

    def _operator(self) -> None:
        script, now = self.scenario.operator, self.clock.now_s()
        for escalation in self.state.open_escalations():
            seen = self.seen_at.setdefault(escalation.escalation_id, now)
            if now - seen < script.answer_after_s:
                continue
            answer = next((a for a in script.answers if a.cause is escalation.cause), None)
            shown = to_plain(escalation)
            for plain, offered in zip(shown["options"], escalation.options, strict=True):
                plain["possible"] = offered.possible
            option = chosen(shown, answer)
            if option is None or answer is None:
                continue
            body = AnswerEscalation(
                escalation_id=escalation.escalation_id,
                option_id=option["option_id"],
                reason=answer.reason,
                shown_digest=escalation.shown_digest,
                previews_digest=escalation.previews_digest,
            )
            self._ask(script.name, f"answer-{escalation.escalation_id}-{escalation.shown_digest}", body)

    def _ask(self, actor: str, key: str, body: RequestBody) -> None:
        self.stack.ask(actor, Role.OPERATOR, key, body)

    def close(self) -> None:
        """Let go of the world and the journal."""
        self.stack.close()


def _in_words(event: object) -> str:
    fields = {k: v for k, v in to_plain(event).items() if v not in (None, "", False, [], {})}
    if "escalation" in fields:
        fields = {"question": fields["escalation"]["question"], "id": fields["escalation"]["escalation_id"]}
    for long in ("parameters", "terms", "mission"):
        fields.pop(long, None)
    return f"{type(event).__name__} " + ", ".join(f"{k}={v}" for k, v in fields.items())


def rehearse(deployment: Deployment, scenario: Scenario, journal: Path | None) -> dict[str, Any]:
    """Play it and say what came of it: `ok`, times, digests, expectations, report.

    Raises:
        InvalidField: the journal file is there already.
    """
    if journal is not None and journal.exists():
        raise InvalidField("--journal", str(journal), "a file that is not there yet")
    with TemporaryDirectory() as folder:
        run = Rehearsal(deployment, scenario, journal or Path(folder) / "fleet.sqlite", tell=lambda _: None)
        begun = SystemClock().steady_s()
        try:
            ended = _with_progress(run)
            findings = [
                Finding("the job ended in time", ended),
                *Evaluation(scenario, run.state, run.store.read()).findings(),
            ]
            findings += [_replayed(run)]
            return {
                "ok": all(f.kept for f in findings),
                "time_s": round(run.clock.now_s(), 3),
                "took_s": round(SystemClock().steady_s() - begun, 3),
                "state_digest": run.state.digest(),
                "world_digest": run.world.digest(),
                "expectations": to_plain(findings),
                "report": to_plain(build_report(run.state)),
            }
        finally:
            run.close()


def _with_progress(run: Rehearsal) -> bool:
    # Without a thread of its own: rollouts fork this process.
    with Progress(console=notes(), transient=True, auto_refresh=False) as progress:
        bar = progress.add_task("rehearsing", total=None)

        def show() -> None:
            progress.update(bar, description=f"{run.clock.now_s():7.1f} s of fleet time")
            if run.clock.now_s() % 1.0 < TICK_S:
                progress.refresh()

        run.each_step = show
        return run.play()


def _replayed(run: Rehearsal) -> Finding:
    same = replay_state(run.store).digest() == run.state.digest()
    return Finding("a replay of the journal gives the same state, bit for bit", same)


def print_rehearsal(result: dict[str, Any], as_json: bool) -> None:
    """The report and the expectations, or all of it as JSON."""
    if as_json:
        print_json(result)
        return
    print_report(result["report"])
    rows = [("kept" if f["kept"] else "NOT KEPT", f["what"], f["detail"]) for f in result["expectations"]]
    print_table(("", "expected", "found"), rows)
    speed = result["time_s"] / max(result["took_s"], 1e-9)
    say(f"{result['time_s']:g} s in {result['took_s']:.1f} s ({speed:.1f}x), state {result['state_digest'][:16]}...")
