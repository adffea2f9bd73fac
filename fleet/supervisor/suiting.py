"""Will the robot that suits best do the task? The gate rules on it, on what such robots have done before.

A person is asked only where an answer helps: not while a better robot may come free, not twice about one task, and not
about a robot that somebody named.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.allocation.problem import Assignment
from fleet.escalation.deciding import carry_out, rule
from fleet.escalation.doubts import GO_AHEAD, robot_doubtful
from fleet.model.escalation import Cause, DecidedHow
from fleet.model.ruling import Choice, Ruled
from fleet.model.severity import Severity
from fleet.model.tally import ATTEMPTS
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.learning import competence_of, shortfall
from fleet.supervisor.looking import give_up_look, is_look
from fleet.supervisor.needs import others_that_could

CLASS = "which_robot"
WILL, WILL_NOT = 0, 1
_LOSS_S = 30.0  # of a person's time, when it fails: mostly none, the recovery ladder sees to it
_BETTER = 0.02  # so much likelier to do it is worth waiting for
_WAIT_S = 60.0
_TIGHT, _HALVED_AT = (
    0.8,
    0.2,
)  # of the usable battery: from this share on the task gets less likely, by half at all of it
_SLACK_S, _WALK_S, _MOST_ATTEMPTS = 600.0, 600.0, 5


def assign_or_ask(draft: Draft, task: Task, assignment: Assignment, hand_out: Callable[[], None]) -> None:
    """Give the task out if the robot may be trusted with it; else wait for a better one, or ask.

    Args:
        hand_out: gives it to the robot of the assignment.
    """
    if task.spec.robot_id is not None:
        hand_out()  # somebody named the robot: nothing is decided here
        return
    choice, subject = _choice(draft, task, assignment), _subject(task, assignment)
    ruled = rule(draft, choice, subject)
    if not ruled.ruling.act:
        if _answered(draft, task):
            hand_out()
            return
        if _better_soon(draft, task, assignment, choice.scores[WILL]):
            return

    def act(chosen: int) -> None:
        if chosen == WILL:
            hand_out()
            return
        because = f"{assignment.robot_id} would not manage it ({ruled.ruling.sentence})"
        draft.change(task, TaskState.QUEUED, because, exclude_robot=assignment.robot_id)

    def ask(asked: Ruled) -> str:
        if is_look(task):  # the person who is asked about the claim need not be asked who looks
            give_up_look(draft, task)
            return ""
        return robot_doubtful(draft, task, assignment.robot_id, assignment.finish_s, asked)

    carry_out(draft, ruled, act=act, ask=ask)


def _subject(task: Task, assignment: Assignment) -> dict[str, str]:
    subject = {
        "task": task.task_id,
        "mission": task.mission_id,
        "robot": assignment.robot_id,
        "skill": task.spec.skill,
        "command": f"{task.task_id}#{task.attempt + 1}",
    }
    wanted = task.grounded.get("object")
    return {**subject, "object": wanted} if isinstance(wanted, str) else subject


def _choice(draft: Draft, task: Task, assignment: Assignment) -> Choice:
    robot_id, skill = assignment.robot_id, task.spec.skill
    tally, share = competence_of(draft.state, robot_id, skill), assignment.usable_share
    p = tally.mean(ATTEMPTS) * (1.0 - 0.5 * min(max(share - _TIGHT, 0.0) / _HALVED_AT, 1.0))
    deadline_s = task.spec.deadline_s
    slack = 1.0 if deadline_s is None else (deadline_s - assignment.finish_s) / _SLACK_S
    features = (
        1.0 - min(max(share, 0.0), 1.0),
        min(max(slack, -1.0), 1.0),
        shortfall(tally),
        min(assignment.terms.get("travel", 0.0) / _WALK_S, 1.0),
        min(task.attempt, _MOST_ATTEMPTS),
    )
    return Choice(
        decision_class=CLASS,
        severity=Severity.LOW,
        options=(f"{robot_id} does it", f"{robot_id} does not manage it"),
        scores=(p, 1.0 - p),
        features=tuple(round(float(f), 3) for f in features),
        loss_if_wrong=_LOSS_S,
        proof=f"{robot_id} has the skill, the strength and the battery for it, and a way there",
    )


def _answered(draft: Draft, task: Task) -> bool:
    """Whether a person has said before that the task shall be given out, robots being what they are."""
    return any(
        e.cause is Cause.ROBOT_DOUBTFUL
        and task.task_id in e.task_ids
        and e.decision is not None
        and e.decision.how is not DecidedHow.SAFE_DEFAULT
        and e.decision.option_id in (GO_AHEAD, "redo_other")
        for e in draft.state.escalations.values()
    )


def _better_soon(draft: Draft, task: Task, assignment: Assignment, p: float) -> bool:
    """Whether a robot that is busy now would be likelier to do it, and the task has not waited long for one."""
    if draft.now_s - max(task.changed_at_s, task.not_before_s) > _WAIT_S:
        return False
    return any(
        draft.state.robots[other].task_id is not None
        and competence_of(draft.state, other, task.spec.skill).mean(ATTEMPTS) >= p + _BETTER
        for other in others_that_could(draft, task, without=assignment.robot_id)
        if other not in task.excluded_robots
    )
