"""Passphrases of key files: from the environment where a program asks, from the keyboard where a person does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from fleet.model.errors import InvalidField

ENV, ENV_NEW = "FLEET_KEY_PASSPHRASE", "FLEET_KEY_NEW_PASSPHRASE"
Protect = Annotated[
    bool, typer.Option("--passphrase", help=f"Keep it behind a passphrase: that in {ENV}, or one that you type twice.")
]


def of_file(path: Path) -> str:
    """The passphrase of a key's file. Raises `InvalidField` where there is neither the variable nor a terminal."""
    return _from(ENV, f"passphrase of {path.name}", twice=False)


def first(wanted: bool) -> str:
    """The passphrase for a new file; empty where none is wanted. Raises as `of_file`."""
    return _from(ENV, "new passphrase", twice=True) if wanted else ""


def another() -> str:
    """The one that takes the place of what a file has now. Raises as `of_file`."""
    return _from(ENV_NEW, "new passphrase", twice=True)


def _from(variable: str, what: str, *, twice: bool) -> str:
    given = os.environ.get(variable)
    if given:
        return given
    if not sys.stdin.isatty():
        raise InvalidField("passphrase", "none", f"one in {variable}, or a terminal to type it at")
    return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))
