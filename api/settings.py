"""The API's settings: one object, handed in at start and read nowhere else. Times in s."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from pathlib import Path

from fleet.model.errors import InvalidField


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Where the API listens and how patient it is.

    `auth_path` is the SQLite file of users and sessions. `origins` are further origins (`https://fleet.example.org`)
    that a reverse proxy serves the console under; with an https one the session cookie is `Secure`.
    """

    auth_path: Path
    host: str = "127.0.0.1"
    port: int = 8080
    allow_remote: bool = False
    origins: tuple[str, ...] = ()
    session_s: float = 12 * 3600.0
    invitation_s: float = 24 * 3600.0
    settle_within_s: float = 2.0  # how long a call waits for the supervisor before it answers 202
    store_within_s: float = 5.0  # how long a call waits for the store before it answers 503
    poll_s: float = 0.02  # how often the journal is looked at
    current_within_s: float = 2.0  # a projection that has not read the journal for so long is not current
    leader_within_s: float = 3.0  # a supervisor that was not heard for so long does not lead
    max_body_bytes: int = 1 << 20
    heartbeat_s: float = 5.0
    webhooks_path: Path | None = None  # the outbox of the notifier, where there is one
    slow_client_s: float = 5.0  # a stream client that takes no data for so long is dropped

    def __post_init__(self) -> None:
        if not self.host:
            raise InvalidField("api.host", self.host, "a host name or address, e.g. 127.0.0.1")
        if not is_loopback(self.host) and not self.allow_remote:
            raise InvalidField("api.host", self.host, "a loopback address, or `allow_remote: true` beside it")
        if isinstance(self.port, bool) or not isinstance(self.port, int) or not 0 <= self.port <= 65535:
            raise InvalidField("api.port", self.port, "a port number from 0 (any free one) to 65535")
        for origin in self.origins:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or "/" in rest:
                raise InvalidField("api.origins", origin, "scheme://host[:port] without a path")
        for name in _POSITIVE:
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not math.isfinite(value) or value <= 0:
                raise InvalidField(f"api.{name}", value, "a finite number > 0")

    @property
    def secure_cookie(self) -> bool:
        """Whether the session cookie may only travel over https."""
        return any(origin.startswith("https://") for origin in self.origins)


_POSITIVE = (
    "session_s",
    "invitation_s",
    "settle_within_s",
    "store_within_s",
    "poll_s",
    "current_within_s",
    "leader_within_s",
    "max_body_bytes",
    "heartbeat_s",
    "slow_client_s",
)
