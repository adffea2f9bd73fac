"""Whether a robot can do a job, and if not, why not, in words that a person can act on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.allocation.problem import Job, Obstacle, Problem, Reason
from fleet.model.geometry import Pose
from fleet.model.robot import Health, OperatingMode, Posture, RobotDescription, RobotState
from fleet.model.skills import SKILLS
from fleet.supervisor.state import Robot

_CAN_START = frozenset({Posture.STANDING, Posture.WALKING, Posture.SITTING, Posture.KNEELING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a job would take of a robot: time in s, energy in Wh without and with the way to a dock afterwards.
    `usable_wh` is what the battery holds now above the reserve."""

    approach_s: float
    between_s: float
    work_s: float
    energy_wh: float
    energy_to_dock_wh: float
    usable_wh: float

    @property
    def duration_s(self) -> float:
        """From now to the job's end."""
        return self.approach_s + self.between_s + self.work_s


Homes = dict[tuple[float, float], float]
"""Of each place (x, y) that was asked about, how far it is to the nearest dock, in m; for one problem."""


def judge(job: Job, robot: Robot, problem: Problem, homes: Homes | None = None) -> Estimate | Reason:
    """What the job would take of the robot, or the first reason why it cannot have it. What lasts is named first.

    `homes` is kept between calls for the same problem: most robots would end a job at the same place.
    """
    for reason in (*_unfit(job, robot.description), *_not_now(job, robot, problem.now_s)):
        return reason
    state = robot.state
    if state is None:
        return Reason(obstacle=Obstacle.NEVER_HEARD, text="it has not reported yet")
    stops = _stops(job, robot, state, problem)
    if problem.shut is not None and stops and (what := problem.shut.keeps_out(robot, stops)):
        return Reason(obstacle=Obstacle.CLOSED, text=problem.shut.said(what))
    return _estimate(job, robot.description, state, problem, homes if homes is not None else {}, stops)


def unfit(job: Job, description: RobotDescription) -> Reason | None:
    """Why no robot of this kind will ever do the job, whichever of them it is; None where they can."""
    return next(_kind_unfit(job, description), None)


def _unfit(job: Job, description: RobotDescription) -> Iterator[Reason]:
    """What no waiting will change."""
    if job.pinned_to is not None and job.pinned_to != description.robot_id:
        yield Reason(obstacle=Obstacle.PINNED, text=f"the task is for {job.pinned_to} only")
    if description.robot_id in job.excluded:
        yield Reason(obstacle=Obstacle.EXCLUDED, text="it failed at this task before, or a person ruled it out")
    yield from _kind_unfit(job, description)


def _kind_unfit(job: Job, description: RobotDescription) -> Iterator[Reason]:
    if job.models and description.model not in job.models:
        yield Reason(obstacle=Obstacle.MODEL, text=f"model {description.model}, needed is {' or '.join(job.models)}")
    capability = description.capability(job.skill)
    if capability is None:
        yield Reason(obstacle=Obstacle.NO_SKILL, text=f"no skill {job.skill}")
        return
    payload_kg = capability.max_payload_kg or description.payload_kg
    share_kg = job.payload_kg / job.team
    if share_kg > payload_kg:
        each = f" of {job.payload_kg:g} kg in all" if job.team > 1 else ""
        yield Reason(obstacle=Obstacle.PAYLOAD, text=f"payload {share_kg:g} kg{each} > {payload_kg:g} kg")
    if capability.team < job.team:
        most = f"with at most {capability.team - 1} others" if capability.team > 1 else "only alone"
        yield Reason(obstacle=Obstacle.TEAM, text=f"does {job.skill} {most}, needed is a team of {job.team}")
    if job.hands > capability.hands:
        yield Reason(obstacle=Obstacle.HANDS, text=f"needs {job.hands} hands, it has {capability.hands}")
    if lacking := job.needs.lacking(capability, description.max_speed_mps):
        yield Reason(obstacle=Obstacle.CAPABILITY, text=lacking)


def _not_now(job: Job, robot: Robot, now_s: float) -> Iterator[Reason]:
    """What may pass."""
    if job.not_before_s > now_s:
        yield Reason(obstacle=Obstacle.NOT_YET, text=f"not before {job.not_before_s:g} s (now {now_s:g} s)")
    if robot.state is not None:
        yield from _unwell(robot.state)
    if not robot.in_contact:
        yield Reason(obstacle=Obstacle.SILENT, text="lost contact")
    if robot.lease_person:
        yield Reason(obstacle=Obstacle.LEASED, text=f"{robot.lease_person} has taken it over")
    if robot.aside_because:
        yield Reason(obstacle=Obstacle.ASIDE, text=f"set aside: {robot.aside_because}")
    if robot.held_because:
        yield Reason(obstacle=Obstacle.HELD, text=f"held: {robot.held_because}")
    if robot.task_id is not None:
        yield Reason(obstacle=Obstacle.BUSY, text=f"busy with {robot.task_id}")
    if robot.closing_command_id is not None:
        yield Reason(obstacle=Obstacle.BUSY, text=f"busy: it has not yet given up {robot.closing_command_id}")
    if robot.state is not None:
        yield from _hands(job, robot.state)


