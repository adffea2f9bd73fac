"""The recovery ladder: retry, replan, reassign, ask a human, safe abort. A policy per task says how far it goes.

Each step is a decision: will it mend the task? The gate rules on it, on how often such a step did so before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.escalation import doubts, questions
from fleet.escalation.deciding import decide_or_ask
from fleet.model.ruling import Choice, Ruled
from fleet.model.severity import Severity
from fleet.model.tally import NOTHING, STEPS, Tally
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.learning import STEP_CLASS, step_key

# Why a task is on the ladder: what the robot or the supervisor noticed.
FAILED, FAILED_FOR_GOOD, BLOCKED, UNANSWERED, NOT_BELIEVED, FALLEN = _REASONS = (
    "failed",
    "failed_for_good",
    "blocked",
    "unanswered",
    "not_believed",
    "fallen",
)
_RUNGS = ("retries", "replans", "reassignments")
_LOSS_S = 30.0  # of a person's time, when a step was in vain: none, but the task is later and comes back
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that the policy allows: what it counts as, what it does, in words, and what it leaves to do."""

    rung: str
    label: str
    because: str
    exclude: str | None = None
    not_before_s: float | None = None
    allowed: int = 0


def recover(
    draft: Draft,
    task: Task,
    because: str,
    *,
    retriable: bool,
    replan: bool = False,
    command_over: bool = False,
    reason: str = "",
) -> None:
    """Take the next step of the ladder for a task whose robot could not do it.

    Args:
        command_over: the robot itself said that the command has ended; otherwise it is told to give it up.
        retriable: the robot says that the same may work when tried again.
        replan: the way was blocked: the next try is a replan (a new command, a new way), not a retry.
        reason: one of those above; without it, it follows from the other arguments.
    """
    if not command_over:
        draft.withdraw(task, because)
    reason = reason or (BLOCKED if replan else FAILED if retriable else FAILED_FOR_GOOD)
    for step in _steps(draft, task, because, retriable, replan):
        if _settled(draft, task, step, reason, because):
            return
    if task.spec.recovery.ask_human:
        questions.recovery_exhausted(draft, task, because)
    else:
        _give_up(draft, task, because)


def hand_on(draft: Draft, task: Task, because: str) -> None:
    """Give the task of a robot that has fallen with empty hands to another one, whatever its policy allows."""
    step = Step(rung="reassignments", label="give it to another robot", because=because, exclude=task.robot_id)
    if not _settled(draft, task, step, FALLEN, because):
        questions.recovery_exhausted(draft, task, because)


def _steps(draft: Draft, task: Task, because: str, retriable: bool, replan: bool) -> Iterator[Step]:
    """What the policy still allows, in the order of the ladder."""
    policy = task.spec.recovery
    if retriable and replan and task.replans < policy.replans:
        yield Step(
            rung="replans", label="try another way", because=f"{because}; trying another way", allowed=policy.replans
        )
    elif retriable and not replan and task.retries < policy.retries:
        yield Step(
            rung="retries",
            label="try again",
            because=f"{because}; trying again",
            not_before_s=draft.now_s + draft.context.settings.retry_delay_s,
            allowed=policy.retries,
        )
    if task.reassignments < policy.reassignments and not _only_robot_for_it(draft, task):
        yield Step(
            rung="reassignments",
            label="give it to another robot",
            because=f"{because}; giving it to another robot",
            exclude=task.robot_id,
            allowed=policy.reassignments,
        )


def _settled(draft: Draft, task: Task, step: Step, reason: str, because: str) -> bool:
    """Pass one step through the gate. Returns whether that was the end of it: it was taken, or a person is asked;
    otherwise the step is taken to be in vain, and the next one is due."""
    subject = {
        "task": task.task_id,
        "mission": task.mission_id,
        "skill": task.spec.skill,
        "reason": reason,
        "rung": step.rung,
        "command": str(task.command_id),
    }
    if task.robot_id is not None:
        # A robot that lies on the floor has no part in what happens next: its task goes elsewhere.
        subject["fallen" if reason == FALLEN else "robot"] = task.robot_id
    ended = True

    def act(chosen: int) -> None:
        nonlocal ended
        ended = chosen == 0
        if ended:
            draft.change(
                task,
                TaskState.QUEUED,
                step.because,
                count=step.rung,
                exclude_robot=step.exclude,
                not_before_s=step.not_before_s,
                forget_robot=True,
            )

    def ask(ruled: Ruled) -> str:
        if task.spec.recovery.ask_human:
            return doubts.recovery_doubtful(draft, task, because, step.label, ruled)
        _give_up(draft, task, because)
        return ""

    decide_or_ask(draft, _choice(draft, task, step, subject), subject, act=act, ask=ask)
    return ended


def _give_up(draft: Draft, task: Task, because: str) -> None:
    draft.change(task, TaskState.FAILED, f"{because}; its recovery policy ends here", forget_robot=True)


def _choice(draft: Draft, task: Task, step: Step, subject: dict[str, str]) -> Choice:
    p = how_often_it_mends(draft, subject)
    robot = draft.state.robots.get(task.robot_id or "")
    battery = robot.state.battery_fraction if robot is not None and robot.state is not None else 0.0
    used = (task.retries, task.replans, task.reassignments)
    return Choice(
        decision_class=STEP_CLASS,
        severity=Severity.LOW,
        options=(f"{step.label}: it will mend it", f"{step.label}: it will be in vain"),
        scores=(p, 1.0 - p),
        features=(
            float(_RUNGS.index(step.rung)),
            float(_REASONS.index(subject["reason"])),
            *(float(min(n, _MOST)) for n in used),
            round(battery, 3),
        ),
        loss_if_wrong=_LOSS_S,
        proof=_allowed(task, step),
    )


def _allowed(task: Task, step: Step) -> str:
    if not step.allowed:
        return "Nothing was in its hands: another robot can do it from the start"
    return f"{task.requested_by} allowed this {step.allowed} times, it was done {getattr(task, step.rung)} times so far"


def how_often_it_mends(draft: Draft, subject: dict[str, str]) -> float:
    """The share of such steps (by skill, reason and rung) that mended it: mean of a Beta posterior. The step that was
    just tried for the task counts: it is on the ladder again."""
    key = step_key(subject)
    tally: Tally = draft.state.recoveries.get(key, NOTHING)
    if draft.state.trials.get(subject["task"]) == key:
        tally = tally.and_(False)
    return tally.mean(STEPS[subject["rung"]])


def _only_robot_for_it(draft: Draft, task: Task) -> bool:
    """Whether giving it to another robot is pointless: it is pinned, or the object is in this robot's hands."""
    if task.spec.robot_id is not None:
        return True
    robot = draft.state.robots.get(task.robot_id or "")
    held = robot.state.held if robot is not None and robot.state is not None else ()
    return task.grounded.get("object") in held
