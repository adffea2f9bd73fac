"""Who comes in, who may do what, and what a foreign page may not."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path

import httpx
import pytest

from api.auth.attempts import Attempts
from api.auth.identity import COOKIE
from api.auth.passwords import hash_password, password_matches
from api.auth.users import Refused, UserStore
from api.problems import Problem
from fleet.clock import VirtualClock
from fleet.model.errors import Conflict, InvalidField, NotFound
from fleet.model.requests import Role
from tests.api.hall import Hall

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_000_000.0)


@pytest.fixture
def users(tmp_path: Path, clock: VirtualClock) -> UserStore:
    return UserStore(tmp_path / "auth.db", clock, session_s=100.0, invitation_s=50.0)


# ---- the file of users --------------------------------------------------------------------------------------


def test_the_first_run_gives_a_token_that_works_once_and_only_for_the_first_admin(users: UserStore):
    void = users.first_run_token()
    token = users.first_run_token()
    assert token
    assert void
    with pytest.raises(Refused):
        users.redeem(void, "Eve")
    session, user = users.redeem(token, "Ana Ruiz")
    assert (user.name, user.role) == ("Ana Ruiz", Role.ADMIN)
    assert users.session(session) == user
    with pytest.raises(Refused):
        users.redeem(token, "Ben")
    assert users.first_run_token() is None


def test_one_token_lets_in_one_of_many_who_try_at_once(users: UserStore):
    token = str(users.first_run_token())
    came_in: list[str] = []

    def try_it(name: str) -> None:
        with contextlib.suppress(Refused):
            came_in.append(users.redeem(token, name)[1].name)

    threads = [threading.Thread(target=try_it, args=(f"P{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came_in) == 1


def test_tokens_and_sessions_expire(users: UserStore, clock: VirtualClock):
    late = str(users.first_run_token())
    clock.advance(51)
    with pytest.raises(Refused, match="expired"):
        users.redeem(late, "Ana")
    session, user = users.redeem(str(users.first_run_token()), "Ana")
    clock.advance(99)
    assert users.session(session) == user
    clock.advance(2)
    assert users.session(session) is None
    assert users.session(session, remembered=True) is None
    assert not users.is_open(user.session_id)


def test_no_secret_is_in_the_file_and_only_its_owner_may_read_it(tmp_path: Path, users: UserStore):
    token = str(users.first_run_token())
    session, _ = users.redeem(token, "Ana", PASSWORD)
    invitation, _ = users.invite(Role.VIEWER, "Vic", "Ana")
    users.close()
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (token, session, invitation, PASSWORD):
        assert secret.encode() not in content
    assert stat.S_IMODE(os.stat(tmp_path / "auth.db").st_mode) == 0o600


def test_passwords_are_salted_and_have_a_least_length(users: UserStore):
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first != second
    assert password_matches(PASSWORD, first)
    assert not password_matches(PASSWORD + "x", first)
    users.redeem(str(users.first_run_token()), "Ana")
    with pytest.raises(InvalidField) as error:
        users.add("Ben", Role.OPERATOR, "short", "Ana")
    assert "short" not in str(error.value), "a password is never shown back"


def test_login_needs_the_right_password_and_a_user_who_is_not_shut_out(users: UserStore):
    users.redeem(str(users.first_run_token()), "Root")
    users.add("Ana Ruiz", Role.OPERATOR, PASSWORD, "Root")
    session, user = users.login("ana ruiz", PASSWORD)
    assert user.name == "Ana Ruiz", "the name as it was given"
    for name, password in (("Ana Ruiz", "wrong password"), ("Nobody", PASSWORD), ("Root", "")):
        with pytest.raises(Refused, match="the name or the password is wrong"):
            users.login(name, password)
    users.change("Ana Ruiz", disabled=True)
    assert users.session(session) is None
    with pytest.raises(Refused):
        users.login("Ana Ruiz", PASSWORD)
    users.change("Ana Ruiz", disabled=False)
    assert users.session(session) is None, "being let in again does not bring sessions back"


def test_a_name_is_taken_in_any_spelling(users: UserStore):
    users.redeem(str(users.first_run_token()), "Ana")
    with pytest.raises(Conflict):
        users.add("ANA", Role.VIEWER, PASSWORD, "Ana")
    token, _ = users.invite(Role.VIEWER, "", "Ana")
    with pytest.raises(Conflict):
        users.redeem(token, " ana ")
    assert users.redeem(token, "Ben")[1].name == "Ben", "the token is still good"
    for bad in ("", " ", "x" * 65, "a\nb", "a\u202eb"):
        with pytest.raises(InvalidField):
            users.add(bad, Role.VIEWER, PASSWORD, "Ana")


def test_somebody_stays_admin(users: UserStore):
    users.redeem(str(users.first_run_token()), "Ana")
    for change in ({"role": Role.VIEWER}, {"disabled": True}):
        with pytest.raises(Conflict, match="nobody would be left"):
            users.change("Ana", **change)
    token, _ = users.invite(Role.VIEWER, "Ana", "Ana")
    with pytest.raises(Conflict):
        users.redeem(token)
    with pytest.raises(NotFound):
        users.change("Nobody", disabled=True)


def test_a_new_role_counts_at_once(users: UserStore):
    users.redeem(str(users.first_run_token()), "Root")
    token, _ = users.invite(Role.OPERATOR, "Ana", "Root")
    session, _ = users.redeem(token)
    users.change("Ana", role=Role.VIEWER)
    found = users.session(session)
    assert found
    assert found.role is Role.VIEWER


def test_a_new_password_ends_the_other_sessions(users: UserStore):
    mine, user = users.redeem(str(users.first_run_token()), "Ana", PASSWORD)
    other, _ = users.login("Ana", PASSWORD)
    assert users.session(other)
    assert users.password_is("Ana", PASSWORD)
    assert not users.password_is("Ana", "wrong password")
    users.set_password(user, "another long sentence")
    assert users.session(mine)
    assert users.session(other) is None
    reset, _ = users.invite(Role.ADMIN, "Ana", "Ana")
    users.redeem(reset, password="a third long sentence")
    assert not users.is_open(user.session_id), "whoever had the old password is out"


def test_who_is_shut_out_does_not_come_back_by_an_old_invitation(users: UserStore):
    users.redeem(str(users.first_run_token()), "Root")
    users.add("Ana", Role.OPERATOR, PASSWORD, "Root")
    invitation, _ = users.invite(Role.OPERATOR, "ana", "Root")
    users.change("Ana", disabled=True)
    with pytest.raises(Refused):
        users.redeem(invitation)


def test_a_session_that_was_seen_is_known_without_the_file(users: UserStore, clock: VirtualClock):
    session, user = users.redeem(str(users.first_run_token()), "Ana")
    assert users.session(session) == user
    users.close()
    clock.advance(10)
    assert users.session(session, remembered=True) == user
    assert users.session(session) == user, "also where the file cannot be read"
    with pytest.raises(sqlite3.Error):
        users.session("never seen")


def test_a_file_that_is_something_else_is_refused(tmp_path: Path, clock: VirtualClock):
    (tmp_path / "x.db").write_text("not a database, certainly not one of users")
    with pytest.raises(InvalidField, match="auth_path"):
        UserStore(tmp_path / "x.db", clock)


def test_guessing_gets_slow_for_the_guesser_only():
    attempts = Attempts()
    for i in range(5):
        attempts.check("1.2.3.4", "ana", float(i))
        attempts.failed("1.2.3.4", "ana", float(i))
    with pytest.raises(Problem) as refused:
        attempts.check("1.2.3.4", "Ana", 5.0)
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "55"
    attempts.check("1.2.3.4", "ben", 5.0)
    attempts.check("5.6.7.8", "ana", 5.0)
    attempts.check("1.2.3.4", "ana", 61.0)
    for i in range(20):
        attempts.failed("9.9.9.9", f"name {i}", 100.0)
    with pytest.raises(Problem):
        attempts.check("9.9.9.9", "any", 100.0)


# ---- over HTTP ----------------------------------------------------------------------------------------------


def test_logging_in_with_an_invitation_then_with_name_and_password(hall: Hall, root: httpx.Client):
    invitation = root.post("/v1/invitations", json={"role": "operator", "name": "Eva"}).json()
    eva = hall.stranger()
    body = {"token": invitation["token"], "password": PASSWORD}
    answer = eva.post("/v1/login", json=body)
    assert answer.status_code == 200
    assert answer.json()["user"]["role"] == "operator"
    cookie = answer.headers["set-cookie"]
    assert COOKIE in cookie
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    assert eva.get("/v1/me").json()["name"] == "Eva", "the cookie alone is enough to look"
    other = hall.stranger()
    token = other.post("/v1/login", json={"name": "eva", "password": PASSWORD}).json()["token"]
    other.cookies.clear()
    other.headers["Authorization"] = f"Bearer {token}"
    assert other.get("/v1/me").json()["name"] == "Eva"
    assert other.post("/v1/logout").status_code == 204
    assert other.get("/v1/me").status_code == 401
    assert eva.get("/v1/me").status_code == 200, "only that session has ended"
    assert hall.stranger().post("/v1/login", json=body).status_code == 401


@pytest.mark.parametrize("body", [{}, {"name": "Ana"}, {"password": "x"}, {"token": "", "name": "Ana"}])
def test_logging_in_with_half_of_it_says_what_is_needed(hall: Hall, body: dict[str, str]):
    answer = hall.stranger().post("/v1/login", json=body)
    assert answer.status_code == 422
    assert "one-time token" in answer.json()["errors"][0]["expected"]


def test_too_many_wrong_passwords_have_to_wait(own_hall: Hall):
    eve = own_hall.stranger()
    answers = [eve.post("/v1/login", json={"name": "Root", "password": f"guess {i}"}) for i in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_an_admin_manages_people_and_others_do_not(hall: Hall, root: httpx.Client, ana: httpx.Client):
    new = {"name": "Otto", "role": "viewer", "password": PASSWORD}
    assert root.post("/v1/users", json=new).status_code == 201
    assert root.post("/v1/users", json=new).status_code == 409
    assert root.patch("/v1/users/Otto", json={"role": "operator"}).json()["role"] == "operator"
    assert root.patch("/v1/users/Nobody", json={"role": "operator"}).status_code == 404
    assert "Otto" in [a["name"] for a in root.get("/v1/users").json()["items"]]
    assert root.patch("/v1/users/Otto", json={"disabled": True}).json()["disabled"]
    assert ana.post("/v1/users", json=new).status_code == 403
    assert ana.get("/v1/users").status_code == 403
    assert ana.post("/v1/invitations", json={"role": "admin"}).status_code == 403


def test_changing_ones_password_needs_the_old_one(hall: Hall):
    client = hall.client("Pat")
    assert client.put("/v1/me/password", json={"new": PASSWORD}).status_code == 204
    assert client.put("/v1/me/password", json={"old": "wrong", "new": PASSWORD + "2"}).status_code == 422
    assert client.put("/v1/me/password", json={"old": PASSWORD, "new": PASSWORD + "2"}).status_code == 204
    answer = hall.stranger().post("/v1/login", json={"name": "Pat", "password": PASSWORD + "2"})
    assert answer.status_code == 200
