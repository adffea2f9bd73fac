"""Records of made-up runs, for tests of what is made from records."""

from __future__ import annotations

import math
from dataclasses import replace

from fleet.scenario.record import (
    FORMAT,
    Area,
    FaultRow,
    Finding,
    FloorPlan,
    Moment,
    OptionRow,
    QuestionRow,
    RunRecord,
    Span,
    TaskRow,
    Track,
    Verdict,
)

FLOOR = FloorPlan(
    site_id="hall",
    name="Hall <1> & annex",
    bounds=(0, 0, 20, 12),
    walls=((0, 0, 20, 0), (20, 0, 20, 12), (20, 12, 0, 12), (0, 12, 0, 0), (10, 0, 10, 5), (10, 7, 10, 12)),
    zones=(
        Area(kind="storage", subject="store", rect=(0, 0, 10, 12)),
        Area(kind="ward", subject="ward_room", rect=(10, 0, 20, 12)),
    ),
    furniture=(Area(kind="shelf", subject="shelf_a", rect=(1, 0.2, 5, 0.9)),),
    places=(
        Area(kind="slot", subject="shelf_a1", rect=(1.5, 0.5, 1.5, 0.5)),
        Area(kind="dock", subject="dock_1", rect=(2, 11, 2, 11)),
    ),
    forbidden=(Area(kind="forbidden", subject="sterile", rect=(17, 9, 20, 12)),),
    doors=(Area(kind="door", subject="door_1", rect=(9.9, 5, 10.1, 7)),),
)

EVIL = "</script><script>alert('no')</script> & \"quotes\" \x07"
"""Text that must reach no page and no XML as it is."""


def _tracks(frames_s: tuple[float, ...]) -> tuple[Track, ...]:
    walk = tuple((2 + 0.1 * t, 6 + 2 * math.sin(t / 9), math.atan2(2 / 9 * math.cos(t / 9), 0.1)) for t in frames_s)
    still = tuple((14.0, 3.0, 1.5) for _ in frames_s)
    late = tuple(None if 40 <= t < 60 else (6.0, 2 + 0.05 * t, 0.0) for t in frames_s)
    return (
        Track(kind="robot", subject="iron_1", label="xpeng_iron T0", radius_m=0.35, poses=walk),
        Track(kind="robot", subject="g1_1", label="unitree_g1 T2", radius_m=0.3, poses=still),
        Track(kind="person", subject="amy", label="nurse", radius_m=0.3, poses=late),
        Track(kind="box", subject="box_1", label="box", radius_m=0.2, poses=walk),
    )


def _questions() -> tuple[QuestionRow, ...]:
    options = (
        OptionRow(option_id="again", label="Send another robot", possible=True, success=0.92, duration_s=75.0),
        OptionRow(option_id="leave", label="Leave it", possible=False, if_wrong="the box stays on the floor"),
    )
    return (
        QuestionRow(
            escalation_id="esc-1",
            cause="robot_fallen",
            severity="high",
            question="g1_1 fell with box_1. What now?",
            options=options,
            safe_default="leave",
            evidence=("g1_1 reports that it lies", "cam_1 saw box_1 on the floor"),
            task_ids=("fetch",),
            robot_ids=("g1_1",),
            raised_at_s=31.0,
            deadline_s=91.0,
            state="closed",
            decided_at_s=43.5,
            closed_at_s=45.0,
            how="answered",
            operator="Mia Berger",
            option_id="again",
            reason="nobody is near",
            carried_out="fetch is queued again",
        ),
    )


def _timeline(end_s: float) -> tuple[Moment, ...]:
    told = (
        (1.0, "journal", "TaskAssigned", "fetch to g1_1"),
        (30.0, "world", "fell", "g1_1 falls in store"),
        (31.0, "journal", "EscalationRaised", "esc-1: g1_1 fell with box_1. What now?"),
        (43.5, "operator", "answer", "Mia Berger: again"),
        (70.0, "fault", "silent", "radio: iron_1 is silent"),
        (end_s - 5, "world", "collision", "iron_1 touches a wall"),
    )
    return tuple(Moment(at_s=t, source=s, kind=k, text=x) for t, s, k, x in told)


