"""Password hashes: scrypt from the standard library, with its parameters in the hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading

from fleet.model.errors import InvalidField

# 32 MiB and about 0.1 s a guess (RFC 7914; OWASP's second setting is n=2^16, r=8, p=2 for servers with more memory).
_N, _R, _P = 2**15, 8, 1
_MAXMEM = 64 * 2**20
# A flood of logins must not take all memory.
_at_once = threading.Semaphore(2)

MIN_LENGTH = 10
MAX_LENGTH = 256


def check_password(password: str) -> None:
    """Raises `InvalidField` for a password that is too short or too long."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        # The password itself is never shown back.
        raise InvalidField("password", f"{len(password)} characters", f"{MIN_LENGTH} to {MAX_LENGTH} characters")


def hash_password(password: str) -> str:
    """`scrypt$n$r$p$salt$key`. Takes about 0.1 s: call it in a thread."""
    salt = secrets.token_bytes(16)
    key = _scrypt(password, salt, _N, _R, _P)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _b64(salt), _b64(key)))


def password_matches(password: str, stored: str) -> bool:
    """Whether `password` gives the hash, in time that does not depend on where they differ."""
    _, n, r, p, salt, key = stored.split("$")
    found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(key))


def waste_time(password: str) -> None:
    """Take as long as a comparison, so that the time does not tell whether a name exists."""
    _scrypt(password, b"0" * 16, _N, _R, _P)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _at_once:
        secret = password.encode("utf-8", "surrogatepass")
        return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MAXMEM, dklen=32)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
