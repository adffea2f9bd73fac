"""Users, sessions and one-time links in a SQLite file. Secrets are kept only as hashes; times are wall time, s."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.auth.identity import User
from api.auth.passwords import check_password, hash_password, password_matches, waste_time
from fleet.clock import Clock
from fleet.model.errors import Conflict, FleetError, InvalidField, NotFound
from fleet.model.requests import SERVICE_PREFIX, Role

_SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, password TEXT, disabled INTEGER NOT NULL DEFAULT 0,
    created_at_s REAL NOT NULL, created_by TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, user_key TEXT NOT NULL REFERENCES users(key),
    created_at_s REAL NOT NULL, expires_at_s REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS invitations (
    token_hash TEXT PRIMARY KEY, role TEXT NOT NULL, name TEXT NOT NULL, created_at_s REAL NOT NULL,
    expires_at_s REAL NOT NULL, created_by TEXT NOT NULL, used_at_s REAL
) STRICT;
"""
_FILE_VERSION = 1
_FRESH_S = 1.0  # a session that was looked up within this time is not looked up again
FIRST_RUN = "first run"


class Refused(FleetError):
    """The name and password, or the one-time token, do not let anybody in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user as an admin sees one."""

    name: str
    role: Role
    disabled: bool
    has_password: bool
    created_at_s: float
    created_by: str


def clean_name(name: str) -> str:
    """The name in its normal form. Raises `InvalidField` for one that people could not read or tell apart."""
    clean = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(clean) <= 64 or not clean.isprintable():
        raise InvalidField("name", name, "1 to 64 printable characters")
    if clean.casefold().startswith(SERVICE_PREFIX):
        raise InvalidField("name", name, f"a name that does not begin with {SERVICE_PREFIX!r}, as those of services do")
    return clean


