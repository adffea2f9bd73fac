"""Writes docs/reference/faults.md from the kinds themselves."""

from __future__ import annotations

from dataclasses import fields

from sim_worlds.faults.kinds import MESSAGES, STACK, WORLD
from sim_worlds.faults.registry import KINDS
from sim_worlds.faults.spec import COMMON, HELP, WHEN_HELP, When

_WHERE = {
    WORLD: ("In the world", "Act wherever the world runs: in process, as a process of its own, under ROS 2."),
    MESSAGES: (
        "Of messages",
        "Act between supervisor and robots (`fleet.bus.faulty.FaultyBus`). In runs of the whole fleet in one process, "
        "as `fleet sim` does them, without limits. In a deployment that runs as processes (`fleet up`) they act in the "
        "supervisor's process: `at_s` and `duration_s` only, with `every_s` also `times`; `partition` of single robots "
        "only `from_robots`, because one heartbeat goes to all hosts. `sim_worlds.process` alone refuses them.",
    ),
    STACK: (
        "Of processes and people",
        "Act in runs of the whole fleet in one process, as `fleet sim` does them. In a deployment that runs as "
        "processes (`fleet up`) `process_killed` is a SIGKILL by the process manager: `at_s` counts from when all "
        "processes were ready, and they are started again as soon as the process manager does that; `operator_absent` "
        "is refused, for operators are people. `sim_worlds.process` alone refuses both.",
    ),
}
_LASTS = {
    "once": "strikes once",
    "must": "needs `duration_s` or `until`",
    "may": "for good without `duration_s` and `until`",
}
_INTRODUCTION = """\
# Faults

What can go wrong in a simulated fleet, in scenarios (`faults:`), deployments (`world.faults`) and faults files
(`python -m sim_worlds.process --faults`). Faults are seeded where the run is started: the same seed and list give the
same faults at the same moments, and one more fault does not move the others.

    faults:
      - {id: slip, kind: false_claim, robot: optimus_1, when: {carrying: true, in_zone: corridor}, delay_s: [0.5, 1.5]}
      - {id: knee, kind: torque_loss, robot: g1_2, joint: left_knee_joint, at_s: 30}
      - {id: cut, kind: partition, robots: [iron_1, iron_2], when: {after: knee}, duration_s: 20}
      - {id: crash, kind: process_killed, process: supervisor, at_s: 40, duration_s: 3, every_s: 60, times: 2}

A fault is **armed** until its time or condition comes, **due** while its delay runs (and while it waits for an
occasion), **active**, and **over**. With `every_s` it is then armed again. The run's record has the history of all of
them; `World.faults.history()` and `World.truth().faults` give it in Python. What a fault breaks does not always come
back when it is over: a robot that has fallen stays down until a person helps it.

Refused before the run, with file, line, field, value and what would be right: a robot, joint, door, camera, box, place
or zone that is not there; a fault of joints on a model that cannot walk by them; times that cannot be; fields that the
kind has not; faults that wait for each other.

## Fields of every fault

| field | what |
| --- | --- |
| `id` | unique in the run |
| `kind` | one of those below |
"""


def faults_page() -> str:
    """The page, in Markdown."""
    parts = ["<!-- Made by `python -m fleet.cli.reference`; do not edit. -->\n\n", _INTRODUCTION]
    names = [n for n in COMMON if n in HELP] + ["duration_s", "until"]
    parts += [f"| `{name}` | {HELP[name]} |\n" for name in names]
    parts.append("\nEither `at_s` or `when`. `duration_s` and `until` are not for those that strike once.\n")
    parts.append(
        "\n## Conditions: `when` and `until`\n\nAll that is given must hold.\n\n| field | what |\n| --- | --- |\n"
    )
    parts += [f"| `{f.name}` | {WHEN_HELP[f.name]} |\n" for f in fields(When)]
    for where, (title, text) in _WHERE.items():
        parts.append(f"\n## {title}\n\n{text}\n")
        parts += [_kind(name) for name, kind in KINDS.items() if kind.where == where]
    return "".join(parts)


def _kind(name: str) -> str:
    kind = KINDS[name]
    lines = [f"\n### {name}\n\n{kind.effect}\n\nAfterwards: {kind.recovery} ({_LASTS[kind.lasts]})\n"]
    if kind.needs or kind.takes:
        lines.append("\n| field | | what |\n| --- | --- | --- |\n")
        lines += [f"| `{n}` | needed | {HELP[n]} |\n" for n in kind.needs]
        lines += [f"| `{n}` | | {HELP[n]} |\n" for n in kind.takes]
    return "".join(lines)
