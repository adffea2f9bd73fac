# ruff: noqa: ARG001  (all actions have the same signature, whether or not they need every part)
"""What becomes of questions: answered once, only from the options, only while the situation is the one asked about."""

from __future__ import annotations

from fleet.escalation.closed_off import OPEN_WAYS, open_ways
from fleet.escalation.conflicts import SETTLE, settle
from fleet.escalation.misplaced import trust_report
from fleet.escalation.out_of_time import MOVE_DEADLINE, move_deadline
from fleet.escalation.own_request import check_not_own
from fleet.escalation.plans_alike import CHOOSE, chosen
from fleet.escalation.predecessors import GO_ON_WITHOUT, go_on_without
from fleet.escalation.queue.tiers import escalate
from fleet.escalation.raising import HOLD
from fleet.escalation.reasking import ask_again
from fleet.escalation.refusal import Refusal as Refusal
from fleet.escalation.situation import situation_digest
from fleet.escalation.truth import learn_from_answer
from fleet.model import events as ev
from fleet.model.escalation import DecidedHow, Decision, Escalation, EscalationState
from fleet.model.orders import StandingOrder
from fleet.model.requests import AcknowledgeEscalation, AnswerEscalation, Request
from fleet.model.tasks import TaskState
from fleet.supervisor.draft import Draft
from fleet.supervisor.instructing import answered
from fleet.supervisor.keys import check_signature

_NEVER_S = 1e15  # until somebody says so; finite, because JSON has no infinity


def acknowledge(draft: Draft, request: Request, body: AcknowledgeEscalation) -> None:
    """It is this person's for a while; nobody else may answer meanwhile."""
    escalation = _open(draft, body.escalation_id, request.actor)
    until = draft.now_s + draft.context.settings.acknowledged_for_s
    draft.emit(ev.EscalationAcknowledged(escalation_id=escalation.escalation_id, by=request.actor, until_s=until))


def answer(draft: Draft, request: Request, body: AnswerEscalation) -> None:
    """Take a person's answer, check that it still fits, and carry it out.

    Raises:
        Refusal: and nothing has happened, except that a question whose situation changed was asked again.
    """
    escalation = _open(draft, body.escalation_id, request.actor)
    option = escalation.option(body.option_id)
    if option is None:
        offered = ", ".join(o.option_id for o in escalation.options)
        raise Refusal(
            "invalid", f"{body.option_id!r} is not an option of this question; offered: {offered}", "option_id"
        )
    if not option.possible:
        failed = "; ".join(f"{c.name}: {c.detail}" for c in option.checks if not c.ok)
        raise Refusal("invalid", f"option {option.option_id!r} is not possible ({failed})", "option_id")
    if not body.reason.strip():
        raise Refusal("invalid", "a reason is needed: it is kept with your name", "reason")
    check_not_own(draft, escalation, option, request.actor)
    check_signature(draft.state, request.actor, body)
    if _outdated(draft, escalation):
        replaced = _retire(draft, escalation, "the world had changed when it was answered")
        raise Refusal("stale", f"the world has changed since; {replaced}", "escalation_id")
    if body.shown_digest != escalation.shown_digest:
        raise Refusal("stale", "the question is not the one you were shown; look at it again", "shown_digest")
    if body.previews_digest and body.previews_digest not in escalation.preview_digests:
        raise Refusal("stale", "this question never had the previews that you were shown", "previews_digest")
    _decide(
        draft,
        escalation,
        option_id=option.option_id,
        how=DecidedHow.ANSWERED,
        operator=request.actor,
        role=request.role.value,
        reason=body.reason.strip(),
        previews_digest=body.previews_digest,
    )


