"""The gate while the world drifts, at a fleet of a thousand, and on what has never happened before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks._escalation_cases import made_up
from benchmarks._harness import Metric, percentile, timed_ms
from fleet.escalation.gate.evaluate import Table
from fleet.escalation.gate.novelty import Novelty
from fleet.escalation.gate.report import WINDOW, stream_report
from fleet.escalation.gate.settings import GateSettings, data_of, gate_of
from fleet.escalation.gate.store import CalibrationData

_GAMMAS = (0.02, 0.05, 0.1)
BLACK_SWANS = Path(__file__).resolve().parents[1] / "scenarios" / "black_swans"


def drift(times: int) -> tuple[dict[str, Metric], dict[str, list[float]]]:
    """Coverage of the worst 200 in a row, at a target of .85: half-way the proposer becomes four times too sure.

    The longer the step gamma, the sooner the level follows and the more it trembles; the metric is for .1, the others
    are printed and plotted.
    """
    worst: dict[str, list[float]] = {"static": [], **{f"gamma {g:g}": [] for g in _GAMMAS}}
    for seed in range(times):
        good, bad = made_up(2000, seed=100 + seed), made_up(1500, seed=200 + seed, too_sure=6.0)
        table = Table(
            scores=np.concatenate([good.scores, bad.scores]),
            acceptable=np.concatenate([good.acceptable, bad.acceptable]),
        )
        for gamma in _GAMMAS:
            found = stream_report(table, 0.15, part=1000 / len(table), gamma=gamma)
            worst[f"gamma {gamma:g}"].append(found["adaptive"]["worst_window"])
        worst["static"].append(found["static"]["worst_window"])
    for name, values in worst.items():
        print(f"  worst {WINDOW} in a row, target 0.85, {name}: {np.mean(values):.3f}")
    return {
        "drift_worst_window_static": Metric(value=float(np.mean(worst["static"])), unit="", better="higher"),
        "drift_worst_window_adaptive": Metric(
            value=float(np.mean(worst[f"gamma {_GAMMAS[-1]:g}"])), unit="", aim=0.83, better="higher"
        ),
    }, worst


def cost(samples: int) -> dict[str, Metric]:
    """Milliseconds for one ruling of the supervisor, policies and load included, with 1,000 robots, on the data that
    are shipped; no rollouts. Processor time: what else the machine does is not the gate's; wall time stands beside it.
    """
    from fleet.allocation.assignment import OptimalAssignment
    from fleet.escalation.deciding import rule
    from fleet.model.geometry import Pose
    from fleet.model.robot import RobotDescription, RobotState
    from fleet.model.ruling import Choice
    from fleet.supervisor.context import Context
    from fleet.supervisor.draft import Draft
    from fleet.supervisor.settings import SupervisorSettings
    from fleet.supervisor.state import FleetState, Robot
    from fleet.travel import TravelModel
    from sim_worlds.site import bundled_site, load_site

    settings = GateSettings()
    site, gate, data = load_site(bundled_site("ward")).to_map(), gate_of(settings), data_of(settings)
    context = Context(
        site=site, settings=SupervisorSettings(), travel=TravelModel(site), allocator=OptimalAssignment(), gate=gate
    )
    robots = {}
    for i in range(1000):
        description = RobotDescription(
            robot_id=f"r{i}", model="m", vendor="v", host="h", capabilities=(), payload_kg=5.0, max_speed_mps=1.0
        )
        state = RobotState(robot_id=f"r{i}", observed_at_s=0.0, pose=Pose(x=i % 40, y=i // 40))
        robots[f"r{i}"] = Robot(description=description, state=state)
    draft = Draft(FleetState(robots=robots, now_s=1000.0), 1000.0, context)
    choices = [
        Choice(
            decision_class=key[0],
            severity=key[1],
            options=tuple(f"option {i}" for i in range(len(e.scores))),
            scores=e.scores,
            features=e.features,
            loss_if_wrong=300.0,
        )
        for key in data.classes()
        for e in data.examples(key)[:50]
    ]
    rng = np.random.default_rng(5)
    taken: list[float] = []
    wall: list[float] = []
    for _ in range(samples):
        choice = choices[int(rng.integers(len(choices)))]
        subject = {"robot": f"r{int(rng.integers(1000))}", "task": "t"}
        begun = time.thread_time_ns()
        wall += timed_ms(lambda c=choice, s=subject: rule(draft, c, s), 1)  # type: ignore[misc]
        taken.append((time.thread_time_ns() - begun) / 1e6)
    print(f"  {samples} rulings: median {percentile(taken, 0.5):.3f} ms, largest {max(taken):.3f} ms of processor time")
    return {
        "gate_p50": Metric(value=percentile(taken, 0.5), unit="ms"),
        "gate_p99": Metric(value=percentile(taken, 0.99), unit="ms", aim=5.0),
        "gate_p99_wall": Metric(value=percentile(wall, 0.99), unit="ms"),
    }


def ordinary_called_novel(data: CalibrationData) -> dict[str, Metric]:
    """Of ordinary cases, the share that the conformal distance would call without precedent; half of them are the past.
    It is a false ask, and promised to be at most the threshold (.02), with one in as many for every class."""
    called = cases = 0
    for key in data.classes():
        points = np.array([e.features for e in data.examples(key)])
        if len(points) < 100 or points.shape[1] == 0:
            continue
        order = np.random.default_rng(6).permutation(len(points))
        half = len(points) // 2
        novelty = Novelty(points[order[:half]])
        called += sum(novelty.p_value(x) <= 0.02 for x in points[order[half:]])
        cases += len(points) - half
    share = called / max(cases, 1)
    print(f"  {called} of {cases} ordinary cases would be called novel")
    return {"ordinary_called_novel": Metric(value=share, unit="", aim=0.03)}


def black_swans(quick: bool, folder: Path = BLACK_SWANS) -> dict[str, Metric]:
    """What nobody has seen before: the share of the shipped scenarios of that kind in which a person is asked once it
    has begun, and questions in the same shifts without it (false asks). With `quick` four, and no false asks."""
    files = sorted(folder.glob("*.yaml"))[:: 8 if quick else 1]
    if not files:
        raise FileNotFoundError(f"no scenarios in {folder}")
    jobs = [(f, True) for f in files] + [(f, False) for f in files if not quick]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        counts = list(pool.map(questions_in, jobs))
    asked, alone = counts[: len(files)], [n for n in counts[len(files) :] if n is not None]
    unasked = [f.stem for f, n in zip(files, asked, strict=True) if not n]
    print(
        f"  {len(files) - len(unasked)} of {len(files)} novel events were asked about; not: {', '.join(unasked) or '-'}"
    )
    found = {
        "novel_events": Metric(value=len(files), unit="", better="higher"),
        "novel_events_asked": Metric(value=1 - len(unasked) / len(files), unit="", aim=0.95, better="higher"),
    }
    if alone:
        print(f"  {sum(alone)} questions in {len(alone)} of these shifts without the event")
        found["false_asks_a_shift"] = Metric(value=sum(alone) / len(alone), unit="")
    return found


def questions_in(job: tuple[Path, bool]) -> int | None:
    """Questions raised after the event has begun: it is over with the first. Without the event: in the whole shift;
    None for a scenario whose event is not a fault and cannot be taken away."""
    from fleet.cli.quiet import without_chatter
    from fleet.cli.scenario.build import build
    from fleet.cli.scenario.play import Play
    from fleet.scenario.load import load_scenario

    file, with_event = job
    with without_chatter(), TemporaryDirectory() as folder:
        scenario = load_scenario(file)
        built = build(scenario, scenario.spec.seed)
        if not built.faults and not with_event:
            return None
        if not with_event:
            built = replace(built, faults=())
        play = Play(built, Path(folder) / "journal.sqlite")
        try:
            while play.now_s < scenario.spec.within_s - 1e-9:
                play.step()
                if with_event and _asked(play):
                    return 1
            return 0 if with_event else len(play.state.escalations)
        finally:
            play.close()


def _asked(play: Any) -> bool:
    """Whether somebody was asked after the first fault began (or at all, where the event is none)."""
    if not play.state.escalations:
        return False
    starts = [e.started_s for e in play.stack.world.faults.history() if e.started_s is not None]
    begun = min(starts, default=0.0) if play.built.faults else 0.0
    return any(e.raised_at_s >= begun for e in play.state.escalations.values())


def curves(tables: Mapping[str, Table]) -> dict[str, tuple[list[float], list[float]]]:
    """Risk over the share acted on, for the plots."""
    from fleet.escalation.gate.evaluate import risk_coverage

    found = {}
    for name, table in tables.items():
        share, risk = risk_coverage(table)
        at = np.unique(np.linspace(0, len(table) - 1, 200).astype(int))
        found[name] = (share[at].tolist(), risk[at].tolist())
    return found
