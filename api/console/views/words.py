"""The words the console uses for causes, skills, options and figures. One place, so that it always says the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fleet.model.escalation import Cause
from fleet.model.tasks import Task, TaskSpec

CAUSES: dict[Cause, str] = {
    Cause.AMBIGUOUS_INSTRUCTION: "The instruction fits more than one thing",
    Cause.CLAIM_CONTRADICTED: "Evidence contradicts what a robot claims",
    Cause.CLAIM_UNVERIFIED: "Nobody else saw what a robot claims",
    Cause.ROBOT_FALLEN: "A robot has fallen",
    Cause.ROBOT_SILENT: "A robot has not been heard for long",
    Cause.RECOVERY_EXHAUSTED: "Retrying, replanning and reassigning did not help",
    Cause.RECOVERY_DOUBTFUL: "It failed, and the next step may be in vain",
    Cause.ROBOT_DOUBTFUL: "The robot may not manage this task",
    Cause.NO_CAPABLE_ROBOT: "No robot can do this task",
    Cause.ROBOT_MISPLACED: "A robot is not where it says it is",
    Cause.DESTINATION_TAKEN: "Something stands where a load is to go",
    Cause.DIRECTIVES_CONFLICT: "Two directives contradict each other",
    Cause.PREDECESSOR_LOST: "What a task waits for will never be done",
    Cause.WAY_BLOCKED: "Robots cannot go on: somebody or something is in the only way",
    Cause.PLANS_ALIKE: "Two plans cost the same, and not for everybody",
    Cause.OUT_OF_TIME: "A hard deadline cannot be kept",
    Cause.CLOSED_OFF: "Work is due behind something closed",
    Cause.OUTAGE: "Robots fell silent together",
}

_SKILL_PHRASES = {
    "walk_to": "walk to {place}",
    "pick": "pick up {object}",
    "place": "put {object} down at {to}",
    "carry": "carry {object} to {to}",
    "hand_over": "hand {object} to {person}",
    "inspect": "inspect {target}",
    "wait": "wait {seconds} s",
    "dock": "dock at {dock}",
}


class _Blanks(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "any dock" if key == "dock" else "?"


def thing(value: Any) -> str:
    """A parameter's value as a person would say it; a description such as {colour: blue} is put in brackets."""
    if isinstance(value, Mapping):
        rest = [f"{name} {given}" for name, given in value.items() if name != "kind"]
        return f"{value.get('kind', 'something')}" + (f" ({', '.join(rest)})" if rest else "")
    if isinstance(value, float):
        return f"{value:g}"
    return "?" if value is None else str(value)


def what(skill: str, parameters: Mapping[str, Any]) -> str:
    """A skill with its parameters in words, e.g. "carry box_3 to shelf_a2"."""
    said = _Blanks({name: thing(value) for name, value in parameters.items() if value is not None})
    phrase = _SKILL_PHRASES.get(skill)
    if phrase is None:
        return f"{skill} " + ", ".join(f"{name} {value}" for name, value in said.items()) if said else skill
    return phrase.format_map(said)


def task_title(task: Task) -> str:
    """What a task is about; what was chosen for a description is named, not the description."""
    return what(task.spec.skill, {**task.spec.parameters, **task.grounded})


def asked_for(spec: TaskSpec) -> str:
    """What was asked for, before anything was chosen."""
    return what(spec.skill, spec.parameters)


def plainly(identifier: str) -> str:
    """An identifier such as `claim_contradicted` as words."""
    return identifier.replace("_", " ").replace("-", " ").strip()


def action_words(action: Mapping[str, Any]) -> str:
    """What the supervisor would do for an option, e.g. "go on with box_3"."""
    verb = str(action.get("do", "nothing"))
    if (phrase := _ACTION_PHRASES.get(verb)) is not None:
        return phrase(action)
    verb = plainly(verb)
    rest = [f"{plainly(str(k))} = {thing(v)}" for k, v in action.items() if k != "do" and v is not None]
    return verb + (": " + ", ".join(rest) if rest else "")


def _assign_anew(action: Mapping[str, Any]) -> str:
    text = "assign the task anew"
    if action.get("exclude"):
        text += f", to another robot than {action['exclude']}"
    return text + (", every robot considered again" if action.get("forgive") else "")


def _steps(steps: Sequence[Mapping[str, Any]]) -> str:
    return ", then ".join(what(str(s["skill"]), s["parameters"]) for s in steps) or "nothing"


def _settle(action: Mapping[str, Any]) -> str:
    if action.get("after"):
        return f"wait until {', '.join(action['after'])} ended, then go on"
    return f"cancel {', '.join(action.get('cancel', ())) or 'nothing'}, go on with the other"


_ACTION_PHRASES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "ground": lambda a: f"go on with {thing(a.get('object'))}",
    "hold": lambda a: f"nothing for now; ask again after {span(float(a.get('recheck_s', 0.0)))}",
    "cancel": lambda a: "end the task, and what depends on it",
    "requeue": _assign_anew,
    "accept": lambda a: "count the task as done",
    "redirect": lambda a: f"take it to {a.get('to', 'another place')} instead",
    "wait_for_person": lambda a: f"keep {a.get('robot', 'the robot')} aside until a person has seen to it",
    "keep_waiting": lambda a: "wait on",
    "start_tasks": lambda a: _steps(a.get("steps", ())),
    "settle_directives": _settle,
    "call_off": lambda a: f"cancel {', '.join(a.get('tasks', ()))}",
}


def span(seconds: float) -> str:
    """A length of time as people read it: `8 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60:02d} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
