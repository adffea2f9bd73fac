"""Tasks that nobody can get to now because something is closed: held back, and given out when it opens.

A task is held back while for every robot that could do it something closed lies on every way, and the robot would be
there before that opens. Where nobody knows when it opens it is held back until it is open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fleet.allocation.feasibility import unfit
from fleet.allocation.problem import Job
from fleet.barriers import Barriers
from fleet.model.geometry import Pose
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.availability import barred_because
from fleet.supervisor.closures import closed_now
from fleet.supervisor.draft import Draft
from fleet.supervisor.jobs import holders_of, job_of, names_of
from fleet.supervisor.state import Robot
from fleet.supervisor.ways_now import opens_at

HELD_BACK = "held back: "
_OPEN, _OPENS = "the way is open again", "what is closed will be open by the time a robot is there"
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedOff:
    """Why a task is held back: what is closed, in words, and when the last of it opens (fleet time, s; None: nobody
    knows)."""

    task_id: str
    what: tuple[str, ...]
    because: str
    opens_at_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """Which robot would be through with a task soonest if what holds it back were open now, and how long it would
    take, s."""

    robot_id: str
    takes_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """What is closed now: why, when it opens (None: nobody knows), and what of the floor lies behind it."""

    because: Mapping[str, str]
    opens_at_s: Mapping[str, float | None]
    barriers: Barriers
    now_s: float
    places: frozenset[str] = field(default_factory=frozenset)

    def keeps_out(self, robot: Robot, stops: tuple[Pose, ...]) -> tuple[str, ...]:
        """What is closed on the robot's way along these stops, as little of it as can be. Empty where there is a way,
        where no opening of anything would help, and where it will be open by the time the robot is there."""
        if robot.state is None:
            return ()
        found: dict[str, None] = {}
        at = robot.state.pose
        for stop in stops:
            through = self.barriers.between(at, stop)
            if through is None:
                return ()
            found |= dict.fromkeys(through)
            at = stop
        return tuple(found) if any(self._too_soon(robot, robot.state.pose, what) for what in found) else ()

    def _too_soon(self, robot: Robot, at: Pose, what: str) -> bool:
        opens_s = self.opens_at_s[what]
        speed_mps = robot.description.max_speed_mps
        if opens_s is None or not speed_mps > 0:
            return True
        return self.now_s + self.barriers.metres_to(at, what) / speed_mps < opens_s

    def said(self, what: Iterable[str]) -> str:
        """In words: what is closed, why, and until when."""
        named = [f"{w} is closed ({self.because[w]}{self._until(w)})" for w in list(what)[:_NAMED]]
        return " and ".join(named)

    def _until(self, what: str) -> str:
        opens_s = self.opens_at_s[what]
        return "" if opens_s is None else f", until {opens_s:.0f} s"


def shut_now(draft: Draft) -> Shut | None:
    """What is closed now; None where nothing is."""
    opens = opens_at(draft)
    if not opens:
        return None
    site = draft.context.site
    because = {a.area_id: a.because for a in site.keep_outs.values() if a.area_id in opens}
    places = frozenset(opens) & frozenset(site.places)
    return Shut(
        because=because | closed_now(draft.state, draft.now_s),
        opens_at_s=opens,
        barriers=draft.context.travel.barriers(frozenset(opens) - places),
        now_s=draft.now_s,
        places=places,
    )


def held_back(draft: Draft, tasks: Iterable[Task]) -> dict[str, ClosedOff]:
    """Which of the tasks nobody can get to now, by id."""
    return _behind(draft, shut_now(draft), tasks)


def _behind(draft: Draft, shut: Shut | None, tasks: Iterable[Task]) -> dict[str, ClosedOff]:
    if shut is None:
        return {}
    holders = holders_of(draft)
    found = {}
    for task in tasks:
        off = _closed_off(draft, shut, task, job_of(draft, task, holders))
        if off is not None:
            found[task.task_id] = off
    return found


def hold_back(draft: Draft, tasks: list[Task]) -> dict[str, ClosedOff]:
    """Those of the queued tasks that are held back; each says why in its own record, and so does one that is not any
    more."""
    shut = shut_now(draft)
    held, again = _behind(draft, shut, tasks), _OPEN if shut is None else _OPENS
    for task in tasks:
        off = held.get(task.task_id)
        because = HELD_BACK + off.because if off is not None else task.because
        if off is None and task.because.startswith(HELD_BACK):
            because = again
        if because != task.because:
            draft.change(task, TaskState.QUEUED, because)
    return held


def reopened(draft: Draft, task: Task) -> Reopened | None:
    """What opening everything now would buy the task; None where no robot that may be given work could do it."""
    job = job_of(draft, task)
    options = [
        (_takes_s(draft, job, robot), robot.description.robot_id)
        for robot in draft.state.robots.values()
        if _could(draft, job, robot)
    ]
    takes_s, robot_id = min(options, default=(math.inf, ""))
    return Reopened(robot_id=robot_id, takes_s=takes_s) if math.isfinite(takes_s) else None


def kept_out(draft: Draft, shut: Shut, task: Task, job: Job, robot: Robot) -> tuple[str, ...]:
    """What is closed and keeps the robot from the task now, by id: the places it is about, and what is on the way."""
    places = sorted(shut.places & _places_of(draft, task)) if shut.places else ()
    return tuple(dict.fromkeys((*places, *shut.keeps_out(robot, stops_for(job, robot)))))


def _closed_off(draft: Draft, shut: Shut, task: Task, job: Job) -> ClosedOff | None:
    out = set()
    could = 0
    for robot in draft.state.robots.values():
        if not _could(draft, job, robot):
            continue
        what = kept_out(draft, shut, task, job, robot)
        could += not what
        if could >= job.team:
            return None
        if what:
            out.add((len(what), what))
    if not out:
        return None
    _, what = min(out)
    times = [shut.opens_at_s[w] for w in what]
    known = [t for t in times if t is not None]
    return ClosedOff(
        task_id=task.task_id,
        what=what,
        because=shut.said(what),
        opens_at_s=max(known) if len(known) == len(times) else None,
    )


def _could(draft: Draft, job: Job, robot: Robot) -> bool:
    robot_id = robot.description.robot_id
    if job.pinned_to not in (None, robot_id) or robot_id in job.excluded or barred_because(draft.state, robot_id):
        return False
    return unfit(job, robot.description) is None


def stops_for(job: Job, robot: Robot) -> tuple[Pose, ...]:
    """Where the robot would have to go; one that has the load in hand already need not go for it."""
    has_it = robot.state is not None and job.object_id is not None and job.object_id in robot.state.held
    return job.stops[1:] if has_it and len(job.stops) > 1 else job.stops


def _places_of(draft: Draft, task: Task) -> frozenset[str]:
    """The places that the task is about."""
    named = names_of(task)
    found = {name for key in ("to", "place", "target", "dock") if isinstance(name := named.get(key), str)}
    wanted = named.get("object")
    if isinstance(wanted, str):
        believed, record = draft.state.objects.get(wanted), draft.context.site.objects.get(wanted)
        at = believed.place if believed is not None else record.place_id if record is not None else None
        found |= {at} if at else set()
    return frozenset(found)


def _takes_s(draft: Draft, job: Job, robot: Robot) -> float:
    """From now to the job's end if all of the floor were open, s."""
    assert robot.state is not None  # one that has never been heard is barred
    travel, at, way_m = draft.context.travel, robot.state.pose, 0.0
    for stop in stops_for(job, robot):
        way_m += travel.distance_m(at, stop)
        at = stop
    speed_mps = robot.description.max_speed_mps
    return way_m / speed_mps + job.work_s if speed_mps > 0 else math.inf
