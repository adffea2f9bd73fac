"""One and only one text for a record, so that its hash means something: RFC 8785; and base64 with one spelling only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import rfc8785


class NotExact(ValueError):
    """A value that JSON cannot say exactly."""


def canonical(record: Mapping[str, Any]) -> bytes:
    """RFC 8785. Raises `NotExact` for what JSON cannot say exactly: NaN, infinities, integers beyond 2^53."""
    try:
        return rfc8785.dumps(dict(record))
    except rfc8785.CanonicalizationError as error:
        raise NotExact(str(error)) from None


def to_text(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


def from_text(text: object, size: int | None = None) -> bytes:
    """Base64 back. Raises `ValueError` for anything but the one spelling of these bytes, or another `size`.

    Base64 leaves bits of the last letter unused: a reader that ignores them takes two texts for the same.
    """
    if not isinstance(text, str):
        raise ValueError(f"got {type(text).__name__}, expected base64")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{text[:60]!r} is not base64") from None
    if to_text(data) != text:
        raise ValueError(f"{text[:60]!r} is not the usual base64 of its bytes")
    if size is not None and len(data) != size:
        raise ValueError(f"{text[:60]!r} has {len(data)} bytes, expected {size}")
    return data
