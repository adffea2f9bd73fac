"""Who does together what one robot cannot do: the members of a team are chosen, and told, at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fleet.allocation.costs import usable_share
from fleet.allocation.feasibility import Estimate, Homes, judge
from fleet.allocation.problem import Assignment, Obstacle, Reason
from fleet.escalation import questions
from fleet.model import events as ev
from fleet.model.tasks import Stage, Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.jobs import job_of
from fleet.supervisor.problems import problem_of
from fleet.supervisor.suiting import assign_or_ask
from fleet.supervisor.team_orders import holders_of, lead_of, members_for, no_room_because
from fleet.supervisor.teams import tell_team

_HOPELESS_AFTER_S = 10.0
_NEEDS_SOMEBODY = (Obstacle.FALLEN, Obstacle.ASIDE, Obstacle.FAULT)
Verdicts = dict[str, Estimate | Reason]


def assign_teams(draft: Draft, waiting: Sequence[Task]) -> tuple[list[Task], dict[str, str]]:
    """Give out the tasks for teams among those that wait, the most urgent first.

    Returns:
        the tasks for one robot, and robots that are kept free for a team that is not yet complete, with its task.
    """
    kept: dict[str, str] = {}
    for task in sorted((t for t in waiting if t.spec.team > 1), key=lambda t: (-t.spec.priority, t.requested_at_s)):
        members = _give_nearest(draft, task, {r: f"kept free for {other}" for r, other in kept.items()})
        kept |= dict.fromkeys(members, task.task_id)
    return [t for t in waiting if t.spec.team == 1], kept


def give_team(draft: Draft, task: Task, members: Collection[str]) -> bool:
    """Give the task to the team that the plan has for it, once all of them are there. Returns whether it was given."""
    if len(members) < task.spec.team:
        return False
    verdicts = _judged(draft, task, {})
    team = _choose(draft, task, {r: v for r, v in verdicts.items() if r in members})
    if len(team) == task.spec.team:
        _give(draft, task, team, verdicts)
    return draft.state.tasks[task.task_id].state is not TaskState.QUEUED


def give_left_teams(draft: Draft, tasks: Sequence[Task], taken: Mapping[str, str]) -> None:
    """Give out tasks for teams that no plan has, among robots that have nothing to do; or ask, where waiting will not
    help.

    Args:
        taken: by robot what it does by the plan, and so is not free.
    """
    for task in sorted(tasks, key=lambda t: (-t.spec.priority, t.requested_at_s)):
        _give_nearest(draft, task, taken)


def _give_nearest(draft: Draft, task: Task, taken: Mapping[str, str]) -> tuple[str, ...]:
    """Give the task to the nearest robots that are not taken; returns those that could, where they are too few."""
    verdicts = _judged(draft, task, taken)
    members = _choose(draft, task, verdicts)
    if len(members) < task.spec.team:
        return members
    _give(draft, task, members, verdicts)
    return ()


def _judged(draft: Draft, task: Task, taken: Mapping[str, str]) -> Verdicts:
    job, problem = job_of(draft, task), problem_of(draft)
    homes: Homes = {}
    return {
        robot_id: Reason(obstacle=Obstacle.TAKEN, text=taken[robot_id])
        if robot_id in taken
        else judge(job, robot, problem, homes)
        for robot_id, robot in draft.state.robots.items()
    }


def _choose(draft: Draft, task: Task, verdicts: Verdicts) -> tuple[str, ...]:
    """Who holds the load already, and the nearest of those that could. Fewer than the team: it is not complete yet, and
    somebody is asked where it never will be."""
    able = {r: v for r, v in verdicts.items() if isinstance(v, Estimate)}
    holding = holders_of(draft, task)
    if any(r not in able for r in holding) or len(holding) > task.spec.team:
        _maybe_ask(draft, task, verdicts, "")
        return ()
    nearest = sorted((r for r in able if r not in holding), key=lambda r: (round(able[r].duration_s, 2), r))
    members = (*holding, *nearest[: task.spec.team - len(holding)])
    if len(members) < task.spec.team:
        _maybe_ask(draft, task, verdicts, "")
        return members
    no_room = no_room_because(draft, task, members)
    if no_room:
        _maybe_ask(draft, task, verdicts, no_room)
        return ()
    return members


def _maybe_ask(draft: Draft, task: Task, verdicts: Verdicts, no_room: str) -> None:
    """Ask about a team that will not come together by waiting."""
    ever = [r for r, v in verdicts.items() if isinstance(v, Estimate) or not _lasts(v)]
    if draft.waited_s(task.changed_at_s) < _HOPELESS_AFTER_S or (len(ever) >= task.spec.team and not no_room):
        return
    could = no_room or f"it could, and {task.spec.team - 1} more are needed"
    reasons = {r: v.text if isinstance(v, Reason) else could for r, v in verdicts.items()}
    questions.no_capable_robot(draft, task, reasons)


def _lasts(reason: Reason) -> bool:
    return reason.obstacle.lasting or reason.obstacle in _NEEDS_SOMEBODY


def _give(draft: Draft, task: Task, robot_ids: tuple[str, ...], verdicts: Verdicts) -> None:
    lead = lead_of(draft, task, robot_ids)
    team = (lead, *(r for r in robot_ids if r != lead))
    slowest = max((v for r, v in verdicts.items() if r in team and isinstance(v, Estimate)), key=lambda v: v.duration_s)
    terms = {"travel": slowest.approach_s + slowest.between_s, "work": slowest.work_s}
    assignment = Assignment(
        task_id=task.task_id,
        robot_id=lead,
        terms=terms,
        cost_s=sum(terms.values()),
        finish_s=draft.now_s + slowest.duration_s,
        usable_share=usable_share(slowest),
    )
    assign_or_ask(draft, task, assignment, lambda: _hand_out(draft, task, team, terms))


def _hand_out(draft: Draft, task: Task, team: tuple[str, ...], terms: dict[str, float]) -> None:
    holding = holders_of(draft, task)
    stage = Stage.CARRY if all(r in holding for r in team) else Stage.GATHER
    members = members_for(draft, task, team, stage, str(task.attempt + 1))
    draft.emit(
        ev.TaskAssigned(
            task_id=task.task_id,
            robot_id=team[0],
            command_id=members[0].command_id,
            epoch=members[0].epoch,
            parameters=members[0].parameters,
            terms={name: round(cost, 3) for name, cost in terms.items()},
            members=members,
            stage=stage,
        )
    )
    tell_team(draft, draft.state.tasks[task.task_id])
