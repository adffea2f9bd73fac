"""The record of one run of a scenario: all that reports, replays and comparisons need, as one JSON file.

Times are fleet time in s since the run began, lengths in m, angles in rad. What a person reads is a text; what a
program compares is a number, an id or a digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import msgspec

from fleet.model.errors import InvalidField
from fleet.model.wire import decode

FORMAT: Literal["humanoid-fleet-run/1"] = "humanoid-fleet-run/1"
SAMPLE_PERIOD_S = 0.5
"""Time between two frames of a record's tracks."""


class Verdict(str, Enum):
    """What came of a run."""

    KEPT = "kept"  # every expectation
    BROKEN = "broken"  # at least one was not kept
    ERROR = "error"  # the run could not be done, or not to its end
    INTERRUPTED = "interrupted"  # somebody stopped it (Ctrl-C)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One expectation and whether it was kept. `broke_at_s` is the moment at which it broke or was seen to be
    impossible; None where it was kept, or where it never happened (then `detail` says until when it was awaited).
    `line` is its line in the scenario file, 0 for a rule that holds always; `because` the author's word on why it
    matters. Not `evaluated` is what only the world itself can tell, in a run over ROS: it counts as not broken."""

    index: int
    what: str
    kind: str  # within, never, always, eventually, count, bound, state, rule
    kept: bool
    detail: str = ""
    broke_at_s: float | None = None
    line: int = 0
    because: str = ""
    evaluated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened. `source` is `journal` (what the supervisor heard or decided), `world` (ground truth),
    `fault` or `operator`; `kind` the event's; `text` a line for people; `fields` what expectations match on."""

    at_s: float
    source: str
    kind: str
    text: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task at the end of the run."""

    task_id: str
    mission_id: str
    skill: str
    state: str
    robot_id: str | None
    attempts: int
    late: bool
    because: str
    requested_at_s: float
    finished_at_s: float | None
    deadline_s: float | None
    priority: int
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that lasted. For a task: `subject` the robot that had it, `label` the task id, `state` how that
    attempt ended (`done`, `queued` (taken back), `escalated`, ...). For a robot: `subject` the robot, `label` empty,
    `state` one of `silent`, `fallen`, `held`, `charging`, `e_stop`. `to_s` is None where it still lasted."""

    kind: Literal["task", "robot"]
    subject: str
    label: str
    state: str
    from_s: float
    to_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option of a question as it was shown; `success` and `duration_s` as they were predicted, None: not known."""

    option_id: str
    label: str
    possible: bool
    success: float | None = None
    duration_s: float | None = None
    if_wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """An escalation: what was asked, what could be answered, who answered what and why."""

    escalation_id: str
    cause: str
    severity: str
    question: str
    options: tuple[OptionRow, ...]
    safe_default: str
    evidence: tuple[str, ...]
    task_ids: tuple[str, ...]
    robot_ids: tuple[str, ...]
    raised_at_s: float
    deadline_s: float
    state: str
    decided_at_s: float | None = None
    closed_at_s: float | None = None
    how: str | None = None  # answered or safe_default
    operator: str | None = None
    option_id: str | None = None
    reason: str | None = None
    carried_out: str = ""
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """A fault and when it acted. `phase` is where it was at the end: armed, due, active or over."""

    fault_id: str
    kind: str
    target: str
    phase: str
    started_s: float | None = None
    over_s: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Where one thing was, from ground truth: `poses[i]` is (x, y, yaw) at `Record.frames_s[i]`, None while it was
    not there. A box that is carried has its carrier's position."""

    kind: Literal["robot", "person", "box"]
    subject: str
    label: str  # a robot's model and tier, a person's or a box's kind
    radius_m: float
    poses: tuple[tuple[float, float, float] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A named rectangle or point of the floor plan: (min x, min y, max x, max y); a point has equal corners."""

    kind: str  # a zone's or furniture's kind; slot, station or dock for places; forbidden; door
    subject: str
    rect: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPlan:
    """The building from above. `walls` are lines (ax, ay, bx, by)."""

    site_id: str
    name: str
    bounds: tuple[float, float, float, float]
    walls: tuple[tuple[float, float, float, float], ...]
    zones: tuple[Area, ...]
    furniture: tuple[Area, ...]
    places: tuple[Area, ...]
    forbidden: tuple[Area, ...] = ()
    doors: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `journal_digest` is the checksum of the journal's last record, which chains over all before;
    `state_digest` is over the supervisor's state at the end; `poses_digest` is a running SHA-256 over the world's
    digest at every sample: equal runs have equal digests, bit for bit.

    `measures` are the numbers that expectations can bound, None where there was nothing to measure. `versions` are
    of what the result depends on. `scenario_text` is the scenario as it was run (after shrinking and overrides), so
    that the record replays without the file it came from; relative paths in it are from `scenario_folder`.
    """

    format: Literal["humanoid-fleet-run/1"]
    run_id: str
    scenario: str
    scenario_file: str
    scenario_folder: str
    scenario_text: str
    protects: str
    seed: int
    bus: Literal["inprocess", "ros"]
    verdict: Verdict
    error: str
    simulated_s: float
    took_s: float
    cpu_s: float
    attempts: int  # 2 where a worker died and the run was repeated
    journal_file: str  # beside the record; empty where it was not kept
    journal_digest: str
    state_digest: str
    poses_digest: str
    replay_command: str
    findings: tuple[Finding, ...]
    measures: dict[str, float | None]
    versions: dict[str, str]
    timeline: tuple[Moment, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    spans: tuple[Span, ...] = ()
    questions: tuple[QuestionRow, ...] = ()
    faults: tuple[FaultRow, ...] = ()
    frames_s: tuple[float, ...] = ()
    tracks: tuple[Track, ...] = ()
    floor: FloorPlan | None = None

    @property
    def kept(self) -> bool:
        """Whether every expectation was kept and the run came to its end."""
        return self.verdict is Verdict.KEPT

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The expectations that were not kept."""
        return tuple(f for f in self.findings if not f.kept)


def write_record(record: RunRecord, path: Path) -> None:
    """Write it as one JSON file, whole or not at all. Raises `OSError` where that cannot be."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(msgspec.json.encode(record))
    beside.replace(path)


def read_record(path: Path) -> RunRecord:
    """A record as it was written.

    Raises:
        InvalidField: the file is not there, is no record, or is one of another version.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise InvalidField("run", str(path), f"the run.json of a report folder ({problem.strerror})") from None
    try:
        return decode(RunRecord, data)
    except InvalidField as problem:
        what = f"a record of the format {FORMAT} ({problem.field}: {problem.expected})"
        raise InvalidField("run", str(path), what) from None
