"""From the outlook to numbers: the instance that the solver is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from fleet.allocation.feasibility import unfit
from fleet.allocation.instance import Instance, PlanDock, PlanRobot, PlanTask
from fleet.allocation.nearest import anybody_low, docks_near, robots_near
from fleet.allocation.outlook import Outlook, RobotAhead
from fleet.allocation.plan_settings import AllocationSettings
from fleet.allocation.problem import Job
from fleet.model.geometry import Pose
from fleet.model.robot import RobotDescription
from fleet.model.skills import SKILLS

_LEAST_SPEED_MPS = 0.05
_PACE = 0.85  # of its top speed, what a robot makes good on its way: it turns, waits at doors, gives way


class _Places:
    """Poses as indices; the same pose has one index."""

    def __init__(self) -> None:
        self._index: dict[tuple[float, float], int] = {}
        self.poses: list[Pose] = []

    def of(self, pose: Pose) -> int:
        key = (pose.x, pose.y)
        if key not in self._index:
            self._index[key] = len(self.poses)
            self.poses.append(pose)
        return self._index[key]


def build(
    outlook: Outlook,
    settings: AllocationSettings,
    name: str = "",
    *,
    nearest: int | None = None,
    charge_by: float | None = None,
) -> Instance:
    """The instance in which the robots of the outlook get a list of tasks each. Sorted by ids, so that the order in
    which things are listed changes nothing.

    Args:
        charge_by: who charges does so until it has this share of its battery above the reserve; None: as the settings
            have it.
        nearest: of each task, leave out robots other than so many that could be there first, and docks where nobody is
            low: the plan is made anew long before somebody is. None: take all.
    """
    places = _Places()
    charge_by = settings.charge_by if charge_by is None else charge_by
    robots = robots_near(outlook, nearest if nearest is not None else len(outlook.robots))
    near = docks_near(outlook, robots) if nearest is None or charge_by >= 1.0 or anybody_low(outlook, robots) else ()
    docks = tuple(PlanDock(dock_id=d.dock_id, at=places.of(d.at), free_at_s=d.free_at_s) for d in near)
    able = _Able(robots)
    planned = {job.task_id for job in outlook.jobs}
    tasks = tuple(
        _task(job, outlook, settings, places, able, planned) for job in sorted(outlook.jobs, key=lambda j: j.task_id)
    )
    # Only how much more one has worked than another counts; the search tells them apart best when the least is 0.
    least_s = min((r.worn_s for r in robots), default=0.0)
    robots = tuple(replace(r, worn_s=r.worn_s - least_s) for r in robots)
    ends = len(places.poses)  # what comes now is only ever left, never walked to
    plan_robots = tuple(_robot(r, outlook, settings, places, charge_by) for r in robots)
    distances = np.full((len(places.poses), len(places.poses)), np.inf)
    if ends:
        distances[:, :ends] = outlook.ways.distances_m(places.poses, places.poses[:ends])
    np.fill_diagonal(distances, 0.0)
    return Instance(
        robots=plan_robots,
        tasks=tasks,
        distances_m=distances,
        docks=docks,
        weights=settings.plan_weights(),
        now_s=outlook.now_s,
        present=_kept(outlook, planned, robots),
        on_the_way=frozenset(outlook.on_the_way & planned),
        name=name,
    )


def _kept(outlook: Outlook, planned: set[str], robots: Iterable[RobotAhead]) -> dict[str, tuple[str, ...]]:
    known = {r.description.robot_id for r in robots}
    kept = {r: tuple(t for t in tasks if t in planned) for r, tasks in sorted(outlook.present.items()) if r in known}
    return {r: tasks for r, tasks in kept.items() if tasks}


def _robot(
    robot: RobotAhead, outlook: Outlook, settings: AllocationSettings, places: _Places, charge_by: float
) -> PlanRobot:
    description = robot.description
    until_wh = min(outlook.battery_reserve + charge_by, 1.0) * description.battery_wh
    return PlanRobot(
        robot_id=description.robot_id,
        at=places.of(robot.at),
        free_at_s=max(robot.free_at_s, outlook.now_s),
        speed_mps=max(_PACE * description.max_speed_mps * (1.0 - robot.tired), _LEAST_SPEED_MPS),
        battery_wh=robot.battery_wh,
        capacity_wh=max(until_wh, robot.battery_wh),
        reserve_wh=outlook.battery_reserve * description.battery_wh,
        walking_w=description.walk_power_w,
        working_w=description.idle_power_w,
        standing_w=description.idle_power_w,
        charging_w=settings.charging_w,
        worn_s=robot.worn_s,
    )


def _task(
    job: Job, outlook: Outlook, settings: AllocationSettings, places: _Places, able: _Able, planned: set[str]
) -> PlanTask:
    stops = able.stops(job)
    return PlanTask(
        task_id=job.task_id,
        stops=tuple(places.of(pose) for pose in stops),
        work_s=job.work_s,
        team=job.team,
        able=able.of(job),
        costs_s={r: cost for r, cost in _costs(job, outlook, settings).items() if r in able.known},
        resources=job.resources,
        # Nobody is told of a task before what it waits for is over, nor of a team before all of it is free. Where only
        # the time is waited for, that is not said: it would cost much, and few robots wait long for a time.
        leaves_when_ready=job.team > 1 or bool(job.resources or set(job.after) & planned),
        slows=job.slows,
        after=tuple(sorted(set(job.after) & planned)),
        earliest_s=max(job.not_before_s, outlook.earliest_s.get(job.task_id, 0.0)),
        due_s=job.deadline_s,
        due_weight=job.favour * settings.due_weight(job.priority),
        latest_s=job.deadline_s if job.hard_deadline else None,
        waiting_weight=job.favour * settings.waiting_weight(job.priority, outlook.now_s - job.waiting_since_s),
        left_weight=job.favour,
        pinned_to=(job.pinned_to,) if job.pinned_to is not None else job.members,
        banned=tuple(sorted(set(job.excluded) & able.known)),
    )


def _costs(job: Job, outlook: Outlook, settings: AllocationSettings) -> dict[str, float]:
    """What is against a robot's word about such work, and whom it would disturb."""
    found = {r: settings.weights.honesty * by_skill.get(job.skill, 0.0) for r, by_skill in outlook.doubts.items()}
    zones = len(outlook.disturbs.get(job.task_id, ()))
    for robot in outlook.robots if zones else ():
        description = robot.description
        if description.robot_id not in settings.certified and description.model not in settings.certified:
            found[description.robot_id] = found.get(description.robot_id, 0.0) + zones * settings.weights.people
    return {r: cost for r, cost in sorted(found.items()) if cost > 0}


