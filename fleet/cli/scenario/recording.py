"""The record of an in-process run: what was expected against what happened, digests, measures, and what to draw."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from fleet import __version__
from fleet.cli.scenario.build import Built
from fleet.cli.scenario.floor import floor_plan
from fleet.cli.scenario.watch import Watch, merged
from fleet.cli.stack import Stack
from fleet.journal.base import Record
from fleet.journal.replay import replay_state
from fleet.model import events as ev
from fleet.scenario import journal_view as view
from fleet.scenario.evaluate import Outcome, findings, in_words
from fleet.scenario.facts import FACTS
from fleet.scenario.measures import from_assignments, from_state
from fleet.scenario.pattern import Happening
from fleet.scenario.record import FORMAT, Finding, Moment, RunRecord, Verdict
from fleet.scenario.rules import rule, rules
from fleet.scenario.spec import Scenario
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState

_PACKAGES = ("numpy", "scipy", "numba", "pybullet", "msgspec")
_MOST_MOMENTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How far a run came."""

    run_id: str
    ended: bool
    journal_file: str
    took_s: float
    cpu_s: float
    now_s: float


def record_of(built: Built, stack: Stack, watch: Watch, played: Played) -> RunRecord:
    """The record of a run that was played to its end, or as far as it came."""
    scenario = built.scenario
    records = stack.store.read()
    state = replay(records, FleetState())
    pairs = [(r.event.task_id, r.event.robot_id) for r in records if isinstance(r.event, ev.TaskAssigned)]
    measures = {**from_state(state, played.now_s), **from_assignments(pairs), **watch.measures()}
    seen = merged(watch.happenings, view.happenings(records, journal_kinds(scenario)))
    outcome = Outcome(
        happenings=seen,
        measures=measures,
        at_end={**view.at_end(state), **watch.at_end()},
        end_s=round(played.now_s, 3),
    )
    judged = [*findings(scenario.expectations, outcome), *_rules(scenario, state, records, stack, played)]
    found = tuple(replace(f, index=i) for i, f in enumerate(judged))
    return RunRecord(
        format=FORMAT,
        run_id=played.run_id,
        scenario=scenario.name,
        scenario_file=scenario.source.file,
        scenario_folder=scenario.folder,
        scenario_text=scenario.text,
        protects=scenario.spec.protects,
        seed=built.seed,
        bus="inprocess",
        verdict=Verdict.KEPT if all(f.kept for f in found) else Verdict.BROKEN,
        error="",
        simulated_s=round(played.now_s, 3),
        took_s=round(played.took_s, 3),
        cpu_s=round(played.cpu_s, 3),
        attempts=1,
        journal_file=played.journal_file,
        journal_digest=records[-1].checksum if records else "",
        state_digest=state.digest(),
        poses_digest=watch.poses_digest,
        replay_command=f"fleet sim run {scenario.source.file} --seed {built.seed}",
        findings=found,
        measures=measures,
        versions=versions(),
        timeline=_timeline(records, watch.happenings),
        tasks=view.task_rows(state),
        spans=view.spans(records),
        questions=view.question_rows(state),
        faults=watch.fault_rows(),
        frames_s=tuple(watch.frames_s),
        tracks=watch.tracks(),
        floor=floor_plan(built.site),
    )


def journal_kinds(scenario: Scenario) -> set[str]:
    """The kinds of journal events that the scenario's expectations speak of."""
    return {p.kind for e in scenario.expectations for p in e.claim.patterns if p.kind not in FACTS}


def _rules(scenario: Scenario, state: FleetState, records: list[Record], stack: Stack, played: Played) -> list[Finding]:
    found = rules(state, records)
    check = stack.store.verify()
    found.append(rule(len(found), "the journal's own check passes", check.problem))
    running = stack.state.digest() if stack.supervised else state.digest()
    same = replay_state(stack.store).digest() == state.digest() == running
    what = "a replay of the journal gives the supervisor's state, bit for bit"
    found.append(rule(len(found), what, "" if same else "it gives another one"))
    if scenario.spec.ends == "settled":
        left = [f"{t.task_id} {t.state.value}" for t in state.tasks.values() if not t.state.terminal]
        left += [f"{k} is silent" for k, r in state.robots.items() if not r.in_contact]
        what = f"everything has ended within {scenario.spec.within_s:g} s"
        broken = "" if played.ended else "; ".join(left[:20]) or "arrivals or interventions are still to come"
        found.append(rule(len(found), what, broken, played.now_s))
    return found


def _timeline(records: list[Record], seen: list[Happening]) -> tuple[Moment, ...]:
    facts = [Moment(at_s=h.at_s, source=_source(h), kind=h.kind, text=in_words(h), fields=dict(h.fields)) for h in seen]
    moments = sorted([*facts, *view.timeline(records)], key=lambda m: m.at_s)
    return tuple(moments[-_MOST_MOMENTS:])


def _source(happening: Happening) -> str:
    if happening.kind.startswith("operator_") or happening.kind == "arrival_skipped":
        return "operator"
    return "fault" if happening.kind.startswith(("fault_", "supervisor_")) else "world"


def versions() -> dict[str, str]:
    """Of everything that a result can depend on."""
    found = {"humanoid-fleet": __version__, "python": platform.python_version(), "machine": platform.machine()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