def _open(draft: Draft, escalation_id: str, actor: str) -> Escalation:
    escalation = draft.state.escalations.get(escalation_id)
    if escalation is None:
        raise Refusal("not_found", f"no escalation named {escalation_id!r}", "escalation_id")
    if escalation.replaced_by is not None:
        raise Refusal("stale", f"it was replaced by {escalation.replaced_by}: the world changed", "escalation_id")
    if not escalation.open:
        who = f" by {escalation.decision.operator}" if escalation.decision is not None else ""
        raise Refusal("already_answered", f"{escalation_id} is {escalation.state.value}{who}", "escalation_id")
    holder = escalation.acknowledged_by
    if holder is not None and holder != actor:
        until = escalation.acknowledged_until_s
        raise Refusal("conflict", f"{holder} has acknowledged it until {until:.0f} s", "escalation_id")
    return escalation


def watch_questions(draft: Draft) -> None:
    """Retire questions whose situation is gone, give back what was acknowledged and left, apply safe defaults."""
    for escalation in draft.state.open_escalations():
        if _outdated(draft, escalation):
            _retire(draft, escalation, "the world changed")
        elif draft.now_s >= escalation.deadline_s:
            shift = draft.context.settings.shift
            _decide(
                draft,
                escalation,
                option_id=escalation.safe_default,
                how=DecidedHow.SAFE_DEFAULT,
                operator=shift.accountable,
                role=shift.role,
                reason="nobody answered by the deadline",
            )
        elif escalation.acknowledged_by is not None and draft.now_s >= escalation.acknowledged_until_s:
            because = f"{escalation.acknowledged_by} did not decide in time"
            draft.emit(ev.EscalationReleased(escalation_id=escalation.escalation_id, because=because))
            escalate(draft, escalation.escalation_id, because)


def _outdated(draft: Draft, escalation: Escalation) -> bool:
    now = situation_digest(
        draft.state,
        draft.context.site,
        escalation.cause,
        escalation.task_ids,
        escalation.robot_ids,
        escalation.object_ids,
    )
    return now != escalation.situation_digest


def _retire(draft: Draft, escalation: Escalation, because: str) -> str:
    """Take the question back, and ask it anew where there is still something to ask. Says what became of it."""
    escalation_id = escalation.escalation_id
    draft.emit(ev.EscalationMoved(escalation_id=escalation_id, state=EscalationState.STALE, because=because))
    anew = ask_again(draft, escalation)
    detail = f"asked again as {anew}" if anew is not None else "there is nothing left to ask"
    draft.emit(
        ev.EscalationMoved(
            escalation_id=escalation_id,
            state=EscalationState.CLOSED,
            because=f"{because}; {detail}",
            replaced_by=anew,
        )
    )
    return detail


def answer_by_order(draft: Draft, escalation: Escalation, order: StandingOrder) -> None:
    """Carry out what a person decided in advance, in that person's name. What may be answered so is checked before
    (`fleet.escalation.standing`)."""
    _decide(
        draft,
        escalation,
        option_id=order.option_id,
        how=DecidedHow.STANDING_ORDER,
        operator=order.owner,
        role=order.role,
        reason=f"standing order {order.order_id}: {order.reason}",
    )


def still_stands(draft: Draft, escalation: Escalation) -> bool:
    """Whether the situation is the one that was asked about."""
    return not _outdated(draft, escalation)


def _decide(
    draft: Draft,
    escalation: Escalation,
    *,
    option_id: str,
    how: DecidedHow,
    operator: str,
    role: str,
    reason: str,
    previews_digest: str = "",
) -> None:
    decision = Decision(
        decision_id=f"{escalation.escalation_id}.decision",
        escalation_id=escalation.escalation_id,
        option_id=option_id,
        how=how,
        operator=operator,
        role=role,
        reason=reason,
        decided_at_s=draft.now_s,
        shown_digest=escalation.shown_digest,
        previews_digest=previews_digest,
    )
    draft.emit(ev.EscalationDecided(decision=decision))
    learn_from_answer(draft, escalation, decision)
    done = _carry_out(draft, escalation, option_id, operator)
    draft.emit(ev.EscalationMoved(escalation_id=escalation.escalation_id, state=EscalationState.CLOSED, because=done))