class UserStore:
    """All calls are short; those that have to do with a password take about 0.1 s and belong in a thread. `session`
    and `is_open` are called on the event loop, through a connection of their own that waits for no writer."""

    def __init__(
        self, path: Path, clock: Clock, *, session_s: float = 12 * 3600.0, invitation_s: float = 24 * 3600.0
    ) -> None:
        self._clock = clock
        self._session_s = session_s
        self._invitation_s = invitation_s
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._writer = self._connect(path)
        self._lock = threading.Lock()
        with self._writing() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _FILE_VERSION):
                raise InvalidField("api.auth_path", str(path), f"a file of version {_FILE_VERSION}, not {version}")
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version={_FILE_VERSION}")
        self._reader = self._connect(path)
        self._reader_lock = threading.Lock()
        self._seen: dict[str, tuple[User, float]] = {}

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA foreign_keys=ON")
        except sqlite3.DatabaseError as error:
            raise InvalidField("api.auth_path", str(path), f"a SQLite file of users, or none yet ({error})") from error
        return db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def close(self) -> None:
        """Release the file."""
        with self._lock, self._reader_lock:
            self._writer.close()
            self._reader.close()

    # ---- one-time links -------------------------------------------------------------------------------------

    def first_run_token(self) -> str | None:
        """A one-time token for the first admin, while nobody is registered; None after that. An earlier one that
        was not used is void."""
        with self._writing() as db:
            if db.execute("SELECT count(*) FROM users").fetchone()[0]:
                return None
            db.execute("DELETE FROM invitations WHERE created_by = ?", (FIRST_RUN,))
            return self._invite(db, Role.ADMIN, "", FIRST_RUN)[0]

    def invite(self, role: Role, name: str, by: str) -> tuple[str, float]:
        """A token that lets its bearer in once, and when it expires. With the name of a user it lets that user in
        again (with a new password); with an empty name the bearer chooses one."""
        name = clean_name(name) if name else ""
        with self._writing() as db:
            return self._invite(db, role, name, by)

    def _invite(self, db: sqlite3.Connection, role: Role, name: str, by: str) -> tuple[str, float]:
        _check_person(role)
        token, now = secrets.token_urlsafe(24), self._clock.wall_s()
        expires = now + self._invitation_s
        row = (_hash(token), role.value, name, now, expires, by)
        db.execute("INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        return token, expires

    def redeem(self, token: str, name: str = "", password: str = "") -> tuple[str, User]:
        """Let the bearer of a one-time token in and open a session. A password makes it possible to come back.

        Raises:
            Refused: there is no such token, or it was used, or it has expired.
            InvalidField, Conflict: about the name or the password; the token stays good.
        """
        if password:
            check_password(password)
        hashed = hash_password(password) if password else None
        with self._writing() as db:
            now = self._clock.wall_s()
            used = db.execute(
                "UPDATE invitations SET used_at_s = ? WHERE token_hash = ? AND used_at_s IS NULL AND expires_at_s > ?"
                " RETURNING role, name, created_by",
                (now, _hash(token), now),
            ).fetchone()
            if used is None:
                raise Refused("the one-time token is unknown, used or expired; ask for a new one")
            role, invited, by = Role(used[0]), used[1], used[2]
            if invited and name and clean_name(name).casefold() != invited.casefold():
                raise InvalidField("name", name, f"{invited!r} (the invitation is for that name), or none")
            name = invited or clean_name(name or ("admin" if by == FIRST_RUN else ""))
            self._admit(db, name, role, hashed, by, may_exist=bool(invited))
            return self._open(db, name)

    def _admit(
        self, db: sqlite3.Connection, name: str, role: Role, password: str | None, by: str, *, may_exist: bool
    ) -> None:
        _check_person(role)
        key = name.casefold()
        if db.execute("SELECT 1 FROM users WHERE key = ?", (key,)).fetchone() is None:
            row = (key, name, role.value, password, self._clock.wall_s(), by)
            db.execute("INSERT INTO users VALUES (?, ?, ?, ?, 0, ?, ?)", row)
            return
        if not may_exist:
            raise Conflict(f"there is already a user named {name!r}; choose another name")
        db.execute(
            "UPDATE users SET role = ?, password = coalesce(?, password), disabled = 0 WHERE key = ?",
            (role.value, password, key),
        )
        if password is not None:  # whoever knew the old one is out
            db.execute("DELETE FROM sessions WHERE user_key = ?", (key,))
        _check_admin_left(db)

    # ---- sessions -------------------------------------------------------------------------------------------

    def login(self, name: str, password: str) -> tuple[str, User]:
        """Open a session. Returns its token, which is kept nowhere else. Raises `Refused`."""
        with self._reader_lock:
            row = self._reader.execute(
                "SELECT password FROM users WHERE key = ? AND disabled = 0", (_key(name),)
            ).fetchone()
        if row is None or row[0] is None:
            waste_time(password)
            raise Refused("the name or the password is wrong")
        if not password_matches(password, row[0]):
            raise Refused("the name or the password is wrong")
        with self._writing() as db:
            return self._open(db, name)

    def _open(self, db: sqlite3.Connection, name: str) -> tuple[str, User]:
        token, now = secrets.token_urlsafe(32), self._clock.wall_s()
        user_row = db.execute("SELECT name, role FROM users WHERE key = ?", (_key(name),)).fetchone()
        user = User(
            name=user_row[0],
            role=Role(user_row[1]),
            session_id="s-" + secrets.token_hex(8),
            expires_at_s=now + self._session_s,
        )
        db.execute("DELETE FROM sessions WHERE expires_at_s <= ?", (now,))
        row = (_hash(token), user.session_id, _key(name), now, user.expires_at_s)
        db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", row)
        return token, user

    def session(self, token: str, *, remembered: bool = False) -> User | None:
        """Who has that session, None when nobody (any more). With `remembered`, one seen before is taken without
        asking the file, so that stopping the robots waits for no disk; so it is when the file cannot be read."""
        hashed, steady = _hash(token), self._clock.steady_s()
        user, at = self._seen.get(hashed, (None, 0.0))
        if user is not None and user.expires_at_s <= self._clock.wall_s():
            self._seen.pop(hashed, None)
            return None
        if user is not None and (remembered or steady - at < _FRESH_S):
            return user
        try:
            user = self._look_up(hashed)
        except sqlite3.Error:
            if user is None:
                raise
            return user
        if user is None:
            self._seen.pop(hashed, None)
        else:
            if len(self._seen) > 1000:
                self._seen.clear()
            self._seen[hashed] = (user, steady)
        return user

    def _look_up(self, hashed: str) -> User | None:
        with self._reader_lock:
            row = self._reader.execute(
                "SELECT u.name, u.role, s.session_id, s.expires_at_s FROM sessions s JOIN users u ON u.key = s.user_key"
                " WHERE s.token_hash = ? AND s.expires_at_s > ? AND u.disabled = 0",
                (hashed, self._clock.wall_s()),
            ).fetchone()
        return User(name=row[0], role=Role(row[1]), session_id=row[2], expires_at_s=row[3]) if row else None

    def is_open(self, session_id: str) -> bool:
        """Whether the session is still good."""
        with self._reader_lock:
            row = self._reader.execute(
                "SELECT 1 FROM sessions s JOIN users u ON u.key = s.user_key"
                " WHERE s.session_id = ? AND s.expires_at_s > ? AND u.disabled = 0",
                (session_id, self._clock.wall_s()),
            ).fetchone()
        return row is not None

    def close_session(self, session_id: str) -> None:
        """End a session at once."""
        with self._writing() as db:
            db.execute("DELETE FROM sessions WHERE session_id = ?", (session_id,))
        self._forget(lambda user: user.session_id == session_id)

    # ---- accounts -------------------------------------------------------------------------------------------

    def accounts(self) -> list[Account]:
        """Everybody, by name."""
        with self._reader_lock:
            rows = self._reader.execute(
                "SELECT name, role, disabled, password IS NOT NULL, created_at_s, created_by FROM users ORDER BY key"
            ).fetchall()
        return [_account(row) for row in rows]

    def add(self, name: str, role: Role, password: str, by: str) -> Account:
        """A new user. Raises `InvalidField`, or `Conflict` when the name is taken."""
        name = clean_name(name)
        check_password(password)
        hashed = hash_password(password)
        with self._writing() as db:
            self._admit(db, name, role, hashed, by, may_exist=False)
        return self.account(name)

    def account(self, name: str) -> Account:
        """One user. Raises `NotFound`."""
        for account in self.accounts():
            if account.name.casefold() == _key(name):
                return account
        raise NotFound("user", name)

    def change(self, name: str, *, role: Role | None = None, disabled: bool | None = None) -> Account:
        """Give a user another role, or shut one out or let one in again. Shutting out ends the sessions.

        Raises:
            NotFound: no such user.
            Conflict: nobody would be left who is an admin.
        """
        self.account(name)
        if role is not None:
            _check_person(role)
        with self._writing() as db:
            if role is not None:
                db.execute("UPDATE users SET role = ? WHERE key = ?", (role.value, _key(name)))
            if disabled is not None:
                db.execute("UPDATE users SET disabled = ? WHERE key = ?", (int(disabled), _key(name)))
            if disabled:
                db.execute("DELETE FROM sessions WHERE user_key = ?", (_key(name),))
                # An invitation from before must not let them in again.
                names = db.execute("SELECT token_hash, name FROM invitations WHERE used_at_s IS NULL").fetchall()
                void = [(token_hash,) for token_hash, invited in names if _key(invited) == _key(name)]
                db.executemany("DELETE FROM invitations WHERE token_hash = ?", void)
            _check_admin_left(db)
        self._forget(lambda user: user.name.casefold() == _key(name))
        return self.account(name)

    def set_password(self, user: User, password: str) -> None:
        """A new password for somebody who is logged in. It ends all other sessions of theirs."""
        check_password(password)
        hashed, key = hash_password(password), _key(user.name)
        with self._writing() as db:
            db.execute("UPDATE users SET password = ? WHERE key = ?", (hashed, key))
            db.execute("DELETE FROM sessions WHERE user_key = ? AND session_id <> ?", (key, user.session_id))
        self._forget(lambda seen: _key(seen.name) == key and seen.session_id != user.session_id)

    def password_is(self, name: str, password: str) -> bool:
        """Whether that is the user's password; an empty one where there is none."""
        with self._reader_lock:
            row = self._reader.execute("SELECT password FROM users WHERE key = ?", (_key(name),)).fetchone()
        return row is not None and (row[0] is None or password_matches(password, row[0]))

    def _forget(self, which: Callable[[User], bool]) -> None:
        for hashed, (user, _) in list(self._seen.items()):
            if which(user):
                self._seen.pop(hashed, None)


def _check_admin_left(db: sqlite3.Connection) -> None:
    if not db.execute("SELECT count(*) FROM users WHERE role = 'admin' AND disabled = 0").fetchone()[0]:
        raise Conflict("nobody would be left who is an admin")


def _account(row: tuple[str, str, int, int, float, str]) -> Account:
    name, role, disabled, has_password, created_at_s, created_by = row
    return Account(
        name=name,
        role=Role(role),
        disabled=bool(disabled),
        has_password=bool(has_password),
        created_at_s=created_at_s,
        created_by=created_by,
    )


def _check_person(role: Role) -> None:
    if role is Role.SERVICE:
        raise InvalidField("role", role.value, "viewer, operator or admin: services have no login")


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
