"""An instruction that something shall not be done, against the directive that asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.escalation import evidence as of
from fleet.escalation.conflicts import WHICH_WINS
from fleet.escalation.deciding import decide_or_ask
from fleet.escalation.instructions import none_of_these, of_instruction
from fleet.escalation.raising import Question, ask
from fleet.grounding.interpret import Interpretation
from fleet.model.escalation import Cause, GroundingCheck, Option, Prediction, Severity
from fleet.model.instruction_events import InstructionMoved
from fleet.model.instructions import Instruction, InstructionState
from fleet.model.ruling import Choice, Ruled
from fleet.model.tasks import Task, TaskState
from fleet.supervisor.draft import Draft

CALL_OFF = "call_off"
_LIKELY = 0.1  # a thing that is meant with less is not meant
_WRONG_COSTS_S = 300.0


def matching(draft: Draft, read: Interpretation) -> list[tuple[Task, float]]:
    """The open tasks that the instruction may mean to call off, with how well they fit, best first."""
    found: dict[str, float] = {}
    for step in read.steps:
        objects = {m.value: m.score for m in step.objects or () if m.score >= _LIKELY}
        targets = {m.value: m.score for m in step.targets or () if m.score >= _LIKELY}
        for task in draft.state.open_tasks() if objects or targets else ():
            named = {**task.spec.parameters, **task.grounded}
            fit = objects.get(str(named.get("object")), 0.0) if objects else 1.0
            ends = [str(named[k]) for k in ("to", "person", "target", "place") if k in named]
            places = draft.context.site.places
            ends += [places[e].zone_id for e in ends if e in places]
            fit *= max((targets.get(e, 0.0) for e in ends), default=0.0) if targets else 1.0
            if fit > 0.0:
                found[task.task_id] = max(found.get(task.task_id, 0.0), round(fit, 6))
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [(draft.state.tasks[task_id], fit) for task_id, fit in ordered]


def call_off(draft: Draft, instruction: Instruction, read: Interpretation) -> None:
    """Call off what is meant, or ask: whoever gave the other directive counts on it."""
    found = matching(draft, read)
    if not found:
        _end(draft, instruction, InstructionState.DROPPED, "nothing like it is open any more", "supervisor")
        return
    best = found[0][0]
    own = len(found) == 1 and best.requested_by == instruction.by
    options = tuple(_option(draft, task, instruction, fit) for task, fit in found[:6])
    others = tuple(t.requested_by for t, _ in found if t.requested_by != instruction.by)
    choice = Choice(
        decision_class=WHICH_WINS,
        severity=Severity.MEDIUM,
        options=tuple(o.label for o in options),
        scores=tuple(round(fit * (0.95 if t.requested_by == instruction.by else 0.5), 6) for t, fit in found[:6]),
        features=(0.0, 0.0, 0.0, float(own)),
        conflicts=(
            *read.doubts,
            *(f"{person} asked for it, {instruction.by} calls it off" for person in dict.fromkeys(others)),
        ),
        loss_if_wrong=_WRONG_COSTS_S,
        proof=f"{instruction.by} takes back what {instruction.by} asked for" if own else "",
        answers=tuple((o.option_id,) for o in options),
    )

    def act(chosen: int) -> None:
        called_off(draft, instruction, options[chosen].action, "supervisor")

    subject = {"instruction": instruction.instruction_id, "task": best.task_id}
    decide_or_ask(draft, choice, subject, act=act, ask=lambda r: _ask(draft, instruction, read, found, options, r))


def _ask(
    draft: Draft,
    instruction: Instruction,
    read: Interpretation,
    found: Sequence[tuple[Task, float]],
    options: Sequence[Option],
    ruled: Ruled,
) -> str:
    best = found[0][0]
    escalation_id = ask(
        draft,
        Question(
            cause=Cause.DIRECTIVES_CONFLICT,
            decision_class=WHICH_WINS,
            severity=Severity.MEDIUM,
            text=f"{instruction.by} said “{instruction.text:.160}”; {best.requested_by} asked for {best.task_id} "
            f"({best.spec.why or 'no reason given'}). Which stands?",
            unknowns=(*read.doubts, "whether the two have spoken with each other"),
            options=(*options, none_of_these("What was asked for stands: nothing is called off")),
            evidence=(of_instruction(instruction), *(of.of_task(t) for t, _ in found[:6])),
            subject=instruction.instruction_id,
            ruled=ruled,
            instruction_id=instruction.instruction_id,
        ),
    )
    because = f"{escalation_id} asks which stands"
    draft.emit(
        InstructionMoved(
            instruction_id=instruction.instruction_id,
            state=InstructionState.OPEN,
            because=because,
            escalation_id=escalation_id,
        )
    )
    return escalation_id


def _option(draft: Draft, task: Task, instruction: Instruction, fit: float) -> Option:
    named = {**task.spec.parameters, **task.grounded}
    what = ", ".join(f"{k} {v}" for k, v in named.items())
    mine = task.requested_by == instruction.by
    waiting = [t.task_id for t in draft.state.open_tasks() if task.task_id in t.spec.depends_on]
    cost = f"cancels {task.task_id}, which {task.requested_by} asked for ({task.spec.why or 'no reason given'})"
    cost += f", and {', '.join(waiting)}, which wait for it" if waiting else ""
    whose = f"{task.requested_by} corrects themselves" if mine else f"{task.requested_by} asked for it"
    return Option(
        option_id=f"call_off:{task.task_id}",
        label=f"Call off {task.task_id}: {task.spec.skill}, {what} ({whose})",
        action={"do": CALL_OFF, "tasks": [task.task_id]},
        predicted=Prediction(basis=f"score {fit:.2f}; {cost}"),
        if_wrong=f"what somebody counts on is not done: {cost}",
        reversible=False,
        checks=(GroundingCheck(name="is open", ok=not task.state.terminal, detail=task.state.value),),
    )


def called_off(draft: Draft, instruction: Instruction, action: Mapping[str, Any], operator: str) -> None:
    """Cancel the tasks that are called off, as far as they have not ended meanwhile."""
    ended, gone = [], []
    for task_id in action["tasks"]:
        task = draft.state.tasks[task_id]
        if task.state.terminal:
            ended.append(task_id)
            continue
        because = f"{instruction.by} called it off: {instruction.why}"
        draft.withdraw(task, because)
        draft.change(task, TaskState.CANCELLED, because, forget_robot=True)
        gone.append(task_id)
    because = "; ".join(
        [*([f"called off {', '.join(gone)}"] if gone else []), *(f"{t} had ended already" for t in ended)]
    )
    _end(draft, instruction, InstructionState.UNDERSTOOD, because, operator)


def _end(draft: Draft, instruction: Instruction, state: InstructionState, because: str, by: str) -> None:
    draft.emit(InstructionMoved(instruction_id=instruction.instruction_id, state=state, because=because, by=by))
