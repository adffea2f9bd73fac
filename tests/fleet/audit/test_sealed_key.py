"""A private key behind a passphrase: only the passphrase opens it, and damage is told from a key of another kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.audit.notes import COSIGNATURE, NoteInvalid, Signer
from fleet.audit.sealed_key import WrongPassphrase, is_sealed, seal, unseal
from fleet.audit.server_key import read_key, write_key
from fleet.model.errors import InvalidField

PASSPHRASE = "correct horse"
KEY = Signer.generate("witness.example", COSIGNATURE)
SEALED = seal(KEY, PASSPHRASE)


def test_the_passphrase_opens_it_and_nothing_of_the_key_is_in_the_text() -> None:
    opened = unseal(SEALED, PASSPHRASE)
    assert (opened.private, opened.verifier) == (KEY.private, KEY.verifier)
    assert KEY.private_text().rsplit("+", 1)[1] not in SEALED
    assert is_sealed(SEALED)
    assert not is_sealed(KEY.private_text())
    assert seal(KEY, PASSPHRASE) != SEALED


def test_letters_count_however_a_keyboard_composes_them() -> None:
    assert unseal(seal(KEY, "gr\u00fcne B\u00e4ume"), "gru\u0308ne Ba\u0308ume").private == KEY.private


@pytest.mark.parametrize("wrong", ["", "correct horsf", "CORRECT HORSE"])
def test_another_passphrase_does_not(wrong: str) -> None:
    with pytest.raises(WrongPassphrase):
        unseal(SEALED, wrong)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.split("\n")[0],
        lambda text: text.replace("witness", "other"),
        lambda text: text.replace("+4+", "+7+"),
        lambda text: text.replace("+4+", "+four+"),
        lambda text: text.replace("ENCRYPTED", "PUBLIC"),
        lambda text: text[:-40],
        lambda _: "SEALED+KEY+",
        lambda _: "rubbish",
    ],
    ids=["cut", "renamed", "another kind", "no kind", "another key", "no end", "head alone", "rubbish"],
)
def test_what_is_damaged_is_refused(damage: Callable[[str], str]) -> None:
    with pytest.raises(NoteInvalid) as refused:
        unseal(damage(SEALED), PASSPHRASE)
    assert PASSPHRASE not in str(refused.value)


def test_a_file_is_read_with_what_is_asked_for_and_only_then(tmp_path: Path) -> None:
    plain, sealed, asked = tmp_path / "plain", tmp_path / "sealed", []

    def ask(path: Path) -> str:
        asked.append(path)
        return PASSPHRASE

    write_key(plain, KEY)
    write_key(sealed, KEY, PASSPHRASE)
    assert sealed.stat().st_mode & 0o777 == 0o600
    assert read_key(plain, ask).private == read_key(sealed, ask).private == KEY.private
    assert asked == [sealed]


def test_errors_say_what_would_be_right(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(InvalidField, match="at least 8 characters"):
        write_key(file, KEY, "short")
    assert not file.exists()
    write_key(file, KEY, PASSPHRASE)
    with pytest.raises(InvalidField, match="nobody is there to type it"):
        read_key(file)
    with pytest.raises(InvalidField, match="the right one"):
        read_key(file, lambda _: "another one")
