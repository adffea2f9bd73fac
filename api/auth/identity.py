"""The person behind a call, and the dependency that lets them in or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from api.problems import Problem
from fleet.model.requests import Role

RANK = {Role.SERVICE: -1, Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}
COOKIE = "fleet_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who is logged in. On every request as `request.state.user` (None when nobody is); `via` is `cookie` or
    `bearer`, `session_id` is not a secret."""

    name: str
    role: Role
    session_id: str
    expires_at_s: float
    via: str = "bearer"

    def may(self, role: Role) -> bool:
        """Whether this person's role includes `role`."""
        return RANK[self.role] >= RANK[role]


def user_of(connection: HTTPConnection) -> User:
    """Who is logged in. Raises a 401 `Problem` when nobody is."""
    user: Any = getattr(connection.state, "user", None)
    if not isinstance(user, User):
        detail = "log in with POST /v1/login and send the token as `Authorization: Bearer ...`, or the cookie"
        raise Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": 'Bearer realm="fleet"'})
    return user


class RequireRole:
    """A dependency: the call goes on only for people whose role is at least `role`. Gives the `User`."""

    def __init__(self, role: Role) -> None:
        self.role = role

    def __call__(self, connection: HTTPConnection) -> User:
        user = user_of(connection)
        if not user.may(self.role):
            detail = f"{user.name} is a {user.role.value}; this needs the role {self.role.value} or higher"
            raise Problem(403, "forbidden", detail)
        return user

    def __repr__(self) -> str:
        return f"RequireRole({self.role.value})"


viewer = RequireRole(Role.VIEWER)
operator = RequireRole(Role.OPERATOR)
admin = RequireRole(Role.ADMIN)
