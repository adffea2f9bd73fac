"""Events to what lies in the journal, and back: a kind, a schema number, and a JSON body.

When an event's shape changes so that old bodies can no longer be read (a field renamed, removed, or with a new
meaning), register an upcast from the old schema number: new events are then written with the next number. A new field
with a default needs nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fleet.model.errors import InvalidField, JournalCorrupt
from fleet.model.events import EVENT_KINDS, Event
from fleet.model.wire import as_invalid_field, canonical, to_plain

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Upcasts:
    """Which old bodies can be brought up to date, and how. Every step leads from one schema number to the next, or
    (for a kind that was renamed or merged) to a schema of another kind."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], tuple[tuple[str, int], Upcast]] = {}

    def add(self, kind: str, schema: int, upcast: Upcast, becomes: tuple[str, int] | None = None) -> None:
        """Register the step from `schema` of `kind`. Raises `ValueError` if there is one already or it goes back."""
        target = becomes or (kind, schema + 1)
        if (kind, schema) in self._steps:
            raise ValueError(f"there is an upcast from {kind} schema {schema} already")
        if target[0] == kind and target[1] <= schema:
            raise ValueError(f"an upcast leads to a later schema: {kind} {schema} cannot become {target[1]}")
        self._steps[(kind, schema)] = (target, upcast)

    def current(self, kind: str) -> int:
        """The schema number that events of this kind are written with."""
        return max((target[1] for target, _ in self._steps.values() if target[0] == kind), default=1)

    def bring_up(self, kind: str, schema: int, plain: dict[str, Any]) -> tuple[str, int, dict[str, Any]]:
        """Take every step there is from (`kind`, `schema`)."""
        while (kind, schema) in self._steps:
            (kind, schema), upcast = self._steps[(kind, schema)]
            plain = upcast(plain)
        return kind, schema, plain


UPCASTS = Upcasts()
_KEEP = 4096  # events of the latest steps: what was decided on is written a moment later


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it is stored. `event` is what reading it back gives: floats for ints in float fields, lists for
    tuples in free-form values. State is folded from that one, so that a replay gives the very same state."""

    kind: str
    schema: int
    body: str
    event: Event


class EventCodec:
    """Encodes and decodes events of the given kinds."""

    def __init__(self, kinds: Mapping[str, type] = EVENT_KINDS, upcasts: Upcasts = UPCASTS) -> None:
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {
            name: msgspec.json.Decoder(kind) for name, kind in kinds.items()
        }
        self._kinds = kinds
        self._upcasts = upcasts
        self._schemas = {name: upcasts.current(name) for name in kinds}
        self._lately: dict[int, Encoded] = {}  # by the id of the event as read back

    def encode(self, event: Event) -> Encoded:
        """The event as it will be stored.

        Raises:
            InvalidField: it is not an event, or holds a value that JSON cannot hold (NaN, infinity, half a
                surrogate pair, a wrong type): what could not be read back is not written.
        """
        known = self._lately.get(id(event))
        if known is not None and known.event is event:  # records never change: it is what it was
            return known
        encoded = self._encoded(event)
        if len(self._lately) >= _KEEP:
            self._lately.clear()
        self._lately[id(encoded.event)] = encoded  # it holds the event, so that nothing else gets its id meanwhile
        return encoded

    def _encoded(self, event: Event) -> Encoded:
        kind = type(event).__name__
        decoder = self._decoders.get(kind)
        if decoder is None or self._kinds[kind] is not type(event):
            raise InvalidField("event", event, "an event of " + ", ".join(sorted(self._kinds)))
        try:
            body = canonical(event)
            normal = decoder.decode(body)
            if b"null" in body and normal != event:  # how JSON writes NaN and infinity, besides None
                refuse_non_finite(to_plain(event), kind)
        except (msgspec.DecodeError, msgspec.EncodeError) as error:
            if isinstance(error, msgspec.DecodeError):
                refuse_non_finite(to_plain(event), kind)
            raise as_invalid_field(error, kind) from error
        except (TypeError, UnicodeError) as error:
            raise InvalidField(kind, event, f"values that JSON can hold ({error})") from error
        return Encoded(kind, self._schemas[kind], canonical(normal).decode(), normal)

    def decode(self, kind: str, schema: int, body: str) -> Event:
        """The event of a stored kind, schema number and body, old ones brought up to date.

        Raises:
            JournalCorrupt: unknown kind, newer schema, or a body that does not fit; without the sequence number,
                which the caller knows.
        """
        try:
            if self._schemas.get(kind) != schema:
                kind, schema, plain = self._upcasts.bring_up(kind, schema, json.loads(body))
                body = json.dumps(plain)
            if self._schemas.get(kind) != schema:
                raise JournalCorrupt(self._unreadable(kind, schema))
            event: Event = self._decoders[kind].decode(body)
        except (msgspec.DecodeError, ValueError, LookupError, TypeError) as error:
            raise JournalCorrupt(f"the body of {kind} (schema {schema}) does not fit: {error}") from error
        return event

    def _unreadable(self, kind: str, schema: int) -> str:
        if kind not in self._kinds:
            return f"no event kind {kind!r} is known; it may come from a newer version of this program"
        return f"{kind} has schema {schema}, this program reads up to {self._schemas[kind]}"


def refuse_non_finite(value: object, where: str) -> None:
    """Raise `InvalidField` with the path of a NaN or an infinity in plain data: JSON would write null for it."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidField(where, value, "a finite number")
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_non_finite(item, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            refuse_non_finite(item, f"{where}[{index}]")


CODEC = EventCodec()


def normal(event: Event) -> Event:
    """The event as reading it back from a journal gives it. Decisions must rest on this form, so that a replay decides
    the same: 2 and 2.0 are equal to Python, yet have different digests. Raises `InvalidField` like `encode`."""
    return CODEC.encode(event).event
