"""Login, users and invitations over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.auth.identity import COOKIE, User
from api.auth.users import Account, Refused, clean_name
from api.context import Admin, ApiContext, Ctx, Viewer
from api.docs import problems
from api.intake import fresh_key, in_time
from api.problems import Problem, invalid
from fleet.model.order_requests import ReportUserGone
from fleet.model.requests import Role

router = APIRouter(prefix="/v1", tags=["login"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_max_length=256)


class Login(_Body):
    """Either `token` (a one-time link's; `name` and `password` then say who comes in and how to come back), or
    `name` and `password`."""

    token: str = ""
    name: str = ""
    password: str = ""
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Ana Ruiz", "password": "correct horse battery"},
                {"token": "8Xw2...", "name": "Ana Ruiz", "password": "correct horse battery"},
            ]
        }
    )


PersonRole = Literal[Role.VIEWER, Role.OPERATOR, Role.ADMIN]
"""What a person can be; services have no login."""


class UserView(BaseModel):
    """Who is logged in."""

    name: str = Field(examples=["Ana Ruiz"])
    role: Role
    session_id: str = Field(examples=["s-5f1d2c3b4a596877"])
    expires_at_s: float = Field(examples=[1795500000.0], description="Unix time, s")


class Session(BaseModel):
    """A new session. The token is shown only here."""

    token: str = Field(examples=["bW9yZSByYW5kb20gdGhhbiB0aGlz"])
    user: UserView


class AccountView(BaseModel):
    """A user, for admins."""

    name: str = Field(examples=["Ana Ruiz"])
    role: Role
    disabled: bool
    has_password: bool
    created_at_s: float = Field(examples=[1795400000.0], description="Unix time, s")
    created_by: str = Field(examples=["admin"])


class Accounts(BaseModel):
    """Everybody."""

    items: list[AccountView]


class NewUser(_Body):
    """A user with a first password."""

    name: str = Field(min_length=1, examples=["Ana Ruiz"])
    role: PersonRole = Field(examples=["operator"])
    password: str = Field(examples=["correct horse battery"])


class ChangeUser(_Body):
    """What shall change; what is left out stays."""

    role: PersonRole | None = Field(None, examples=["viewer"])
    disabled: bool | None = Field(None, examples=[False])


class NewPassword(_Body):
    """Your own new password; `old` is needed where there is one."""

    old: str = Field("", examples=["correct horse battery"])
    new: str = Field(examples=["another long sentence"])


class Invite(_Body):
    """Let somebody in once. With the name of a user, that user can come in again."""

    role: PersonRole = Field(examples=["operator"])
    name: str = Field("", examples=["Ana Ruiz"])


class Invitation(BaseModel):
    """A one-time token. It is shown only here."""

    token: str = Field(examples=["8Xw2a1b2c3d4e5f6"])
    expires_at_s: float = Field(examples=[1795500000.0], description="Unix time, s")
    role: Role


@router.post("/login", summary="Log in", response_model=Session, responses=problems(401, 403, 429))
async def login(body: Login, request: Request, context: Ctx) -> Response:
    """Open a session: the token for programs, the same as an HttpOnly cookie for browsers."""
    if not body.token and not (body.name and body.password):
        raise invalid("token", "", "a one-time token, or `name` and `password`")
    address = request.client.host if request.client else ""
    context.attempts.check(address, body.name, context.clock.steady_s())
    try:
        if body.token:
            token, user = await context.in_thread(context.users.redeem, body.token, body.name, body.password)
        else:
            token, user = await context.in_thread(context.users.login, body.name, body.password)
    except Refused as error:
        context.attempts.failed(address, body.name, context.clock.steady_s())
        raise Problem(401, "unauthenticated", str(error)) from error
    response = JSONResponse({"token": token, "user": _user(user)}, headers={"Cache-Control": "no-store"})
    set_cookie(response, token, context)
    return response


def set_cookie(response: Response, token: str, context: ApiContext) -> None:
    """Give the browser the session: not readable by scripts, not sent from other sites."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(context.settings.session_s),
        path="/",
        secure=context.settings.secure_cookie,
        httponly=True,
        samesite="lax",
    )


@router.post("/logout", summary="Log out", status_code=204)
async def logout(user: Viewer, context: Ctx) -> Response:
    """End this session at once, for all who have its token."""
    await context.in_thread(context.users.close_session, user.session_id)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


@router.get("/me", summary="Who am I?", response_model=UserView)
async def me(user: Viewer) -> dict[str, Any]:
    """The person behind this session."""
    return _user(user)


@router.put("/me/password", summary="Change my password", status_code=204)
async def change_password(body: NewPassword, user: Viewer, context: Ctx) -> Response:
    """Set your password. The old one must be given where there is one. Ends your other sessions."""
    guesser = f"session {user.session_id}"
    context.attempts.check(guesser, user.name, context.clock.steady_s())
    if not await context.in_thread(context.users.password_is, user.name, body.old):
        context.attempts.failed(guesser, user.name, context.clock.steady_s())
        raise invalid("old", "(not shown)", "your password as it is now")
    await context.in_thread(context.users.set_password, user, body.new)
    return Response(status_code=204)


@router.get("/users", summary="List the users", response_model=Accounts)
async def users(_: Admin, context: Ctx) -> dict[str, Any]:
    """Everybody who is or was let in."""
    accounts = await context.in_thread(context.users.accounts)
    return {"items": [_account(account) for account in accounts]}


@router.post("/users", summary="Add a user", status_code=201, response_model=AccountView, responses=problems(409))
async def add_user(body: NewUser, by: Admin, context: Ctx) -> dict[str, Any]:
    """A new user with a first password."""
    return _account(await context.in_thread(context.users.add, body.name, body.role, body.password, by.name))


@router.patch("/users/{name}", summary="Change a user", response_model=AccountView, responses=problems(404, 409))
async def change_user(name: str, body: ChangeUser, by: Admin, context: Ctx) -> dict[str, Any]:
    """Another role, or shut out (which ends every session of the user at once) or let in again. Who may not decide any
    more has no standing orders from then on."""

    def change() -> Account:
        return context.users.change(name, role=body.role, disabled=body.disabled)

    account = await context.in_thread(change)
    if account.disabled or account.role is Role.VIEWER:
        why = "shut out" if account.disabled else "may only look from now on"
        gone = ReportUserGone(name=account.name, reason=f"{why}, says {by.name}")
        await in_time(context, context.store.put, by.name, by.role, fresh_key(), gone, context.clock.now_s())
    return _account(account)


@router.post("/invitations", summary="Invite somebody", status_code=201, response_model=Invitation)
async def invite(body: Invite, by: Admin, context: Ctx) -> dict[str, Any]:
    """A token that lets its bearer in once, as `POST /v1/login {"token": ...}` or at `/login?token=...`."""
    name = clean_name(body.name) if body.name else ""
    token, expires_at_s = await context.in_thread(context.users.invite, body.role, name, by.name)
    return {"token": token, "expires_at_s": expires_at_s, "role": body.role}


def _user(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.value,
        "session_id": user.session_id,
        "expires_at_s": user.expires_at_s,
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": account.role.value,
        "disabled": account.disabled,
        "has_password": account.has_password,
        "created_at_s": account.created_at_s,
        "created_by": account.created_by,
    }
