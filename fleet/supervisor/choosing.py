"""Plans that cost nearly the same and are not the same to people: looked for before work is given out, and asked about
where what is given out now would settle it."""

from __future__ import annotations

from dataclasses import replace

from fleet.allocation.ambiguity import Ambiguity, Concerns, ambiguity
from fleet.allocation.differing import Stake
from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.instance import Instance, Solution
from fleet.allocation.weighing import Weigher
from fleet.escalation.evidence import in_words
from fleet.escalation.plans_alike import asked_between, last_asked_s, open_choices, which_plan, withdraw
from fleet.model.tasks import Task
from fleet.supervisor.availability import unavailable_because
from fleet.supervisor.draft import Draft
from fleet.supervisor.looking import is_look

_ITERATIONS = 20


def waits_for_choice(draft: Draft, task: Task) -> bool:
    """Whether somebody is being asked about it: it stays in the plan, and is not given out meanwhile."""
    return any(task.task_id in e.task_ids for e in open_choices(draft))


def watch_choices(
    draft: Draft, planner: FleetPlanner, instance: Instance | None, plan: Solution, ready: list[Task]
) -> None:
    """Ask which plan it shall be, where giving out what is next would settle it; take back what is settled by itself.

    Args:
        ready: tasks that may be given out now.
    """
    settings = planner.settings.alike
    if not settings.ask or instance is None:
        return
    waiting = open_choices(draft)
    stakes = _stakes(draft, instance, ready)
    if len({s.directive for s in stakes.values()}) < 2 or not (waiting or _next_now(draft, plan)):
        return
    weigher = Weigher(instance=instance, solution=plan, iterations=_ITERATIONS)
    if waiting:
        still = ambiguity(weigher, Concerns(stakes=stakes), settings.margin())
        for escalation in waiting:
            if still is None or not still.tasks & set(escalation.task_ids):
                withdraw(draft, escalation, "the plans are not alike any more")
        return
    if draft.now_s < last_asked_s(draft) + settings.every_s:
        return  # a busy fleet has many such choices, and people have other things to do
    found = ambiguity(weigher, Concerns(stakes=stakes, settled=asked_between(draft)), settings.margin())
    if found is not None and (now := _settled_now(draft, found)) is not None:
        which_plan(draft, instance, now, settings.answer_within_s)


def _stakes(draft: Draft, instance: Instance, ready: list[Task]) -> dict[str, Stake]:
    """What the tasks that may be given out now are to people. Looks, which the fleet asked for itself, are nothing."""
    planned = {t.task_id for t in instance.tasks}
    return {
        task.task_id: Stake(
            what=in_words(replace(task.spec, parameters=task.grounded or task.spec.parameters)),
            who=task.requested_by,
            directive=draft.state.missions[task.mission_id].directive_id or task.mission_id,
            asked_at_s=task.requested_at_s,
            priority=task.spec.priority,
        )
        for task in ready
        if task.task_id in planned and not is_look(task) and task.spec.robot_id is None
    }


def _next_now(draft: Draft, plan: Solution) -> set[tuple[str, str]]:
    """(robot, task) of what would be given out now by this plan."""
    found = set()
    for robot_id, visits in plan.routes.items():
        if visits and visits[0].task_id and not unavailable_because(draft.state, robot_id):
            found.add((robot_id, visits[0].task_id))
    return found


def _settled_now(draft: Draft, found: Ambiguity) -> Ambiguity | None:
    """With only those runners-up that would begin otherwise with one of the tasks in question; None without any."""
    begins = _next_now(draft, found.plan)
    others = tuple(
        o for o in found.others if any(task_id in o.tasks for _, task_id in begins ^ _next_now(draft, o.plan))
    )
    return replace(found, others=others) if others else None