def _carry_out(draft: Draft, escalation: Escalation, option_id: str, operator: str) -> str:
    """Do what the option says for every task the question is about. Returns what was done, in words."""
    option = escalation.option(option_id)
    assert option is not None, "an answer was checked to be one of the options"
    action = option.action
    for task_id in escalation.task_ids:
        if not draft.state.tasks[task_id].state.terminal:
            _ACTIONS[action["do"]](draft, task_id, action, operator)
    if escalation.instruction_id:
        answered(draft, escalation, option, operator)
    if action["do"] == "trust_report":
        trust_report(draft, str(action["robot"]), operator, float(str(action["for_s"])))
    return f"{option.label} ({operator})"


def _ground(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    grounded = {**task.spec.parameters, "object": action["object"]}
    draft.emit(ev.TaskGrounded(task_id=task_id, grounded=grounded, because=f"{operator} chose it", by=operator))
    because = f"{operator} chose {action['object']}"
    draft.change(draft.state.tasks[task_id], TaskState.QUEUED, because, reset_ladder=True)


def _redirect(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    grounded, because = {**task.grounded, "to": action["to"]}, f"{operator} sent it to {action['to']}"
    draft.emit(ev.TaskGrounded(task_id=task_id, grounded=grounded, because=because, by=operator))
    draft.change(draft.state.tasks[task_id], TaskState.QUEUED, because, reset_ladder=True, forget_robot=True)


def _requeue(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    draft.withdraw(task, f"{operator} gave it to another robot")
    exclude = action.get("exclude")
    draft.change(
        task,
        TaskState.QUEUED,
        f"{operator} decided: {'another robot' if exclude else 'try again'}",
        exclude_robot=str(exclude) if exclude else None,
        forgive="forgive" in action,
        reset_ladder=True,
        forget_robot=True,
    )


def _accept(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    draft.change(draft.state.tasks[task_id], TaskState.DONE, f"{operator} checked it and says it is done")


def _cancel(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    draft.withdraw(task, f"{operator} cancelled the task")
    draft.change(task, TaskState.CANCELLED, f"cancelled by {operator}'s decision", forget_robot=True)


def _hold(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    if task.state is not TaskState.ESCALATED:
        return  # it was running all along; holding means leaving that as it is
    later = draft.now_s + float(str(action["recheck_s"]))
    draft.change(task, TaskState.BLOCKED, f"held safely for {operator}; asked again later", not_before_s=later)


def _wait_for_person(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    task = draft.state.tasks[task_id]
    because = f"{operator} sent a person to {action['robot']}; waits until it is reported recovered"
    draft.change(task, TaskState.BLOCKED, because, not_before_s=_NEVER_S)


def _keep_waiting(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    """The task runs on; the question may come back after as long a silence again."""


def _carry_on(draft: Draft, task_id: str, action: dict[str, object], operator: str) -> None:
    because = f"{operator} looked: {action['robot']} is where it says it is"
    draft.change(draft.state.tasks[task_id], TaskState.QUEUED, because, reset_ladder=True, forget_robot=True)


_ACTIONS = {
    "ground": _ground,
    "redirect": _redirect,
    "requeue": _requeue,
    "accept": _accept,
    "cancel": _cancel,
    "hold": _hold,
    "wait_for_person": _wait_for_person,
    "keep_waiting": _keep_waiting,
    "trust_report": _carry_on,
    SETTLE: settle,
    GO_ON_WITHOUT: go_on_without,
    CHOOSE: chosen,
    MOVE_DEADLINE: move_deadline,
    OPEN_WAYS: open_ways,
}


def watch_held(draft: Draft) -> None:
    """Tasks that were held by a decision: after the agreed time the question is put again."""
    for task in draft.state.tasks_in(TaskState.BLOCKED):
        escalation = draft.state.escalations.get(task.escalation_id or "")
        if task.robot_id is not None or escalation is None or escalation.decision is None:
            continue
        if escalation.decision.option_id == HOLD and draft.now_s >= task.not_before_s:
            ask_again(draft, escalation)
