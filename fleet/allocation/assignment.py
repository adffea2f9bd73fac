"""Optimal one-to-one assignment: at most one job a robot, the sum of all costs the least there is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fleet.allocation.costs import Weights, pair_terms, urgency_s, usable_share
from fleet.allocation.feasibility import Estimate, Homes, judge
from fleet.allocation.problem import Assignment, Job, Obstacle, Plan, Problem, Reason, Unassigned
from fleet.model.errors import InvalidField

Floats = NDArray[np.float64]


class OptimalAssignment:
    """`Allocator` by the Hungarian method (in SciPy: Jonker and Volgenant's).

    As many jobs as possible are assigned. Where there are more jobs than robots, those are left whose leaving costs
    least (`Weights`); among those chosen the sum of the costs is least. Ties fall to the smaller id. Cubic in the
    number of jobs plus robots.
    """

    def __init__(self, weights: Weights | None = None) -> None:
        self._weights = weights or Weights()

    def plan(self, problem: Problem) -> Plan:
        """See `Allocator.plan`."""
        _check(problem)
        jobs = sorted(problem.jobs, key=lambda job: job.task_id)
        robots = sorted(problem.robots, key=lambda robot: robot.description.robot_id)
        ids = [robot.description.robot_id for robot in robots]
        homes: Homes = {}
        verdicts = [[judge(job, robot, problem, homes) for robot in robots] for job in jobs]
        terms = [
            [self._terms(job, v, problem, robot_id) for robot_id, v in zip(ids, row, strict=True)]
            for job, row in zip(jobs, verdicts, strict=True)
        ]
        costs = np.array([[math.inf if t is None else sum(t.values()) for t in row] for row in terms], dtype=np.float64)
        costs = costs.reshape(len(jobs), len(robots))
        chosen = solve(costs, self._urgencies(jobs, verdicts, problem.now_s))
        assignments, unassigned = [], []
        for i, job in enumerate(jobs):
            j = chosen[i]
            if j is None:
                unassigned.append(_unassigned(job, ids, verdicts[i], chosen, jobs))
                continue
            estimate, pair = verdicts[i][j], terms[i][j]
            assert isinstance(estimate, Estimate)
            assert pair is not None
            second = min((k for k in range(len(ids)) if k != j), key=lambda k: float(costs[i, k]), default=None)
            second_cost = math.inf if second is None else float(costs[i, second])
            assignments.append(
                Assignment(
                    task_id=job.task_id,
                    robot_id=ids[j],
                    terms=pair,
                    cost_s=float(costs[i, j]),
                    finish_s=problem.now_s + estimate.duration_s,
                    runner_up=ids[second] if second is not None and math.isfinite(second_cost) else None,
                    runner_up_cost_s=second_cost,
                    usable_share=usable_share(estimate),
                )
            )
        return Plan(assignments=tuple(assignments), unassigned=tuple(unassigned))

    def _terms(self, job: Job, verdict: Estimate | Reason, problem: Problem, robot_id: str) -> dict[str, float] | None:
        if not isinstance(verdict, Estimate):
            return None
        doubt = problem.doubts.get(robot_id, {}).get(job.skill, 0.0)
        return pair_terms(job, verdict, problem.now_s, self._weights, doubt)

    def _urgencies(self, jobs: list[Job], verdicts: list[list[Estimate | Reason]], now_s: float) -> Floats:
        urgencies = np.zeros(len(jobs))
        for i, (job, row) in enumerate(zip(jobs, verdicts, strict=True)):
            estimates = [v for v in row if isinstance(v, Estimate)]
            if estimates:
                best = min(estimates, key=lambda estimate: estimate.duration_s)
                urgencies[i] = urgency_s(job, best, now_s, self._weights)
        return urgencies


def solve(costs: Floats, urgencies: Floats) -> list[int | None]:
    """For each row the chosen column, or None: no column twice, as many rows as possible, and then the least sum of the
    costs chosen and the urgencies left. `costs` is infinite where a pair is not possible.

    Raises:
        InvalidField: a cost is NaN or negative, or an urgency is not finite or negative.
    """
    bad = np.argwhere(~(costs >= 0))
    if bad.size:
        i, j = (int(k) for k in bad[0])
        raise InvalidField(f"costs[{i}][{j}]", float(costs[i, j]), "a cost of 0 s or more, infinite where not possible")
    if urgencies.shape != (costs.shape[0],) or not np.all(np.isfinite(urgencies) & (urgencies >= 0)):
        raise InvalidField("urgencies", urgencies.tolist(), f"{costs.shape[0]} finite numbers of 0 or more")
    possible = np.isfinite(costs)
    rows, columns = np.flatnonzero(possible.any(axis=1)), np.flatnonzero(possible.any(axis=0))
    chosen: list[int | None] = [None] * costs.shape[0]
    if not rows.size:
        return chosen
    small = costs[np.ix_(rows, columns)]
    finite = np.isfinite(small)
    # Leaving one more job costs more than any plan could save; taking an impossible pair costs more than leaving all.
    leave = 1.0 + (float(small[finite].max()) + float(urgencies[rows].max())) * rows.size
    never = (leave + float(urgencies[rows].max())) * (rows.size + 1)
    waiting = np.full((rows.size, rows.size), never)
    np.fill_diagonal(waiting, leave + urgencies[rows])
    from scipy.optimize import linear_sum_assignment  # slow to import

    taken_rows, taken = linear_sum_assignment(np.hstack([np.where(finite, small, never), waiting]))
    for row, column in zip(taken_rows.tolist(), taken.tolist(), strict=True):
        if column < columns.size:
            chosen[int(rows[row])] = int(columns[column])
    return chosen


def _unassigned(
    job: Job, ids: list[str], verdicts: list[Estimate | Reason], chosen: list[int | None], jobs: list[Job]
) -> Unassigned:
    does = {j: jobs[i].task_id for i, j in enumerate(chosen) if j is not None}
    reasons = {
        robot_id: verdict
        if isinstance(verdict, Reason)
        else Reason(obstacle=Obstacle.TAKEN, text=f"does {does.get(j, 'another task')} first")
        for j, (robot_id, verdict) in enumerate(zip(ids, verdicts, strict=True))
    }
    return Unassigned(task_id=job.task_id, reasons=reasons)


def _check(problem: Problem) -> None:
    """Refuse what would make a plan meaningless."""
    if not math.isfinite(problem.now_s):
        raise InvalidField("now_s", problem.now_s, "the fleet time in seconds")
    if not 0 <= problem.battery_reserve < 1:
        raise InvalidField("battery_reserve", problem.battery_reserve, "a fraction from 0 up to, not including, 1")
    for name, ids in (
        ("jobs", [job.task_id for job in problem.jobs]),
        ("robots", [robot.description.robot_id for robot in problem.robots]),
    ):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise InvalidField(name, twice, "every id once")
    for job in problem.jobs:
        times = {
            "work_s": job.work_s,
            "payload_kg": job.payload_kg,
            "waiting_since_s": job.waiting_since_s,
            "deadline_s": 0.0 if job.deadline_s is None else job.deadline_s,
        }
        for name, value in times.items():
            if not math.isfinite(value) or (name in ("work_s", "payload_kg") and value < 0):
                raise InvalidField(f"jobs.{job.task_id}.{name}", value, "a finite number, and a length 0 or more")
        if job.priority < 0:
            raise InvalidField(f"jobs.{job.task_id}.priority", job.priority, "0 (whenever) to 100 (now)")
