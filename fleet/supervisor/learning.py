"""What the fleet learns of robots and of its own steps, read off its own events: pure functions of the fold.

Honesty: of a robot's claims by skill, how many proved true. Competence: of its attempts by skill, how many were seen
through. Recoveries: of the steps on the recovery ladder by skill, reason and rung, how many mended it.
"""

from __future__ import annotations

from dataclasses import replace

from fleet.model import events as ev
from fleet.model.escalation import Cause, DecidedHow, Decision, Escalation
from fleet.model.evidence import Verdict, Verification
from fleet.model.ruling import Ruled
from fleet.model.tally import ATTEMPTS, CLAIMS, NOTHING, Tally
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.state import FleetState
from fleet.verification.postconditions import postcondition_of

Table = dict[str, dict[str, Tally]]
_FAILED = (Cause.RECOVERY_EXHAUSTED, Cause.RECOVERY_DOUBTFUL, Cause.CLAIM_CONTRADICTED)
_ON_ITS_WAY = (TaskState.ASSIGNED, TaskState.EXECUTING, TaskState.BLOCKED, TaskState.VERIFYING)
STEP_CLASS = "which_recovery"
CLAIM_CLASS = "is_the_claim_true"


def honesty_of(state: FleetState, robot_id: str, skill: str) -> Tally:
    """How many of the robot's claims about the skill proved true, and false."""
    return state.honesty.get(robot_id, {}).get(skill, NOTHING)


def competence_of(state: FleetState, robot_id: str, skill: str) -> Tally:
    """How many of the robot's attempts at the skill were seen through, and how many were not."""
    return state.competence.get(robot_id, {}).get(skill, NOTHING)


def doubts(state: FleetState) -> dict[str, dict[str, float]]:
    """By robot and skill how much less its claims are to be trusted than a stranger's; only where there is something
    against it: nobody is preferred for having been checked often."""
    found: dict[str, dict[str, float]] = {}
    for robot_id, table in state.honesty.items():
        for skill, tally in table.items():
            if tally.wrong and (doubt := distrust(tally)) > 0.0:
                found.setdefault(robot_id, {})[skill] = doubt
    return found


def distrust(tally: Tally) -> float:
    """How much less than a stranger; 0 for who is trusted at least as much."""
    return max(0.0, CLAIMS.mean - tally.mean(CLAIMS))


def shortfall(tally: Tally) -> float:
    """How much less able than a stranger; 0 for who is at least as able."""
    return max(0.0, ATTEMPTS.mean - tally.mean(ATTEMPTS))


def after_check(state: FleetState, verification: Verification) -> FleetState:
    """A claim was checked: it counts for or against its robot, unless the sources disagree among themselves."""
    known = state.verifications.get(verification.claim_id)
    if known is not None:
        state = _count_claim(state, known, -1)
    state = replace(state, verifications={**state.verifications, verification.claim_id: verification})
    return _count_claim(state, verification, +1)


def claim_reviewed(state: FleetState, claim_id: str, was_true: bool) -> FleetState:
    """A person found out whether a claim was true: what was counted before is put right."""
    known = state.verifications.get(claim_id)
    if known is None:
        return state
    return after_check(state, replace(known, found_true=was_true))


def after_answer(state: FleetState, escalation: Escalation, decision: Decision) -> FleetState:
    """A person's answer to a question about a claim says whether it was true."""
    ruled = escalation.ruled
    if ruled is None or decision.how is not DecidedHow.ANSWERED or ruled.choice.decision_class != CLAIM_CLASS:
        return state
    right = right_options(ruled, decision.option_id)
    claim_id = ruled.subject.get("claim", "")
    return claim_reviewed(state, claim_id, 0 in right) if right else state


def right_options(ruled: Ruled, option_id: str) -> tuple[int, ...]:
    """Which of the ruling's options an answer says were right; none where it does not say."""
    return tuple(i for i, ids in enumerate(ruled.choice.answers) if option_id in ids)


def after_ruling(state: FleetState, ruled: Ruled) -> FleetState:
    """A step on the recovery ladder was ruled on: the one before it, if any, did not mend the task."""
    if ruled.choice.decision_class != STEP_CLASS:
        return state
    task_id, rung = ruled.subject.get("task", ""), ruled.subject.get("rung", "")
    state = _end_trial(state, task_id, mended=False)
    if rung and ruled.ruling.act and ruled.ruling.chosen == 0:
        state = replace(state, trials={**state.trials, task_id: step_key(ruled.subject)})
    return state


def step_key(subject: dict[str, str]) -> str:
    """What steps on the ladder are counted by."""
    return "/".join(subject.get(part, "") for part in ("skill", "reason", "rung"))


def after_task_change(state: FleetState, before: Task, event: ev.TaskChanged) -> FleetState:
    """An attempt at a task ended, one way or another; `state` is the one after the change."""
    asked = state.escalations.get(event.escalation_id or "")
    if event.state is TaskState.DONE:
        state = _end_trial(state, before.task_id, mended=True)
    elif event.state is TaskState.ESCALATED and asked is not None and asked.cause in _FAILED:
        state = _end_trial(state, before.task_id, mended=False)
    elif event.state.terminal or event.state is TaskState.ESCALATED:
        state = _forget_trial(state, before.task_id)
    if before.robot_id is None or before.state not in _ON_ITS_WAY:
        return state
    if event.state is TaskState.DONE:
        return _count(state, "competence", before.robot_id, before.spec.skill, True, +1)
    if event.count is not None or (asked is not None and asked.cause in _FAILED):
        return _count(state, "competence", before.robot_id, before.spec.skill, False, +1)
    return state


def _stance(verification: Verification) -> bool | None:
    """Whether the claim counts as true or false; None where nobody knows."""
    if verification.found_true is not None:
        return verification.found_true
    if verification.verdict is Verdict.CONFIRMED and verification.sources:
        return True
    if verification.verdict is Verdict.CONTRADICTED and not verification.disagree:
        return False
    return None


def _count_claim(state: FleetState, verification: Verification, times: int) -> FleetState:
    stance, claim = _stance(verification), state.claims.get(verification.claim_id)
    condition = postcondition_of(claim) if claim is not None else None
    if stance is None or claim is None or condition is None or condition.changes_nothing:
        return state
    return _count(state, "honesty", claim.robot_id, claim.skill, stance, times)


def _count(state: FleetState, table: str, robot_id: str, skill: str, right: bool, times: int) -> FleetState:
    known: Table = getattr(state, table)
    mine = known.get(robot_id, {})
    mine = {**mine, skill: mine.get(skill, NOTHING).and_(right, times)}
    counted: Table = {**known, robot_id: mine}
    return replace(state, honesty=counted) if table == "honesty" else replace(state, competence=counted)


def _end_trial(state: FleetState, task_id: str, *, mended: bool) -> FleetState:
    key = state.trials.get(task_id)
    if key is None:
        return state
    counted = {**state.recoveries, key: state.recoveries.get(key, NOTHING).and_(mended)}
    return _forget_trial(replace(state, recoveries=counted), task_id)


def _forget_trial(state: FleetState, task_id: str) -> FleetState:
    if task_id not in state.trials:
        return state
    return replace(state, trials={k: v for k, v in state.trials.items() if k != task_id})
