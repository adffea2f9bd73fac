"""Instructions in plain language: taken up, understood or asked about, and made into missions.

Every decision that the words leave open passes the gate: which skill, which object, which place. What the fleet reads
by itself is what it acts on; a language model's reading may be shown to a person, or be a reason to ask one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.escalation.calling_off import CALL_OFF, call_off, called_off, matching
from fleet.escalation.deciding import decide_or_ask
from fleet.escalation.instructions import START, Reading, option_id, which_is_meant
from fleet.escalation.refusal import Refusal
from fleet.grounding.interpret import WHICH_OBJECT, WHICH_PLACE, WHICH_SKILL, Interpretation, Slot, interpret
from fleet.grounding.plans import Plan, plans
from fleet.grounding.words import words
from fleet.grounding.world import Known
from fleet.model import events as ev
from fleet.model.escalation import Escalation, Option, Severity
from fleet.model.instruction_events import InstructionGiven, InstructionMoved
from fleet.model.instructions import MOST_LETTERS, GiveInstruction, Instruction, InstructionState
from fleet.model.requests import Request
from fleet.model.ruling import Choice, Ruled
from fleet.model.tasks import Directive, MissionSpec, TaskSpec
from fleet.supervisor.draft import Draft
from fleet.supervisor.readings import Here, known_here, near_readings, proposed_readings, reading_of

BY_MODEL = "which_task_by_model"
"""The class of decisions where only a language model has a reading: its scores have a calibration of their own."""

WRONG_COSTS_S = 300.0  # of people's time: the wrong thing is brought, noticed, and brought back
_READINGS = 6


# ---- taking up ----------------------------------------------------------------------------------------------


def give(draft: Draft, request: Request, body: GiveInstruction) -> None:
    """Take an instruction up and decide what it means.

    Raises:
        Refusal: nothing can be done with it; says why, for whoever said it.
    """
    _check(draft, body)
    known = known_here(_here(draft))
    read = interpret(body.text, known)
    why = body.why.strip() or read.why
    if not why:
        detail = "why is it wanted? give `why`, or say it in the text (`...; why: the nurse is waiting`)"
        raise Refusal("invalid", detail, "why")
    proposed = proposed_readings(_here(draft), body.proposed)
    if read.refusal and not proposed:
        raise Refusal("invalid", _with_problem(read.refusal, body), "text")
    within = draft.now_s + read.within_s if read.within_s is not None and not _waits(read) else None
    instruction = Instruction(
        instruction_id=body.directive_id,
        text=body.text,
        why=why,
        by=request.actor,
        given_at_s=draft.now_s,
        priority=body.priority,
        deadline_s=body.deadline_s if body.deadline_s is not None else within,
        expires_at_s=body.expires_at_s,
        proposed=body.proposed,
    )
    if read.calls_off and not matching(draft, read):
        detail = "it says that something shall not be done, and nothing like it has been asked for"
        raise Refusal("invalid", detail, "text")
    directive = Directive(
        directive_id=body.directive_id,
        objective=body.text,
        reason=why,
        limits=body.limits,
        authority=body.authority,
        expires_at_s=body.expires_at_s,
    )
    draft.emit(ev.DirectiveGiven(directive=directive, by=request.actor))
    draft.emit(InstructionGiven(instruction=instruction))
    _understand(draft, instruction, known, read)


def _check(draft: Draft, body: GiveInstruction) -> None:
    if body.directive_id in draft.state.directives:
        raise Refusal("conflict", f"there is a directive {body.directive_id!r} already", "directive_id")
    if len(body.text) > MOST_LETTERS:
        detail = f"{len(body.text)} characters; an instruction has at most {MOST_LETTERS}"
        raise Refusal("invalid", detail, "text")
    for name, at_s in (("deadline_s", body.deadline_s), ("expires_at_s", body.expires_at_s)):
        if at_s is not None and at_s <= draft.now_s:
            raise Refusal("invalid", f"{name} {at_s:.1f} s is past: it is {draft.now_s:.1f} s now", name)


def _with_problem(refusal: str, body: GiveInstruction) -> str:
    if body.proposed is None:
        return refusal
    said = body.proposed.problem or "; ".join(body.proposed.struck) or "proposed nothing"
    return f"{refusal}; {body.proposed.model}: {said:.300}"


def _here(draft: Draft) -> Here:
    return Here(draft.state, draft.context.site)


def _waits(read: Interpretation) -> bool:
    return any(s.sentence.skill == "wait" for s in read.steps)


# ---- understanding ------------------------------------------------------------------------------------------


def understand(draft: Draft, instruction_id: str) -> None:
    """Decide what the instruction means: it becomes a mission, or a person is asked."""
    instruction = draft.state.instructions[instruction_id]
    known = known_here(_here(draft))
    _understand(draft, instruction, known, interpret(instruction.text, known))


def _understand(draft: Draft, instruction: Instruction, known: Known, read: Interpretation) -> None:
    if read.calls_off:
        call_off(draft, instruction, read)
        return
    proposed = proposed_readings(_here(draft), instruction.proposed)
    if read.refusal:
        _ask_about_model(draft, instruction, read, proposed)
        return
    if any(s.missing for s in read.steps):
        _ask_for_missing(draft, instruction, read, proposed)
        return
    fixed: dict[str, tuple[str, ...]] = {}
    for slot in read.slots:
        if not _decided(draft, instruction, read, known, slot, fixed, proposed):
            return
    chosen = plans(read, known, fixed, most=1)
    assert chosen, "what was decided part by part goes together, or a part would have been asked about"
    reading = reading_of(_here(draft), read, chosen[0])
    start(draft, instruction, reading.steps, "understood without a person", "supervisor", read.robot_id)


def _decided(
    draft: Draft,
    instruction: Instruction,
    read: Interpretation,
    known: Known,
    slot: Slot,
    fixed: dict[str, tuple[str, ...]],
    proposed: list[Reading],
) -> bool:
    """Pass one decision through the gate. True if it was taken (and is in `fixed`), False if a person is asked."""
    found = plans(read, known, fixed, most=_READINGS)
    own = [reading_of(_here(draft), read, plan) for plan in found]
    shown = [*own, *near_readings(_here(draft), read), *(r for r in proposed if r.steps not in [o.steps for o in own])]
    answers = tuple(
        tuple(option_id(i) for i, plan in enumerate(found) if plan.values(slot.decision_class, slot.steps) == option)
        for option in slot.options
    )
    choice = Choice(
        decision_class=slot.decision_class,
        severity=Severity.MEDIUM,
        options=tuple(" / ".join(o) for o in slot.options),
        scores=slot.scores,
        features=slot.features,
        conflicts=_doubts(read, found, own, proposed),
        loss_if_wrong=WRONG_COSTS_S,
        proof=_proof(read, slot),
        answers=answers,
    )
    taken: list[int] = []

    def ask(ruled: Ruled) -> str:
        return which_is_meant(draft, instruction, shown, ruled, _unknowns(read, instruction))

    decide_or_ask(draft, choice, _subject(draft, instruction, slot), act=taken.append, ask=ask)
    if taken:
        fixed[slot.decision_class] = slot.options[taken[0]]
    return bool(taken)


def _doubts(
    read: Interpretation, found: tuple[Plan, ...], own: list[Reading], proposed: list[Reading]
) -> tuple[str, ...]:
    """What stands against acting on the best plan, whatever its scores are."""
    doubts = list(read.doubts)
    if not found:
        return (*doubts, "what was understood does not go together")
    doubts += [f"{c.name}: {c.detail}" for c in own[0].checks if not c.ok]
    best = max((p for p in proposed if p.possible), key=lambda p: p.score, default=None)
    if best is not None and best.steps != own[0].steps:
        doubts.append(f"{best.source} reads it as: {best.label}")
    return tuple(doubts)


def _proof(read: Interpretation, slot: Slot) -> str:
    """What leaves nothing to guess: everything was called by its very id; a verb that says one thing only."""
    if slot.decision_class == WHICH_SKILL:
        return "the verb says one thing only" if len(slot.options) == 1 else ""
    part = {WHICH_OBJECT: "what", WHICH_PLACE: "target"}[slot.decision_class]
    said = [words(str(getattr(read.steps[i].sentence, part))) for i in slot.steps]
    named = [words(value) for value in slot.options[0]]
    return "called by its very name" if said == named and len(slot.options) >= 1 else ""


def _unknowns(read: Interpretation, instruction: Instruction) -> list[str]:
    found = list(read.doubts)
    if read.unknown:
        found.append("nothing here goes by " + ", ".join(f"“{w:.40}”" for w in read.unknown[:8]))
    if instruction.proposed is not None:
        model = instruction.proposed.model
        found += [f"{model}: {s}" for s in instruction.proposed.struck[:5]]
        if instruction.proposed.problem:
            found.append(f"{model} was of no help: {instruction.proposed.problem:.200}")
    return found or ["which of them is meant: nothing was said that would tell them apart"]


def _subject(draft: Draft, instruction: Instruction, slot: Slot) -> dict[str, str]:
    subject = {"instruction": instruction.instruction_id, "site": draft.context.site.site_id}
    if slot.decision_class == WHICH_OBJECT and len(slot.steps) == 1:
        subject["object"] = slot.options[0][0]
    return subject


def _ask_for_missing(draft: Draft, instruction: Instruction, read: Interpretation, proposed: list[Reading]) -> None:
    """Nothing here is what was said; things come near it. Nobody guesses: what comes near is shown struck out."""
    shown = [*near_readings(_here(draft), read), *proposed]
    missing = [m for s in read.steps for m in s.missing]
    choice = Choice(
        decision_class=WHICH_OBJECT if "which object" in missing else WHICH_PLACE,
        severity=Severity.MEDIUM,
        options=tuple(r.label for r in shown),
        scores=tuple(0.0 for _ in shown),
        conflicts=tuple(f"{m} was not understood" for m in missing),
        loss_if_wrong=WRONG_COSTS_S,
        answers=tuple((option_id(i),) for i in range(len(shown))),
    )
    unknowns = [*(f"{m} is meant" if m.startswith("which") else m for m in missing), *_unknowns(read, instruction)]
    _never_act(draft, choice, instruction, shown, unknowns)


def _ask_about_model(draft: Draft, instruction: Instruction, read: Interpretation, proposed: list[Reading]) -> None:
    """Only the language model has a reading. Its scores have no calibration here: a person is asked."""
    usable = [r for r in proposed if r.possible]
    choice = Choice(
        decision_class=BY_MODEL,
        severity=Severity.MEDIUM,
        options=tuple(r.label for r in usable),
        scores=tuple(r.score for r in usable),
        conflicts=(f"the fleet itself does not understand it: {read.refusal}",),
        loss_if_wrong=WRONG_COSTS_S,
        answers=tuple((option_id(i),) for i, r in enumerate(proposed) if r.possible),
    )
    unknowns = [read.refusal, *_unknowns(read, instruction)]
    _never_act(draft, choice, instruction, proposed, unknowns)


def _never_act(
    draft: Draft, choice: Choice, instruction: Instruction, shown: list[Reading], unknowns: list[str]
) -> None:
    def never(chosen: int) -> None:
        raise AssertionError(f"acted on option {chosen} of an instruction that the fleet does not understand")

    subject = {"instruction": instruction.instruction_id, "site": draft.context.site.site_id}
    decide_or_ask(
        draft, choice, subject, act=never, ask=lambda r: which_is_meant(draft, instruction, shown, r, unknowns)
    )


# ---- what follows -------------------------------------------------------------------------------------------


def start(
    draft: Draft,
    instruction: Instruction,
    steps: tuple[dict[str, Any], ...],
    because: str,
    by: str,
    robot_id: str | None = None,
) -> None:
    """Put the tasks on the books, one after the other, as a mission of the person who gave the instruction."""
    name = instruction.instruction_id
    tasks: list[TaskSpec] = []
    for number, step in enumerate(steps, start=1):
        tasks.append(
            TaskSpec(
                task_id=f"{name}-{number}",
                skill=str(step["skill"]),
                parameters=dict(step["parameters"]),
                why=instruction.why,
                depends_on=(tasks[-1].task_id,) if tasks else (),
                deadline_s=instruction.deadline_s,
                priority=instruction.priority,
                robot_id=robot_id,
                team=int(step.get("team", 1)) if robot_id is None else 1,
            )
        )
    mission = MissionSpec(
        mission_id=f"{name}.mission",
        title=instruction.text[:200],
        tasks=tuple(tasks),
        directive_id=name,
        why=instruction.why,
    )
    draft.emit(ev.MissionAccepted(mission=mission, by=instruction.by))
    draft.emit(
        InstructionMoved(
            instruction_id=name,
            state=InstructionState.UNDERSTOOD,
            because=because,
            by=by,
            mission_id=mission.mission_id,
        )
    )


def answered(draft: Draft, escalation: Escalation, option: Option, operator: str) -> None:
    """Carry out what a person chose (or the safe default) for an instruction."""
    instruction = draft.state.instructions[escalation.instruction_id]
    if instruction.state.ended:
        return
    action, state, later = option.action, InstructionState.DROPPED, None
    if action["do"] == START:
        robot_id = interpret(instruction.text, known_here(_here(draft))).robot_id
        start(draft, instruction, tuple(action["steps"]), f"{operator} said what is meant", operator, robot_id)
        return
    if action["do"] == CALL_OFF:
        called_off(draft, instruction, action, operator)
        return
    because = f"{operator} decided: nothing is done about it"
    if action["do"] == "hold":
        state, later = InstructionState.HELD, draft.now_s + float(action["recheck_s"])
        because = f"held for {operator}; asked again later"
    draft.emit(
        InstructionMoved(
            instruction_id=instruction.instruction_id, state=state, because=because, by=operator, not_before_s=later
        )
    )


def watch_instructions(draft: Draft) -> None:
    """Ask again about what was held, once its time has come; give up what has expired."""
    for known in list(draft.state.instructions.values()):
        if known.state is not InstructionState.HELD:
            continue
        if known.expires_at_s is not None and draft.now_s >= known.expires_at_s:
            because = "it expired before anybody said what is meant"
            draft.emit(
                InstructionMoved(instruction_id=known.instruction_id, state=InstructionState.DROPPED, because=because)
            )
        elif draft.now_s >= known.not_before_s:
            ask_again(draft, known.instruction_id)


def ask_again(draft: Draft, instruction_id: str) -> None:
    """The question about it fell away or was held: decide anew, with what is known now."""
    instruction = draft.state.instructions[instruction_id]
    if instruction.state.ended:
        return
    if instruction.state is InstructionState.HELD:
        again = replace(instruction, state=InstructionState.OPEN)
        draft.emit(
            InstructionMoved(instruction_id=instruction_id, state=again.state, because="its time has come again")
        )
    understand(draft, instruction_id)
