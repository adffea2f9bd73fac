"""Where the command line keeps its login: one file that only its owner can read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.model.errors import FleetError, InvalidField

DEFAULT_URL = "http://127.0.0.1:8080"


class NotLoggedIn(FleetError):
    """There is no session for that address."""


@dataclass(frozen=True, slots=True)
class Session:
    """A login at one API."""

    url: str
    token: str
    name: str = ""
    role: str = ""


class SessionFile:
    """Sessions by address, in `$XDG_CONFIG_HOME/humanoid-fleet/sessions.json` with mode 0600."""

    def __init__(self, path: Path | None = None) -> None:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self.path = path or config / "humanoid-fleet" / "sessions.json"

    def store(self, session: Session) -> None:
        """Remember the session; it becomes the one that is used when no address is given."""
        known = {u: e for u, e in self._entries().items() if u != session.url}
        known[session.url] = {"token": session.token, "name": session.name, "role": session.role}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(f".{os.getpid()}.new")
        beside.unlink(missing_ok=True)
        # Created with its mode: at no moment can others read it.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(known, file, indent=1)
        beside.replace(self.path)

    def find(self, url: str = "") -> Session:
        """The session for `url`, or the latest one; `FLEET_URL` and `FLEET_TOKEN` take precedence.

        Raises:
            NotLoggedIn: there is none.
        """
        url = (url or os.environ.get("FLEET_URL", "")).rstrip("/")
        token = os.environ.get("FLEET_TOKEN", "")
        if token:
            return Session(url or DEFAULT_URL, token)
        known = self._entries()
        if not url and known:
            url = list(known)[-1]
        if url not in known:
            raise NotLoggedIn(
                f"not logged in at {url or DEFAULT_URL}: run `fleet login {url or DEFAULT_URL}` "
                "(or set FLEET_URL and FLEET_TOKEN)"
            )
        entry = known[url]
        return Session(url, str(entry["token"]), str(entry.get("name", "")), str(entry.get("role", "")))

    def forget(self, url: str) -> None:
        """Drop the session for that address."""
        known = self._entries()
        if known.pop(url.rstrip("/"), None) is not None:
            self.path.write_text(json.dumps(known, indent=1))

    def _entries(self) -> dict[str, dict[str, Any]]:
        if not self.path.exists():
            return {}
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            assert all(isinstance(e, dict) and "token" in e for e in known.values())
        except (OSError, ValueError, AttributeError, AssertionError):
            raise InvalidField(str(self.path), "(its content)", "a file written by `fleet login`; remove it") from None
        return dict(known)
