"""Is this plan of traffic right? Worked out from the map and the paths alone, by code that no planner shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Cell = tuple[int, int]  # row and column


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong: `kind` is one of count, start, wall, jump, meet, pass, goal."""

    kind: str
    step: int
    robots: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.text}"


def verify(
    free: Sequence[Sequence[bool]],
    starts: Sequence[Cell],
    goals: Sequence[Cell] | None,
    paths: Sequence[Sequence[Cell]],
    names: Sequence[str] | None = None,
    most: int = 50,
) -> list[Fault]:
    """All that is wrong with `paths` (of each robot: its cell at every step, all of one length), at most `most` faults.

    Robots begin at `starts`, move to one of four neighbours or stay, are never in a blocked cell or off the map, no
    two in one cell, and no two change places in one step. With `goals` each ends at its own; without, none is asked
    for (robots that get new goals as they go).
    """
    ids = [str(i) for i in range(len(starts))] if names is None else list(names)
    if len(paths) != len(starts) or len({len(p) for p in paths}) > 1 or any(len(p) == 0 for p in paths):
        text = f"{len(paths)} paths of {sorted({len(p) for p in paths})} cells for {len(starts)} robots"
        return [Fault(kind="count", step=0, robots=(), text=f"{text}; expected one path each, all of one length")]
    faults: list[Fault] = []
    for i, path in enumerate(paths):
        if tuple(path[0]) != tuple(starts[i]):
            text = f"{ids[i]} begins at {path[0]}, not at {starts[i]}"
            faults.append(Fault(kind="start", step=0, robots=(ids[i],), text=text))
        if goals is not None and tuple(path[-1]) != tuple(goals[i]):
            text = f"{ids[i]} ends at {path[-1]}, not at {goals[i]}"
            faults.append(Fault(kind="goal", step=len(path) - 1, robots=(ids[i],), text=text))
        faults += _alone(free, ids[i], path)
    for step in range(len(paths[0]) if paths else 0):
        faults += _together(ids, paths, step)
        if len(faults) >= most:
            break
    return sorted(faults, key=lambda f: f.step)[:most]


def _alone(free: Sequence[Sequence[bool]], name: str, path: Sequence[Cell]) -> list[Fault]:
    found = []
    for step, (row, column) in enumerate(path):
        if not (0 <= row < len(free) and 0 <= column < len(free[row]) and free[row][column]):
            text = f"{name} is at {(row, column)}, where no robot can be"
            found.append(Fault(kind="wall", step=step, robots=(name,), text=text))
        if step > 0:
            before = path[step - 1]
            if abs(before[0] - row) + abs(before[1] - column) > 1:
                text = f"{name} jumps from {before} to {(row, column)}"
                found.append(Fault(kind="jump", step=step, robots=(name,), text=text))
    return found


def _together(ids: Sequence[str], paths: Sequence[Sequence[Cell]], step: int) -> list[Fault]:
    found = []
    here: dict[Cell, int] = {}
    moves: dict[tuple[Cell, Cell], int] = {}
    for i, path in enumerate(paths):
        now = path[step]
        if now in here:
            text = f"{ids[here[now]]} and {ids[i]} are both at {now}"
            found.append(Fault(kind="meet", step=step, robots=(ids[here[now]], ids[i]), text=text))
        here[now] = i
        if step > 0 and path[step - 1] != now:
            before = path[step - 1]
            if (now, before) in moves:
                other = moves[now, before]
                text = f"{ids[other]} and {ids[i]} pass through each other between {before} and {now}"
                found.append(Fault(kind="pass", step=step, robots=(ids[other], ids[i]), text=text))
            moves[before, now] = i
    return found