def a_run(seed: int = 1, *, broken: bool = False, end_s: float = 120.0, **changes: object) -> RunRecord:
    """A run of 2 robots, a person and a box; with `broken`, two of three expectations are not kept."""
    frames = tuple(0.5 * i for i in range(int(end_s * 2) + 1))
    fallen = "falls is 1" if broken else ""
    findings = (
        Finding(index=0, what="never collision", kind="never", kept=True, detail="none in 120 s", line=12),
        Finding(index=1, what="falls <= 0", kind="bound", kept=not broken, detail=fallen, line=13),
        Finding(
            index=2,
            what="within 60 s of robot_fallen then TaskDone",
            kind="within",
            kept=not broken,
            detail="fetch was not done by 91.0 s" if broken else "",
            broke_at_s=91.0 if broken else None,
            line=14,
        ),
    )
    record = RunRecord(
        format=FORMAT,
        run_id=f"fall-seed-{seed}",
        scenario="fall_with_load",
        scenario_file="scenarios/fall.yaml",
        scenario_folder="scenarios",
        scenario_text="format: humanoid-fleet-scenario/2\n",
        protects="a load that fell is brought by somebody",
        seed=seed,
        bus="inprocess",
        verdict=Verdict.BROKEN if broken else Verdict.KEPT,
        error="",
        simulated_s=end_s,
        took_s=2.5,
        cpu_s=2.0,
        attempts=1,
        journal_file="journal.sqlite",
        journal_digest="ab" * 32,
        state_digest="cd" * 32,
        poses_digest="ef" * 32,
        replay_command=f"fleet sim run --replay out/fall-seed-{seed}/run.json",
        findings=findings,
        measures={"person_distance_m": 0.8 + seed / 10, "falls": 1.0, "makespan_s": None},
        versions={"humanoid-fleet": "0.1.0", "pybullet": "3.2.7"},
        timeline=_timeline(end_s),
        tasks=(
            TaskRow(
                task_id="fetch",
                mission_id="m1",
                skill="carry",
                state="done",
                robot_id="iron_1",
                attempts=2,
                late=True,
                because="seen at table_1",
                requested_at_s=0.5,
                finished_at_s=100.0,
                deadline_s=91.0,
                priority=50,
            ),
        ),
        spans=(
            Span(kind="task", subject="g1_1", label="fetch", state="queued", from_s=1.0, to_s=43.5),
            Span(kind="task", subject="iron_1", label="fetch", state="done", from_s=44.0, to_s=100.0),
            Span(kind="robot", subject="g1_1", label="", state="fallen", from_s=30.0, to_s=None),
            Span(kind="robot", subject="iron_1", label="", state="silent", from_s=70.0, to_s=85.0),
        ),
        questions=_questions(),
        faults=(
            FaultRow(fault_id="knee", kind="torque_loss", target="g1_1", phase="active", started_s=29.5),
            FaultRow(fault_id="radio", kind="silent", target="iron_1", phase="over", started_s=70.0, over_s=85.0),
            FaultRow(fault_id="late", kind="door_stuck", target="door_1", phase="armed"),
        ),
        frames_s=frames,
        tracks=_tracks(frames),
        floor=FLOOR,
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def not_done(seed: int = 9, error: str = "the worker died with signal 9, twice") -> RunRecord:
    """A run that could not be done."""
    return a_run(
        seed,
        verdict=Verdict.ERROR,
        error=error,
        simulated_s=0.0,
        findings=(),
        measures={},
        timeline=(),
        tasks=(),
        spans=(),
        questions=(),
        faults=(),
        frames_s=(),
        tracks=(),
        floor=None,
        attempts=2,
    )
