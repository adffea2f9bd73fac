"""One and only one text for a record, so that its hash means something: RFC 8785."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rfc8785

from fleet.model.errors import InvalidField


def canonical(record: Mapping[str, Any]) -> bytes:
    """RFC 8785. Raises `InvalidField` for what JSON cannot say exactly: NaN, infinities, integers beyond 2^53."""
    try:
        return rfc8785.dumps(dict(record))
    except rfc8785.CanonicalizationError as error:
        raise InvalidField("record", str(error), "what JSON can say exactly") from None
