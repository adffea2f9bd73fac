# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""Scenario files: what arrives when, how the operator answers, and what must have happened at the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fleet.deployment.fields import read, read_yaml, setting
from fleet.deployment.preview_settings import PreviewSettings
from fleet.model.escalation import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A mission, in the form that `POST /v1/missions` takes, and when it is submitted."""

    at_s: float = setting("seconds of fleet time after the start", low=0, high=1e6, unit="s")
    mission: dict[str, Any] = setting("the mission, as POST /v1/missions takes it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the operator does with one kind of question."""

    cause: Cause = setting("why the question is asked")
    choose: dict[str, str] = setting("what the chosen option's action has; * for any value")
    reason: str = setting("the reason given with the answer")
    needs_evidence: tuple[str, ...] = setting("kinds of evidence that must be there, else it is held", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorScript:
    """The operator of a headless run."""

    name: str = setting("the operator's name, as it goes on record")
    answer_after_s: float = setting("fleet time for reading a question", default=2.0, low=0, high=600, unit="s")
    answers: tuple[Answer, ...] = setting("one for each kind of question")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedQuestion:
    """A question that must have been asked, answered by the operator, and carried out."""

    cause: Cause = setting("why it is asked")
    task: str | None = setting("a task it is about", default=None)
    robot: str | None = setting("a robot it is about", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """What a description must have come to mean."""

    task: str = setting("the task")
    object: str = setting("the object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must have happened; a field that is not given is not checked."""

    tasks: int = setting("how many tasks", low=0)
    missions: int = setting("how many missions", low=0)
    robots: int = setting("how many robots, each used", low=0)
    all_done: bool = setting("whether every task must be done", default=True)
    questions: tuple[ExpectedQuestion, ...] = setting("the questions", default=())
    grounded: Grounded | None = setting("what a description came to mean", default=None)
    false_claim: str | None = setting("the robot whose claim was contradicted", default=None)
    fallen: str | None = setting("the robot that fell while carrying", default=None)
    silent: str | None = setting("the robot that was silent for a while", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A job and how it is to go."""

    format: Literal["humanoid-fleet-scenario/1"] = setting("the version of this format")
    name: str = setting("the scenario's name", is_id=True)
    within_s: float = setting("fleet time for the whole job", low=1, high=1e6, unit="s")
    dispatcher: str = setting("the person who submits")
    arrivals: tuple[Arrival, ...] = setting("the missions")
    previews: PreviewSettings | None = setting(
        "options of open questions are tried ahead in copies of the simulated world; without it they are not",
        default=None,
    )
    operator: OperatorScript = setting("who answers, and how")
    expect: Expect = setting("what must have happened")


def load_scenario(path: Path | str) -> Scenario:
    """Read a scenario file. Raises `FileError` naming file, line, field, value, and what would be right."""
    source = read_yaml(path)
    scenario = read(Scenario, source)
    if not scenario.arrivals:
        source.find("arrivals").fail("at least one mission", "an empty list")
    for i, arrival in enumerate(scenario.arrivals):
        # The key of a submission is made from its id, so that a repeated one is the same.
        if not isinstance(arrival.mission.get("mission_id"), str):
            source.find(f"arrivals[{i}].mission").fail("a mission with a mission_id", "no mission_id")
    seen: set[Cause] = set()
    for i, answer in enumerate(scenario.operator.answers):
        if answer.cause in seen:
            source.find(f"operator.answers[{i}].cause").fail("each cause once")
        seen.add(answer.cause)
    return scenario
