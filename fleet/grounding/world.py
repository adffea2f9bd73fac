"""What there is to talk about: objects, places, zones, people, robots, each with the words that it goes by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fleet.grounding.words import meaning, words
from fleet.model.site import PlaceKind, SiteMap

Kind = Literal["object", "place", "zone", "person", "robot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that exists. `attributes` are what it has one of, e.g. a colour: two values exclude each other."""

    thing_id: str
    kind: Kind
    names: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    at: str = ""  # the id of the place or zone where it is
    holds: bool = False  # something can be put down there

    def vocabulary(self) -> frozenset[str]:
        """All words that it goes by."""
        said = (self.thing_id, *self.names, *self.attributes.values(), *((self.kind,) if self.kind != "object" else ()))
        return frozenset(w for text in said for w in words(text))


class Known:
    """The things of one world, and how telling each word is: what few things go by tells more."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self.things = {t.thing_id: t for t in things}
        self.vocabulary = {t.thing_id: t.vocabulary() for t in self.things.values()}
        counts: dict[str, int] = {}
        for vocabulary in self.vocabulary.values():
            for word in vocabulary:
                counts[word] = counts.get(word, 0) + 1
        total = max(len(self.things), 1)
        self._weight = {word: 1.0 + math.log(total / count) for word, count in counts.items()}
        self._most = 1.0 + math.log(total)
        self.values: dict[str, dict[str, str]] = {}  # attribute -> word -> value, over all things
        for thing in self.things.values():
            for attribute, value in thing.attributes.items():
                for word in words(value):
                    self.values.setdefault(attribute, {})[word] = value

    def weight(self, word: str) -> float:
        """How much a word tells; one that nothing goes by tells as much as one that a single thing does."""
        return self._weight.get(word, self._most)

    def of(self, *kinds: Kind) -> list[Thing]:
        """The things of these kinds, in their order."""
        return [t for t in self.things.values() if t.kind in kinds]


def from_site(site: SiteMap, where: Mapping[str, str] | None = None, robots: Iterable[str] = ()) -> Known:
    """What a site's map and inventory name. `where` says of objects at which place they are believed to be now."""
    believed = where or {}
    things: list[Thing] = []
    for record in site.objects.values():
        at = believed.get(record.object_id, record.place_id or "")
        things.append(
            Thing(thing_id=record.object_id, kind="object", names=(record.kind,), attributes=record.attributes, at=at)
        )
    for place in site.places.values():
        kind = meaning("dock") if place.kind is PlaceKind.DOCK else ""
        names, holds = (kind,) if kind else (), place.surface is not None
        things.append(Thing(thing_id=place.place_id, kind="place", names=names, at=place.zone_id, holds=holds))
    shelves = {p.zone_id for p in site.places.values() if p.surface is not None}
    things += [
        Thing(thing_id=z.zone_id, kind="zone", names=(z.kind,), holds=z.zone_id in shelves) for z in site.zones.values()
    ]
    things += [Thing(thing_id=p.person_id, kind="person", names=(p.name,), at=p.zone_id) for p in site.people.values()]
    things += [Thing(thing_id=r, kind="robot") for r in robots]
    return Known(things)
