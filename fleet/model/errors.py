"""One tree of errors. Each says what was wrong, where, and what would be right."""

from __future__ import annotations


class FleetError(Exception):
    """Base of every error this project raises on purpose.

    `retriable` tells a caller whether the same call may succeed later without being changed.
    """

    retriable = False


class InvalidField(FleetError):
    """A value that was handed in is not usable.

    Args:
        field: dotted path of the field, e.g. `tasks[2].parameters.to`.
        value: what was given.
        expected: what would be right, as a phrase.
    """

    def __init__(self, field: str, value: object, expected: str) -> None:
        super().__init__(f"{field}: got {value!r}, expected {expected}")
        self.field = field
        self.value = value
        self.expected = expected

    def under(self, prefix: str) -> InvalidField:
        """The same complaint with its path put below `prefix`."""
        return InvalidField(f"{prefix}.{self.field}", self.value, self.expected)


class NotFound(FleetError):
    """Something was named that does not exist."""

    def __init__(self, what: str, name: str, known: str = "") -> None:
        hint = f"; known: {known}" if known else ""
        super().__init__(f"no {what} named {name!r}{hint}")
        self.what = what
        self.name = name


class Conflict(FleetError):
    """The request was well formed but does not fit the state things are in now."""


class StaleEpoch(Conflict):
    """A command came from a holder whose lease is over."""


class Unsupported(FleetError):
    """The robot cannot do this at all; asking again will not help."""


class LinkDown(FleetError):
    """The other side does not answer now."""

    retriable = True


class JournalCorrupt(FleetError):
    """The journal's records do not check out; the message names the first bad sequence number."""
