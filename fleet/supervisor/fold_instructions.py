"""What events make of instructions in plain language, and of tasks that stand back for others."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.instruction_events import InstructionGiven, InstructionMoved, TaskYields
from fleet.supervisor.folding import IllegalTransition, on
from fleet.supervisor.state import FleetState


@on(InstructionGiven)
def _given(state: FleetState, event: InstructionGiven, at_s: float) -> FleetState:
    instruction = replace(event.instruction, changed_at_s=at_s)
    return replace(state, instructions={**state.instructions, instruction.instruction_id: instruction})


@on(InstructionMoved)
def _moved(state: FleetState, event: InstructionMoved, at_s: float) -> FleetState:
    old = state.instructions[event.instruction_id]
    if old.state.ended:
        raise IllegalTransition(f"instruction {old.instruction_id} is {old.state.value}: it cannot go on")
    new = replace(
        old,
        state=event.state,
        because=event.because,
        escalation_id=event.escalation_id if event.escalation_id is not None else old.escalation_id,
        mission_id=event.mission_id if event.mission_id is not None else old.mission_id,
        not_before_s=event.not_before_s if event.not_before_s is not None else old.not_before_s,
        changed_at_s=at_s,
    )
    return replace(state, instructions={**state.instructions, new.instruction_id: new})


@on(TaskYields)
def _yields(state: FleetState, event: TaskYields, at_s: float) -> FleetState:  # noqa: ARG001 - all handlers are alike
    yielding = {k: v for k, v in state.yielding.items() if k != event.task_id}
    return replace(state, yielding={**yielding, event.task_id: event.to} if event.to else yielding)