class _Able:
    """Who can do which job at all. Robots of one kind are judged once."""

    def __init__(self, robots: Iterable[RobotAhead]) -> None:
        self._robots = list(robots)
        self.known = {r.description.robot_id for r in self._robots}
        self._kinds: dict[tuple[object, ...], list[str]] = {}
        self._of_kind: dict[tuple[object, ...], RobotDescription] = {}
        for robot in self._robots:
            description = robot.description
            kind = (description.model, description.capabilities, description.payload_kg, description.max_speed_mps)
            self._kinds.setdefault(kind, []).append(description.robot_id)
            self._of_kind.setdefault(kind, description)
        self._holding = {r.description.robot_id: r.holds for r in self._robots if r.holds}

    def of(self, job: Job) -> tuple[str, ...] | None:
        """Ids of the robots that can; None where all of them can, and none where they are too few for the team."""
        found: list[str] = []
        for kind, ids in self._kinds.items():
            if unfit(job, self._of_kind[kind]) is None:
                found.extend(ids)
        found = [robot_id for robot_id in found if self._hands_free(robot_id, job)]
        if len(found) < job.team:
            return ()
        return None if len(found) == len(self._robots) else tuple(sorted(found))

    def _hands_free(self, robot_id: str, job: Job) -> bool:
        held = self._holding.get(robot_id)
        skill = SKILLS.get(job.skill)
        if held is None or skill is None or not skill.moves_object:
            return True
        return all(one == job.object_id for one in held)

    def stops(self, job: Job) -> tuple[Pose, ...]:
        """Where it leads: whoever has the object in hand already need not go for it, nor a team that has it wholly."""
        held = self._holding.get(job.pinned_to or "", ())
        in_hand = job.object_id in held or 1 < job.team <= len(job.members)
        return job.stops[1:] if len(job.stops) > 1 and in_hand else job.stops
