"""`fleet key`: your own key, with which your answers are signed. The private half never leaves this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import typer

from fleet.audit.operator_signing import OperatorSigner
from fleet.audit.server_key import read_key, write_key
from fleet.cli.http import FleetClient
from fleet.cli.login import client_for
from fleet.cli.output import Json, Url, print_done, print_json, print_table, say
from fleet.cli.passphrase import Protect, another, first, of_file
from fleet.cli.session import SessionFile
from fleet.model.errors import InvalidField

app = typer.Typer(help="Your own key, with which your answers are signed.", no_args_is_help=True)
Label = Annotated[str, typer.Option("--label", help="Where it is kept, e.g. Ana's laptop.")]


def key_file(url: str, operator: str) -> Path:
    """Where this machine keeps the person's key for that API."""
    place = f"{quote(operator, safe='')}@{quote(urlsplit(url).netloc or url, safe='')}.key"
    return SessionFile().path.parent / "keys" / place


def own_key(client: FleetClient) -> OperatorSigner | None:
    """The key on this machine of whoever is logged in; None without one. Raises `InvalidField` for a damaged file."""
    operator = str(client.get("/v1/me")["name"])
    path = key_file(client.url, operator)
    return OperatorSigner(operator, read_key(path, of_file)) if path.exists() else None


def signed(client: FleetClient, escalation_id: str, answer: dict[str, str]) -> dict[str, str]:
    """The answer with this machine's signature, where there is a key for it that is on record and good."""
    key = own_key(client)
    if key is None or key.key_id not in {k["key_id"] for k in _keys(client, key.operator) if k["active"]}:
        return answer
    return {**answer, **key.signed({**answer, "escalation_id": escalation_id})}


def _keys(client: FleetClient, operator: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/keys", operator=operator)["items"]
    return found


@app.command()
def new(
    label: Label = "",
    voucher: Annotated[
        Path | None, typer.Option(help="The file of an earlier key of yours, which signs for this one.")
    ] = None,
    passphrase: Protect = False,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Make a key on this machine and put its public half on record. From then on your answers must be signed.

    A second key needs the signature of the first (--voucher FILE), or an admin who registers it for you.
    """
    with client_for(url) as client:
        operator = str(client.get("/v1/me")["name"])
        path = key_file(client.url, operator)
        if path.exists():
            raise InvalidField("key", str(path), "no key here yet; `fleet key register` puts this one on record")
        secret = first(passphrase)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = OperatorSigner.generate(operator)
        # Before it is on record: a key on record that nobody has would lock its owner out.
        write_key(path, key.signer, secret)
        _register(client, key, label, voucher, path, as_json)


@app.command()
def register(
    label: Label = "",
    voucher: Annotated[Path | None, typer.Option(help="The file of an earlier key of yours.")] = None,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Put the key that is on this machine on record, if that did not work when it was made."""
    with client_for(url) as client:
        key = own_key(client)
        if key is None:
            raise InvalidField("key", "none on this machine", "one made with `fleet key new`")
        _register(client, key, label, voucher, key_file(client.url, key.operator), as_json)


def _register(
    client: FleetClient, key: OperatorSigner, label: str, voucher: Path | None, path: Path, as_json: bool
) -> None:
    earlier = OperatorSigner(key.operator, read_key(voucher, of_file)) if voucher is not None else None
    done = client.post("/v1/keys", key.registration(label, earlier))
    if as_json:
        print_json({"key_id": key.key_id, "file": str(path), **({"key": done["key"]} if "key" in done else {})})
    else:
        say(f"key {key.key_id} of {key.operator} is on record; its private half is in {path}")
        say("your answers must be signed from now on; `fleet escalations answer` does it on this machine")


@app.command()
def protect(
    off: Annotated[bool, typer.Option("--off", help="Take the passphrase away instead.")] = False,
    url: Url = "",
) -> None:
    """Put the key that is on this machine behind a passphrase, or behind another one."""
    with client_for(url) as client:
        path = key_file(client.url, str(client.get("/v1/me")["name"]))
    if not path.exists():
        raise InvalidField("key", "none on this machine", "one made with `fleet key new`")
    signer = read_key(path, of_file)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)  # of a time when this was interrupted
    write_key(fresh, signer, "" if off else another())
    fresh.replace(path)
    say(f"{path} is {'no longer ' if off else ''}behind a passphrase")


@app.command("list")
def list_(
    operator: Annotated[str | None, typer.Option("--of", help="Only this person's.")] = None,
    url: Url = "",
    as_json: Json = False,
) -> None:
    """List people's public keys, also those that were revoked."""
    with client_for(url) as client:
        found = _keys(client, operator)
    if as_json:
        print_json(found)
        return
    rows = [(k["key_id"], k["operator"], k["label"], k["registered_by"], _standing(k)) for k in found]
    print_table(("id", "of", "kept", "registered by", "standing"), rows, "no keys")


def _standing(key: dict[str, Any]) -> str:
    return "good" if key["active"] else f"revoked by {key['revoked_by']}: {key['revoked_because']}"


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `fleet key list` shows it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is on record.", show_default=False)],
    url: Url = "",
    as_json: Json = False,
) -> None:
    """Take a key back: lost, known to others, or no longer used. Yours, or (admins) anybody's."""
    with client_for(url) as client:
        done = client.post(f"/v1/keys/{quote(key_id, safe='')}/revoke", {"reason": reason})
    print_done(done, f"key {key_id} is revoked: what it signs from now on counts no more", as_json)