def _unwell(state: RobotState) -> Iterator[Reason]:
    if state.posture is Posture.FALLEN:
        yield Reason(obstacle=Obstacle.FALLEN, text="fallen")
    elif state.posture not in _CAN_START:
        yield Reason(obstacle=Obstacle.FALLEN, text=f"posture {state.posture.value}")
    if state.e_stop:
        yield Reason(obstacle=Obstacle.E_STOP, text="e-stop")
    if state.health is Health.FAULT:
        yield Reason(obstacle=Obstacle.FAULT, text=f"fault: {state.health_detail or 'not specified'}")
    if state.mode is not OperatingMode.AUTOMATIC:
        yield Reason(obstacle=Obstacle.MODE, text=f"operating mode {state.mode.value}")
    if state.holding:
        yield Reason(obstacle=Obstacle.HELD, text=f"holding: {state.hold_because or 'not specified'}")


def _hands(job: Job, state: RobotState) -> Iterator[Reason]:
    other = [held for held in state.held if held != job.object_id]
    skill = SKILLS.get(job.skill)
    if other and skill is not None and skill.moves_object:
        yield Reason(obstacle=Obstacle.HANDS_FULL, text=f"holds {', '.join(other)}")
    if job.skill == "place" and job.object_id is not None and job.object_id not in state.held:
        yield Reason(obstacle=Obstacle.HANDS_EMPTY, text=f"does not hold {job.object_id}")


def _estimate(
    job: Job,
    description: RobotDescription,
    state: RobotState,
    problem: Problem,
    homes: Homes,
    stops: tuple[Pose, ...] | None,
) -> Estimate | Reason:
    capability = description.capability(job.skill)
    speed_mps = (capability.speed_mps if capability else 0.0) or description.max_speed_mps
    speed_mps *= 1.0 - state.tired
    if not speed_mps > 0 or not description.battery_wh > 0:
        return Reason(obstacle=Obstacle.UNREACHABLE, text="its description has no speed or no battery")
    if stops is None:
        return Reason(obstacle=Obstacle.UNREACHABLE, text="no dock can be reached on foot")
    distances = [problem.travel.distance_m(a, b) for a, b in zip((state.pose, *stops), stops, strict=False)]
    if not math.isfinite(sum(distances)):
        return Reason(obstacle=Obstacle.UNREACHABLE, text="there is no way on foot")
    walk_s = [distance / speed_mps for distance in distances]
    wh_per_s = description.walk_power_w / 3600
    energy_wh = sum(walk_s) * wh_per_s + job.work_s * description.idle_power_w / 3600
    # A robot on its way to a dock may use what the others keep back.
    docking = job.skill == "dock"
    reserve = 0.0 if docking else problem.battery_reserve
    home_m = 0.0 if docking else _way_home(stops[-1] if stops else state.pose, problem, homes)
    with_dock_wh = energy_wh + home_m / speed_mps * wh_per_s
    needed = with_dock_wh / description.battery_wh + reserve
    if not needed <= 1:
        text = (
            f"needs {needed:.0%} of its battery to finish and dock" if math.isfinite(needed) else "no dock from there"
        )
        return Reason(obstacle=Obstacle.BATTERY_TOO_SMALL, text=text)
    if state.battery_fraction < needed:
        text = f"battery {state.battery_fraction:.0%} < {needed:.0%} needed to finish and dock"
        return Reason(obstacle=Obstacle.BATTERY, text=text)
    return Estimate(
        approach_s=walk_s[0] if walk_s else 0.0,
        between_s=sum(walk_s[1:]),
        work_s=job.work_s,
        energy_wh=energy_wh,
        energy_to_dock_wh=with_dock_wh,
        usable_wh=(state.battery_fraction - reserve) * description.battery_wh,
    )


def _stops(job: Job, robot: Robot, state: RobotState, problem: Problem) -> tuple[Pose, ...] | None:
    """Where this robot would have to go; None for a dock that cannot be found. Docks behind closed floor come last."""
    if job.stops:
        has_it = job.object_id is not None and job.object_id in state.held and len(job.stops) > 1
        return job.stops[1:] if has_it else job.stops
    if job.skill != "dock":
        return ()
    shut = problem.shut

    def way(dock: Pose) -> tuple[bool, float]:
        return shut is not None and bool(shut.keeps_out(robot, (dock,))), problem.travel.distance_m(state.pose, dock)

    nearest = min(problem.docks, key=way, default=None)
    return None if nearest is None else (nearest,)


def _way_home(end: Pose, problem: Problem, homes: Homes) -> float:
    """To the nearest dock; 0 on a site that has none."""
    known = homes.get((end.x, end.y))
    if known is None:
        known = min((problem.travel.distance_m(end, dock) for dock in problem.docks), default=0.0)
        homes[end.x, end.y] = known
    return known
