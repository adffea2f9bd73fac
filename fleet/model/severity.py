"""How much is at stake."""

from __future__ import annotations

from enum import Enum


class Severity(str, Enum):
    """How much is at stake, which sets who is asked first and in what order questions are shown."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
