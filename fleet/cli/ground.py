"""`fleet ground`: what an instruction would mean in a world, and whether the fleet would ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.output import Json, print_json, print_table, say
from fleet.cli.site import map_of, site_in
from fleet.deployment.fields import read_yaml
from fleet.deployment.load import load_deployment
from fleet.escalation.gate.gate import Gate
from fleet.escalation.gate.records import Choice
from fleet.escalation.gate.settings import GateSettings, gate_of
from fleet.grounding.corpus import SEVERITY
from fleet.grounding.files import FORMAT, load_world
from fleet.grounding.ground import Candidate, Grounding, grounding_of
from fleet.grounding.interpret import WHICH_SKILL, Slot, interpret
from fleet.grounding.world import Known, from_site
from fleet.model.wire import to_plain
from fleet.supervisor.instructing import WRONG_COSTS_S
from sim_worlds.site_fields import FORMAT as SITE_FORMAT


def ground_command(
    instruction: Annotated[str, typer.Argument(help="What is to be done, in plain words.", show_default=False)],
    world: Annotated[
        Path, typer.Option("--world", help="A world, site or deployment file (YAML or JSON).", show_default=False)
    ],
    as_json: Json = False,
) -> None:
    """Show what an instruction may mean, the scores, and for each decision in it whether a person would be asked.

    The gate is the deployment's; otherwise it is the one that is shipped.
    """
    known, settings = _world(world)
    read = interpret(instruction, known)
    found, gate = grounding_of(read, known), gate_of(settings)
    missing = any(step.missing for step in read.steps)  # then nothing is decided: a person is asked, or it is refused
    decisions = [
        (slot, gate.rule(_choice(slot, read.doubts))) for slot in (() if missing or read.calls_off else read.slots)
    ]
    ruling = next((r for _, r in decisions if not r.act), decisions[-1][1] if decisions else Gate({}).rule(_NOTHING))
    if as_json:
        made = [{"decision": to_plain(slot), "ruling": to_plain(r)} for slot, r in decisions]
        refusal = {"refusal": read.refusal, "doubts": list(read.doubts)}
        print_json({"grounding": to_plain(found), **refusal, "decisions": made, "ruling": to_plain(ruling)})
        return
    _print(found)
    if read.refusal:
        say(f"refused: {read.refusal}")
        return
    if read.calls_off:
        say("it says that something shall not be done: one's own request is called off, another's is asked about")
        return
    for object_id, against in (near for step in read.steps for near in step.near if step.missing):
        say(f"comes near: {object_id}, {against}")
    if missing:
        say("ask: nothing here is what was said; a person sees what comes near it, struck out")
        return
    for slot, ruled in decisions:
        best = " / ".join(slot.options[0])
        say(f"{slot.decision_class}: {best} {slot.scores[0]:.3f}, {'act' if ruled.act else 'ask'}")
    say(("act: " if ruling.act else "ask: ") + ruling.sentence)


_NOTHING = Choice(decision_class=WHICH_SKILL, severity=SEVERITY, options=(), scores=())


def _choice(slot: Slot, doubts: tuple[str, ...]) -> Choice:
    return Choice(
        decision_class=slot.decision_class,
        severity=SEVERITY,
        options=tuple(" / ".join(o) for o in slot.options),
        scores=slot.scores,
        features=slot.features,
        conflicts=doubts,
        loss_if_wrong=WRONG_COSTS_S,
    )


def _world(path: Path) -> tuple[Known, GateSettings]:
    """A world file says what there is, a site file has a map and an inventory; of a deployment it is its site's, its
    robots, and its gate."""
    read_yaml(path)  # complains about what is no YAML
    text = path.read_text(encoding="utf-8")
    if FORMAT in text:
        return load_world(path), GateSettings()
    if SITE_FORMAT in text:
        return from_site(site_in(path).to_map()), GateSettings()
    deployment = load_deployment(path)
    return from_site(map_of(deployment), robots=[r.id for r in deployment.robots()]), deployment.gate


def _words(skill: str, parameters: dict[str, str]) -> str:
    return " ".join((skill, *(f"{k}={v}" for k, v in parameters.items())))


def _print(found: Grounding) -> None:
    rows = [(f"{c.score:.3f}", c.skill, _and_then(c), c.because) for c in found.candidates]
    print_table(("score", "skill", "parameters", "because"), rows, empty="nothing that exists here is meant")
    for name, told in (("missing", found.missing), ("means nothing here", found.unknown), ("struck out", found.struck)):
        if told:
            say(f"{name}: {', '.join(told)}")
    if found.sentence.why:
        say(f"why: {found.sentence.why}")


def _and_then(candidate: Candidate) -> str:
    first = _words("", candidate.parameters).strip()
    return ", then ".join((first, *(_words(skill, given) for skill, given in candidate.then)))
