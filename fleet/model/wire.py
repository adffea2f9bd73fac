"""Records to bytes and back. JSON, so that a journal can be read without this program."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import msgspec

from fleet.model.errors import InvalidField

T = TypeVar("T")
_encoder = msgspec.json.Encoder(order="deterministic")


def canonical(record: object) -> bytes:
    """The record as JSON with sorted keys: equal records give equal bytes, in every process."""
    return _encoder.encode(record)


def digest(record: object) -> str:
    """SHA-256 of `canonical(record)`, in hex."""
    return hashlib.sha256(canonical(record)).hexdigest()


def decode(kind: type[T], data: bytes | str) -> T:
    """`data` as a record of type `kind`.

    Raises:
        InvalidField: naming the path in the data, and what was expected there.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise as_invalid_field(error, kind.__name__) from error


def convert(kind: type[T], data: Any, where: str = "") -> T:
    """Plain dicts and lists as a record of type `kind`. Raises `InvalidField` like `decode`."""
    try:
        return msgspec.convert(data, type=kind)
    except msgspec.ValidationError as error:
        raise as_invalid_field(error, where or kind.__name__) from error


def to_plain(record: object) -> Any:
    """The record as dicts, lists, strings and numbers."""
    return msgspec.to_builtins(record)


def as_invalid_field(error: Exception, where: str) -> InvalidField:
    """msgspec's complaint in our words; its text ends in the path, e.g. "... - at `$.pose.x`"."""
    text, _, path = str(error).partition(" - at `$")
    field = where + path.rstrip("`") if path else where
    return InvalidField(field, "(see message)", text)
