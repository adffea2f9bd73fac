"""Checkpoints as signed notes."""

from __future__ import annotations

import hashlib

import pytest

from fleet.audit.notes import Checkpoint, NoteInvalid, Signer, Verifier, open_checkpoint

SERVER, WITNESS = Signer("fleet.example/log", bytes(range(32))), Signer("witness.example", bytes(range(1, 33)))
POINT = Checkpoint("fleet.example/log", 42, hashlib.sha256(b"root").digest())
KNOWN = {s.name: s.verifier for s in (SERVER, WITNESS)}


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    note = POINT.signed([SERVER, WITNESS])
    assert open_checkpoint(note, KNOWN) == (POINT, ("fleet.example/log", "witness.example"))
    assert note.split("\n")[:4] == ["fleet.example/log", "42", POINT.text().split("\n")[2], ""]
    assert note.split("\n")[4].startswith("\u2014 fleet.example/log ")


def test_the_key_hash_is_the_one_of_the_format() -> None:
    verifier = SERVER.verifier
    raw = b"fleet.example/log\n\x01" + verifier.public
    assert verifier.key_hash == hashlib.sha256(raw).digest()[:4]
    assert Verifier.parse(verifier.text()) == verifier


def test_keys_that_are_not_known_are_passed_over() -> None:
    note = POINT.signed([SERVER, Signer.generate("stranger")])
    assert open_checkpoint(note, KNOWN)[1] == ("fleet.example/log",)
    with pytest.raises(NoteInvalid, match="no key that is known"):
        open_checkpoint(note, {"other": SERVER.verifier})


def test_a_key_of_the_same_name_is_not_the_key() -> None:
    imposter = Signer.generate("fleet.example/log")
    with pytest.raises(NoteInvalid, match="no key that is known"):
        open_checkpoint(POINT.signed([imposter]), KNOWN)


def test_every_changed_byte_of_the_text_is_seen() -> None:
    note = POINT.signed([SERVER])
    signed = len(POINT.text())
    for i in range(signed):
        changed = note[:i] + ("x" if note[i] != "x" else "y") + note[i + 1 :]
        with pytest.raises(NoteInvalid):
            open_checkpoint(changed, KNOWN)


@pytest.mark.parametrize(
    "note", ["", "a\nb\n", "a\n\n", "a\n\nb\n", "a\n\n\u2014 x AAAA\n", POINT.text() + "\nno signature\n"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NoteInvalid):
        open_checkpoint(note, KNOWN)


@pytest.mark.parametrize("text", ["log\n042\nAAAA\n", "log\n-1\nAAAA\n", "log\n1\nAAAA\n", "\n1\n\n", "log\n"])
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        open_checkpoint(text + "\n" + SERVER.line(text), KNOWN)


@pytest.mark.parametrize("text", ["", "a", "a+b", "a+00000000+AAAA", "a b+00000000+AAAA", "+x+y"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Verifier.parse(text)
