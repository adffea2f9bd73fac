"""What there is to talk about: objects, places, zones, people, robots, each with the words that it goes by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fleet.grounding.words import meaning, words
from fleet.model.site import ObjectRecord, Place, PlaceKind, SiteMap, Zone

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
    x: float | None = None  # where it is on the plan, m; None where nobody knows
    y: float | None = None

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
    things = [_object(o, believed.get(o.object_id, o.place_id or ""), site) for o in site.objects.values()]
    things += [_place(place) for place in site.places.values()]
    shelves = {p.zone_id for p in site.places.values() if p.surface is not None}
    for zone in site.zones.values():
        x, y = _middle(zone)
        names = (zone.kind, "room")  # people say "the meeting room" of what the map calls meeting_1
        holds = zone.zone_id in shelves
        things.append(Thing(thing_id=zone.zone_id, kind="zone", names=names, holds=holds, x=x, y=y))
    for p in site.people.values():
        at = p.approach
        things.append(Thing(thing_id=p.person_id, kind="person", names=(p.name,), at=p.zone_id, x=at.x, y=at.y))
    things += [Thing(thing_id=r, kind="robot") for r in robots]
    return Known(things)


def _object(record: ObjectRecord, at: str, site: SiteMap) -> Thing:
    place = site.places.get(at)
    pose = (place.surface or place.approach) if place is not None else None
    return Thing(
        thing_id=record.object_id,
        kind="object",
        names=(record.kind,),
        attributes=record.attributes,
        at=at,
        x=pose.x if pose else None,
        y=pose.y if pose else None,
    )


def _place(place: Place) -> Thing:
    pose = place.surface or place.approach
    names = (meaning("dock"),) if place.kind is PlaceKind.DOCK else ()
    holds = place.surface is not None
    return Thing(thing_id=place.place_id, kind="place", names=names, at=place.zone_id, holds=holds, x=pose.x, y=pose.y)


def _middle(zone: Zone) -> tuple[float, float]:
    corners = zone.polygon
    return sum(c[0] for c in corners) / len(corners), sum(c[1] for c in corners) / len(corners)
