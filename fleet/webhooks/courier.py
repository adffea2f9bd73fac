"""Delivers one webhook's letters, in order, until they are taken or given up. A slow or absent server holds up nothing
but its own letters."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
from pathlib import Path
from typing import Any

import httpx

from fleet.clock import Clock
from fleet.escalation.queue.rules import WebhookSettings
from fleet.model.errors import InvalidField
from fleet.model.severity import Severity
from fleet.webhooks.messages import Incident, alertmanager, pagerduty
from fleet.webhooks.outbox import Letter, Outbox

log = logging.getLogger(__name__)

FIRST_S, LONGEST_S = 0.5, 60.0
TIMEOUT_S = 5.0
_MAY_PASS = (408, 425, 429)
SIGNATURE = "X-Fleet-Signature"


def secret(env: str, file: str, where: str) -> str:
    """A secret from the environment or from a file; empty where neither is named.

    Raises:
        InvalidField: it is named and not there, or others may read the file.
    """
    if env:
        value = os.environ.get(env, "").strip()
        if not value:
            raise InvalidField(f"{where}_env", env, "an environment variable with the secret in it")
        return value
    if not file:
        return ""
    path = Path(file)
    try:
        if path.stat().st_mode & 0o077:
            raise InvalidField(f"{where}_file", file, "a file that only its owner can read (chmod 600)")
        value = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InvalidField(f"{where}_file", file, f"a file that can be read ({error.strerror})") from error
    if not value:
        raise InvalidField(f"{where}_file", file, "a file with the secret in it")
    return value


def sign(body: bytes, key: str, wall_s: float) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA-256 over `SECONDS.BODY`, so that an old message cannot be sent again as new."""
    stamp = str(int(wall_s))
    mac = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


class Courier:
    """One webhook's way out. `deliver` sends what is due and returns when to look again."""

    def __init__(
        self,
        hook: WebhookSettings,
        outbox: Outbox,
        clock: Clock,
        *,
        source: str,
        link: str = "",
        client: httpx.Client | None = None,
    ) -> None:
        self._hook, self._outbox, self._clock = hook, outbox, clock
        self._source, self._link = source, link
        self._key = secret(hook.key_env, hook.key_file, f"webhooks.{hook.id}.key")
        self._hmac = secret(hook.hmac_env, hook.hmac_file, f"webhooks.{hook.id}.hmac")
        self._client = client or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)

    def deliver(self, most: int = 50) -> int:
        """Send what is due, at most so many. Returns how many were taken or given up."""
        done = 0
        while done < most and (letter := self._outbox.next_letter(self._hook.id, self._clock.wall_s())) is not None:
            if not self._send(letter):
                break
            done += 1
        return done

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _send(self, letter: Letter) -> bool:
        """Whether the letter is out of the way."""
        body = self._body(letter)
        if body is None:
            self._outbox.delivered(letter, self._clock.wall_s())
            return True
        error, may_pass = self._post(json.dumps(body).encode())
        wall_s = self._clock.wall_s()
        if not error:
            self._outbox.delivered(letter, wall_s)
            return True
        if not may_pass or wall_s - letter.put_at_s >= self._hook.give_up_after_s:
            log.error("webhook %s: given up after %d tries: %s", self._hook.id, letter.tries + 1, error)
            self._outbox.bury(letter, wall_s, error)
            return True
        wait = min(FIRST_S * 2**letter.tries, LONGEST_S)
        log.warning("webhook %s: %s; again in %.1f s", self._hook.id, error, wait)
        self._outbox.later(letter, wall_s + wait, error)
        return False

    def _body(self, letter: Letter) -> dict[str, Any] | None:
        told = {**letter.body, "severity": Severity(letter.body["severity"])}
        incident = Incident(**told)
        if self._hook.kind == "pagerduty":
            return pagerduty(incident, self._source, self._key, self._link)
        return alertmanager(incident, self._source, self._hook.id, self._link)

    def _post(self, content: bytes) -> tuple[str, bool]:
        """What went wrong (empty: nothing), and whether trying again may help."""
        headers = {"Content-Type": "application/json", "User-Agent": "humanoid-fleet"}
        if self._hook.kind == "alertmanager" and self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if self._hmac:
            headers[SIGNATURE] = sign(content, self._hmac, self._clock.wall_s())
        try:
            answer = self._client.post(self._hook.url, content=content, headers=headers)
        except httpx.HTTPError as error:
            return f"no answer ({type(error).__name__})", True
        if answer.status_code < 300:
            return "", True
        may_pass = answer.status_code >= 500 or answer.status_code in _MAY_PASS
        return f"status {answer.status_code}: {answer.text[:200]}", may_pass
