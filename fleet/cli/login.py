"""`fleet login` and `fleet logout`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fleet.cli.http import ApiProblem, FleetClient
from fleet.cli.output import Json, Url, print_json, say
from fleet.cli.session import DEFAULT_URL, Session, SessionFile
from fleet.model.errors import InvalidField

Address = Annotated[str, typer.Argument(help="The API's address.")]


def login(
    url: Address = DEFAULT_URL,
    token: Annotated[str, typer.Option("--token", help="A one-time token, or - to read it from standard input.")] = "",
    name: Annotated[str, typer.Option("--name", help="Your name; the password is asked for.")] = "",
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="Read the password from this file instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Log in and keep the session in a file that only you can read."""
    if bool(token) == bool(name):
        raise InvalidField("--token, --name", (bool(token), bool(name)), "one of the two")
    if token == "-":
        token = sys.stdin.readline().strip()
    password = _password(password_file) if name else ""
    with FleetClient(url) as client:
        answer = client.login(token=token, name=name, password=password)
    user = answer.get("user", answer)
    files = SessionFile()
    files.store(Session(client.url, answer["token"], user.get("name", ""), user.get("role", "")))
    if as_json:
        print_json({"url": client.url, "name": user.get("name"), "role": user.get("role")})
    else:
        say(f"logged in at {client.url} as {user.get('name')} ({user.get('role')})")


def _password(file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise InvalidField("--password-file", str(file), f"a file that can be read ({error.strerror})") from None
    return str(typer.prompt("password", hide_input=True, err=True))


def logout(url: Url = "") -> None:
    """End the session here and at the API."""
    files = SessionFile()
    session = files.find(url)
    with FleetClient(session.url, session.token) as client:
        try:
            client.post("/v1/logout")
        except ApiProblem as problem:
            if problem.status != 401:  # an expired session is as good as ended
                raise
    files.forget(session.url)
    say(f"logged out from {session.url}")


def client_for(url: str, *, patience_s: float = 0.0) -> FleetClient:
    """A client with the stored session. Raises `NotLoggedIn`."""
    session = SessionFile().find(url)
    return FleetClient(session.url, session.token, patience_s=patience_s)
