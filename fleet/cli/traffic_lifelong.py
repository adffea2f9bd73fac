"""`fleet traffic solve` for League inputs: robots that get one task after another."""

from __future__ import annotations

import time
from typing import Any

from fleet.cli.output import print_json, print_table, say
from fleet.traffic.files.league import LeagueInstance
from fleet.traffic.grid.errands import Played, play
from fleet.traffic.verify import Cell, Fault, verify

LIFELONG_FORMAT = "fleet-traffic-lifelong"


def play_league(instance: LeagueInstance, steps: int, tries: int | None, seed: int) -> tuple[Played, float]:
    """All the steps, and the CPU they took, in s; what was compiled for it before counts not."""
    play(instance.grid, instance.starts[:1], instance.tasks[:1], 1, 1)
    before = time.process_time()
    played = play(instance.grid, instance.starts, instance.tasks, instance.revealed, steps, tries=tries, seed=seed)
    return played, time.process_time() - before


def paths_of(instance: LeagueInstance, played: Played) -> list[list[Cell]]:
    """The cells of each robot at every step."""
    cells = instance.grid.cell_of[played.states >> 2]
    return [[(int(r), int(c)) for r, c in cells[:, i]] for i in range(cells.shape[1])]


def checked_turns(instance: LeagueInstance, played: Played, paths: list[list[Cell]]) -> list[Fault]:
    """What is wrong: as the verifier has it, and robots that walk another way than they look, or turn too far."""
    ahead = ((0, 1), (1, 0), (0, -1), (-1, 0))
    starts = [instance.grid.cell(int(n)) for n in instance.starts]
    faults = verify(instance.grid.free.tolist(), starts, None, paths)
    looks = (played.states & 3).tolist()
    for i, path in enumerate(paths):
        for t in range(1, len(path)):
            was, now = looks[t - 1][i], looks[t][i]
            (row, column), (down, right) = path[t - 1], ahead[was]
            moved = path[t] != path[t - 1]
            if moved and (now != was or path[t] != (row + down, column + right)):
                text = f"{i} walks from {path[t - 1]} to {path[t]} looking {'ESWN'[was]}"
                faults.append(Fault(kind="turn", step=t, robots=(str(i),), text=text))
            if (now - was) % 4 == 2:
                text = f"{i} turns about in one step"
                faults.append(Fault(kind="turn", step=t, robots=(str(i),), text=text))
    return faults


def lifelong_document(
    instance: LeagueInstance, played: Played, spent: float, faults: list[Fault] | None
) -> dict[str, Any]:
    """The result, without paths."""
    steps = len(played.states) - 1
    found: dict[str, Any] = {
        "format": LIFELONG_FORMAT,
        "version": 1,
        "instance": instance.name,
        "robots": len(instance.starts),
        "steps": steps,
        "tasks_finished": int(played.finished[-1]),
        "tasks_left": len(instance.tasks) - int(played.finished[-1]),
        "cpu_seconds": spent,
        "cpu_ms_per_step": 1e3 * spent / max(steps, 1),
    }
    if faults is not None:
        found["check"] = {
            "ok": not faults,
            "faults": [{"kind": f.kind, "step": f.step, "robots": f.robots, "text": f.text} for f in faults],
        }
    return found


def show_lifelong(document: dict[str, Any], as_json: bool) -> None:
    """Print the result."""
    if as_json:
        print_json(document)
        return
    names = ("robots", "steps", "tasks_finished", "tasks_left")
    rows = [(name.replace("_", " "), document[name]) for name in names]
    print_table((document["instance"], ""), [*rows, ("CPU a step, ms", f"{document['cpu_ms_per_step']:.1f}")])
    if "check" in document:
        faults = document["check"]["faults"]
        say("checked: nothing wrong" if not faults else f"checked: {len(faults)} things wrong")
