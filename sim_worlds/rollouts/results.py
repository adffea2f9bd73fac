"""What comes out of rollouts: of one run, of an option's runs, of a whole question. All of it is plain data."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from sim_worlds.rollouts.intervals import Share, Summary, summary
from sim_worlds.rollouts.options import Start

Ended = Literal["done", "failed", "cancelled", "dropped", "open"]


class TaskEnd(msgspec.Struct, frozen=True):
    """How something that was under way ended in a run; `open`: not within the horizon. `at_s` counts from now."""

    name: str
    state: Ended
    at_s: float


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What could be seen in one run, for a preview: positions in m, headings in rad, rounded.

    `robots[k][i]` is (x, y, yaw) of robot `robot_ids[i]` at `k / rate_hz` seconds from now; people likewise; boxes
    (x, y, z).
    """

    rate_hz: float
    robot_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    box_ids: tuple[str, ...]
    robots: list[list[tuple[float, float, float]]]
    people: list[list[tuple[float, float, float]]]
    boxes: list[list[tuple[float, float, float]]]


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one option. Durations in s from now; `success` is None where the option does not say what it is."""

    option_id: str
    run: int
    success: bool | None
    success_s: float | None
    closest_person_m: float | None
    """Least gap between a robot that moved and a person; None where nobody was."""
    near_misses: int
    falls: int
    energy_wh: float
    """Used by all robots of the world, what docks gave not subtracted."""
    ends: tuple[TaskEnd, ...]
    problems: tuple[str, ...]
    """Why plans of the option failed: `robot: code`, or what still held them up: `robot: holds because ...`."""
    digest: str
    """Of the world at the end."""
    track: Track | None = None


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """What an option does to something else that is under way, run by run against going on as now."""

    name: str
    later_s: Summary | None
    """Of the differences, in s; negative is earlier; None where it ended in none. What ends within the horizon only
    as now counts as infinite, what ends only with this option as minus infinite, what ends in neither not at all."""
    later: Share | None
    """Runs in which it ended more than 1 s later or not any more; None where it ended in none."""
    lost: Share
    """Runs in which it was dropped, failed or cancelled and would not have been."""


class OptionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The distributions of one option. `n` of them were run; None where there was no run, or nothing to know."""

    option_id: str
    label: str
    n: int
    success: Share | None
    duration_s: Summary | None
    """Of the time until success; runs without success count as longer than the horizon."""
    closest_person_m: Summary | None
    """Of the runs in which there was a person near a moving robot."""
    near_misses: Summary | None
    """See `sim_worlds.people.comfort`."""
    falls: Summary | None
    any_fall: Share | None
    energy_wh: Summary | None
    effects: tuple[Lateness, ...]
    """On everything else that is under way and ends differently; see `Lateness`."""
    problems: dict[str, int]
    """Why plans failed, and in how many runs."""
    median_run: int | None
    """The run in the middle, by success, duration and energy."""
    replay: Track | None
    """Of the median run, where it was asked for."""
    runs: tuple[RunResult, ...]
    """In the order of their numbers, without tracks."""


class Death(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that died in a run. Each run is repeated once; a second death leaves it out."""

    option_id: str
    run: int
    how: str
    """`killed by signal 9`, `exit code 3`."""
    repeated: bool


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `done` of `wanted` runs were finished (fewer at the deadline, or after deaths)."""

    at_s: float
    """Simulated time of the world at the question."""
    horizon_s: float
    seed: int
    start: Start
    n: int
    done: int
    wanted: int
    complete: bool
    took_s: float
    deadline_s: float | None
    baseline: str
    """The option that changes nothing; effects of the others are measured against it."""
    options: tuple[OptionOutcome, ...]
    """In the order of the question; the baseline last where it was added."""
    deaths: tuple[Death, ...]
    errors: tuple[str, ...]
    """Runs that raised: a defect of ours, with the traceback. They are left out."""

    def option(self, option_id: str) -> OptionOutcome:
        """Raises `KeyError` for an option that was not asked about."""
        for outcome in self.options:
            if outcome.option_id == option_id:
                return outcome
        raise KeyError(f"option: got {option_id!r}, expected one of: {', '.join(o.option_id for o in self.options)}")

    def digest(self) -> str:
        """SHA-256 over all runs: equal for equal results, whoever computed them in whatever order."""
        h = hashlib.sha256()
        for outcome in sorted(self.options, key=lambda o: o.option_id):
            h.update(msgspec.json.encode(outcome.runs))
        return h.hexdigest()

    def difference(self, a: str, b: str, measure: Measure) -> Summary | None:
        """Of `measure` with option `a` minus with `b`, run by run with the same luck. None without a common run that
        has the measure for both."""
        with_b = {r.run: _measured(r, measure) for r in self.option(b).runs}
        pairs = [(_measured(r, measure), with_b.get(r.run)) for r in self.option(a).runs]
        known = [x - y for x, y in pairs if x is not None and y is not None]
        return summary(known) if known else None


Measure = Literal["success", "duration_s", "closest_person_m", "near_misses", "falls", "energy_wh"]


def _measured(run: RunResult, measure: Measure) -> float | None:
    value = getattr(run, "success_s" if measure == "duration_s" else measure)
    return None if value is None else float(value)


class EvaluationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a question stands. `running`: `done` of `wanted` runs so far. `failed`: see `detail`."""

    ticket: str
    state: Literal["running", "done", "failed"]
    done: int
    wanted: int
    detail: str = ""
    evaluation: Evaluation | None = None
