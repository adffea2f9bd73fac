"""Values as RFC 8785 can say them, and as they will be read back."""

from __future__ import annotations

import math
from typing import Any

_LIMIT = 2**53


def exact(value: Any) -> Any:
    """The value with every number that JSON cannot say exactly as text.

    Whole floats beyond 2^53 are among them: they are written without a point, and would be read back as integers.
    """
    if isinstance(value, dict):
        return {str(k): exact(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(v) for v in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LIMIT else str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value if abs(value) < _LIMIT or not value.is_integer() else str(value)
    return str(value)
