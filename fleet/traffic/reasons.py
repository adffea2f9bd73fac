"""Why there is no way: what would have to be different for there to be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fleet.traffic.blocks import Block, Blocks, as_circles
from fleet.traffic.floor import NoteKind, Point
from fleet.traffic.search import Finder, Wanted

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """What stands between a robot and its goal; `shut` are the ids of what is closed."""

    kind: NoteKind
    because: str
    at: Point | None = None
    what: str = ""
    shut: tuple[str, ...] = ()


class Reasons:
    """Finds out by trying: without people, without what lies about, with everything open."""

    def __init__(self, blocks: Blocks, finder: Finder) -> None:
        self.blocks, self.finder = blocks, finder

    def _with(self, want: Wanted, kept: tuple[Block, ...], opened: frozenset[str], version: object) -> Wanted:
        """As if only these things stood about and these areas were open, besides those that the robot is in."""
        inside = opened | self.blocks.areas_at(want.x, want.y)
        shut, free = self.blocks.without(inside)
        return replace(
            want, closed=self.blocks.closed_by(kept, shut), free=free, blocks=as_circles(kept),
            version=(version, *sorted(inside), want.version),
        )  # fmt: skip

    def in_turn(self, want: Wanted) -> Iterator[Wanted]:
        """What to look for, one after the other: a way clear of everything; one that leads up to what may be shut, to
        see; one that leads up to people who stand in the only way, to wait there; and one that leads up to both."""
        yield want
        people = any(b.person for b in self.blocks.lasting)
        if self.blocks.doubted:
            yield self._with(want, want.kept, self.blocks.doubted, "but doubted")
        if people:
            yield self.but_people(want)
        if people and self.blocks.doubted:
            yield self.but_doubted(want)

    def around(self, want: Wanted) -> Wanted:
        """As if all who are about stood where they are."""
        people = tuple(b for b in self.blocks.sudden if b.person)
        kept = tuple(b for b in want.kept if not b.person) + people
        return self._with(want, kept, _NONE, ("around", kept))

    def but_people(self, want: Wanted) -> Wanted:
        """As if nobody stood in the way."""
        return self._with(want, tuple(b for b in want.kept if not b.person), _NONE, "but people")

    def but_things(self, want: Wanted) -> Wanted:
        """As if nothing lay or stood about that cannot move."""
        return self._with(want, tuple(b for b in want.kept if b.person), _NONE, "but things")

    def but_doubted(self, want: Wanted) -> Wanted:
        """As if what may be shut were open, and nobody stood in the way."""
        kept = tuple(b for b in want.kept if not b.person)
        return self._with(want, kept, self.blocks.doubted, "but people and doubted")

    def leaving(self, want: Wanted) -> Wanted:
        """For a robot that is where it is shut: it may walk there until it is out."""
        return self._with(want, want.kept, _NONE, "leaving")

    def all_open(self, want: Wanted) -> Wanted:
        """As if nothing were closed."""
        return self._with(want, want.kept, frozenset(name for name, _ in self.blocks.areas), "all open")

    def why(self, want: Wanted) -> Reason | None:
        """Why there is no way at all, whoever may walk where; None if there is one."""
        goal = f"({want.goal[0]:.1f}, {want.goal[1]:.1f})"
        if because := self.blocks.inside(*want.goal):
            shut = tuple(sorted(self.blocks.areas_at(*want.goal) - self.blocks.doubted))
            return Reason(NoteKind.NO_WAY, f"{goal} lies where {because}", want.goal, because, shut)
        if self.finder.reachable(want) or (self.blocks.doubted and self.finder.reachable(self.but_doubted(want))):
            return None
        if self.finder.reachable(self.but_people(want)):
            people = [b for b in want.kept if b.person]
            return self._in_the_way(want, people, NoteKind.PERSON_IN_THE_WAY)
        if self.finder.reachable(self._with(want, (), _NONE, "but anything")):
            return self._in_the_way(want, list(want.kept), NoteKind.OBSTACLE_IN_THE_WAY)
        if self.finder.reachable(self._with(want, (), frozenset(name for name, _ in self.blocks.areas), "all open")):
            needed = [(name, because) for name, because in self.blocks.areas if self._needed(want, name)]
            areas = needed or list(self.blocks.areas)
            every = ", ".join(because for _, because in areas)
            names = tuple(name for name, _ in areas)
            return Reason(NoteKind.NO_WAY, f"no way to {goal}: {every}", want.goal, every, names)
        here = f"({want.x:.1f}, {want.y:.1f})"
        return Reason(NoteKind.NO_WAY, f"the map joins {here} and {goal} by no way that is wide enough", want.goal)

    def _in_the_way(self, want: Wanted, suspects: list[Block], kind: NoteKind) -> Reason:
        """Those without whom there would be a way; all together if none alone is to blame."""
        guilty = []
        for b in suspects:
            rest = tuple(o for o in want.kept if o is not b)
            if self.finder.reachable(self._with(want, rest, _NONE, ("but", b))):
                guilty.append(b)
        named = guilty or suspects
        what = ", ".join(dict.fromkeys(b.what for b in named))
        goal = f"({want.goal[0]:.1f}, {want.goal[1]:.1f})"
        verb = "is" if len(named) == 1 else "are"
        return Reason(kind, f"{what} {verb} in the only way to {goal}", (named[0].x, named[0].y), named[0].what)

    def _needed(self, want: Wanted, name: str) -> bool:
        """Whether opening this one area would do."""
        closed, _ = self.blocks.without({name} | self.blocks.areas_at(want.x, want.y))
        return self.finder.reachable(
            replace(want, closed=closed, blocks=np.zeros((0, 3)), version=("open", name, want.version))
        )


__all__ = ["Reason", "Reasons"]
