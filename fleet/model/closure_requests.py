"""What people ask about parts of the building: close them to robots, open them again."""

from __future__ import annotations

import msgspec


class CloseWay(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Robots do not enter a door, lift, zone, area or place any more, until then (fleet time, s) or until it is opened.

    Args:
        what: its id in the site.
        until_s: None: until somebody opens it.
    """

    what: str
    reason: str
    until_s: float | None = None


class OpenWay(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Robots may enter it again."""

    what: str
    reason: str
