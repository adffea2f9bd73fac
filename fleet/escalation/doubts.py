"""Questions about what the fleet could do by itself and is not sure enough of: the next step, the robot at hand."""

from __future__ import annotations

from fleet.escalation import evidence as of
from fleet.escalation.questions import redo
from fleet.escalation.raising import Question, ask, cancel_option
from fleet.model.escalation import Cause, GroundingCheck, Option, Prediction, Severity
from fleet.model.ruling import Ruled
from fleet.model.tasks import Task
from fleet.supervisor.draft import Draft
from fleet.supervisor.needs import late_after, others_that_could

GO_AHEAD = "go_ahead"


def recovery_doubtful(draft: Draft, task: Task, because: str, step: str, ruled: Ruled) -> str:
    """It failed; the next step of the ladder may well be in vain. Returns the escalation's id."""
    wanted = str(task.grounded.get("object", ""))
    robot = draft.state.robots.get(task.robot_id or "")
    anybody, others = (others_that_could(draft, task, without=r) for r in (None, task.robot_id))
    return ask(
        draft,
        Question(
            cause=Cause.RECOVERY_DOUBTFUL,
            decision_class=ruled.choice.decision_class,
            severity=Severity.LOW,
            text=f"{task.task_id} ({task.spec.skill}) failed: {because}. Next would be to {step}. What now?",
            because=because,
            unknowns=(f"whether it would help to {step}: {_so_far(ruled)}",),
            options=(
                redo("try_again", "Start over with any robot that can", None, anybody, draft, task),
                redo("redo_other", "Give it to another robot", task.robot_id, others, draft, task),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_task(task), *((of.of_robot(robot),) if robot is not None else ())),
            subject=wanted or task.task_id,
            tasks=(task,),
            robot_ids=(task.robot_id,) if task.robot_id is not None else (),
            object_ids=(wanted,) if wanted else (),
            ruled=ruled,
        ),
    )


def robot_doubtful(draft: Draft, task: Task, robot_id: str, finish_s: float, ruled: Ruled) -> str:
    """The best robot there is may not manage the task. Returns the escalation's id."""
    others = others_that_could(draft, task, without=robot_id)
    seconds = max(finish_s - draft.now_s, 0.0)
    return ask(
        draft,
        Question(
            cause=Cause.ROBOT_DOUBTFUL,
            decision_class=ruled.choice.decision_class,
            severity=Severity.LOW,
            text=f"{robot_id} would do {task.task_id} ({task.spec.skill}), but may not manage it. Shall it?",
            unknowns=(f"whether {robot_id} manages it: {_so_far(ruled)}",),
            options=(
                Option(
                    option_id=GO_AHEAD,
                    label="Go ahead with the robot that suits best",
                    action={"do": "requeue"},
                    predicted=Prediction(
                        basis="walking and working time from the map; success is not known: no rollout was run",
                        duration_s=round(seconds, 1),
                        makes_late=late_after(draft, task, seconds),
                    ),
                    if_wrong="it fails, and the task is later",
                    checks=(GroundingCheck(name="a robot can do it", ok=True, detail=f"could: {robot_id}"),),
                ),
                redo("redo_other", f"Any other robot than {robot_id}", robot_id, others, draft, task),
                cancel_option("Cancel the task"),
            ),
            evidence=(of.of_task(task), of.of_robot(draft.state.robots[robot_id])),
            subject=f"{task.spec.skill} {task.grounded.get('object', task.task_id)}",
            tasks=(task,),
            robot_ids=(robot_id,),
            ruled=ruled,
        ),
    )


def _so_far(ruled: Ruled) -> str:
    scores = ruled.choice.scores
    return f"{scores[0]:.0%} likely as far as anybody knows" if scores else "nothing is known"
