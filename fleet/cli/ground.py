"""`fleet ground`: what an instruction would mean in a world, and whether the fleet would ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import Json, print_json, print_table, say
from fleet.cli.site import map_of
from fleet.deployment.fields import read_yaml
from fleet.deployment.load import load_deployment
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Choice
from fleet.grounding.files import FORMAT, load_world
from fleet.grounding.ground import Grounding, ground
from fleet.grounding.world import Known, from_site
from fleet.model.escalation import Severity
from fleet.model.wire import to_plain

DECISION_CLASS = "which_task"


def ground_command(
    instruction: Annotated[str, typer.Argument(help="What is to be done, in plain words.", show_default=False)],
    world: Annotated[
        Path, typer.Option("--world", help="A world file (YAML or JSON), or a deployment file.", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Show the tasks that an instruction may mean, their scores, and whether a person would be asked.

    Without calibration, as here, a person is always asked: scores alone are no promise.
    """
    found = ground(instruction, _known(world))
    choice = Choice(
        decision_class=DECISION_CLASS,
        severity=Severity.MEDIUM,
        options=tuple(_words(c.skill, c.parameters) for c in found.candidates),
        scores=found.scores,
    )
    ruling = Gate({}).rule(choice)
    if as_json:
        print_json({"grounding": to_plain(found), "ruling": to_plain(ruling)})
        return
    _print(found)
    say(("act: " if ruling.act else "ask: ") + ruling.sentence)


def _known(path: Path) -> Known:
    """A world file says what there is; of a deployment it is its site's map, inventory and robots."""
    read_yaml(path)  # complains about what is no YAML
    if FORMAT in path.read_text(encoding="utf-8"):
        return load_world(path)
    deployment = load_deployment(path)
    return from_site(map_of(deployment), robots=[r.id for r in deployment.robots()])


def _words(skill: str, parameters: dict[str, str]) -> str:
    return " ".join((skill, *(f"{k}={v}" for k, v in parameters.items())))


def _print(found: Grounding) -> None:
    rows = [(f"{c.score:.3f}", c.skill, _words("", c.parameters).strip(), c.because) for c in found.candidates]
    print_table(("score", "skill", "parameters", "because"), rows, empty="nothing that exists here is meant")
    for name, told in (("missing", found.missing), ("means nothing here", found.unknown), ("struck out", found.struck)):
        if told:
            say(f"{name}: {', '.join(told)}")
    if found.sentence.why:
        say(f"why: {found.sentence.why}")
