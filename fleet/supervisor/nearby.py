"""A large plan cut down to what is around one task, so that questions about it are answered in time."""

from __future__ import annotations

from dataclasses import replace

from fleet.allocation.outlook import Outlook
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft

_MOST_TASKS, _MOST_ROBOTS = 60, 12


def nearby(draft: Draft, outlook: Outlook, task: Task) -> Outlook:
    """The outlook itself, if it is small; else with the robots that could be at the task soonest, those that are to do
    it, and what all of them are to do. What they wait for elsewhere ends when the plan in force says."""
    if len(outlook.jobs) <= _MOST_TASKS:
        return outlook
    job = next(j for j in outlook.jobs if j.task_id == task.task_id)
    kept = set(draft.state.plan.robots_of(task.task_id)) | set(_soonest(outlook, job.stops[:1]))
    doing = {t for robot_id in kept for t in outlook.present.get(robot_id, ())} | {task.task_id}
    ends = {v.task_id: v.ends_s for visits in draft.state.plan.routes.values() for v in visits if v.task_id}
    jobs = tuple(j for j in outlook.jobs if j.task_id in doing)
    waits = {j.task_id: max((ends.get(name, 0.0) for name in j.after if name not in doing), default=0.0) for j in jobs}
    earliest = {j: max(at_s, outlook.earliest_s.get(j, 0.0)) for j, at_s in waits.items()}
    return replace(
        outlook,
        jobs=jobs,
        robots=tuple(r for r in outlook.robots if r.description.robot_id in kept),
        earliest_s={j: at_s for j, at_s in earliest.items() if at_s > 0.0},
        present={r: tuple(t for t in ids if t in doing) for r, ids in outlook.present.items() if r in kept},
        start=None,
    )


def _soonest(outlook: Outlook, stops: tuple[object, ...]) -> list[str]:
    """Robots by when they could be at the first stop, the soonest first."""
    ways_m = [0.0] * len(outlook.robots)
    if stops:
        ways_m = outlook.ways.distances_m([r.at for r in outlook.robots], list(stops))[:, 0].tolist()  # type: ignore[arg-type]
    there = [
        (robot.free_at_s + way_m / max(robot.description.max_speed_mps, 1e-3), robot.description.robot_id)
        for robot, way_m in zip(outlook.robots, ways_m, strict=True)
    ]
    return [robot_id for _, robot_id in sorted(there)[:_MOST_ROBOTS]]
