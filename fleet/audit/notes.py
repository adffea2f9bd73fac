"""Signed notes and checkpoints in the C2SP formats (signed-note, tlog-checkpoint), with Ed25519.

A checkpoint is a few lines of text: the log's name, how many entries it has, the root's hash. Whoever signs it says
that the log had this root at this size; a witness that has seen the log grow adds its own line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_ED25519 = b"\x01"
_SIGNATURE = "\u2014 "  # an em dash and a space begin each signature line


class NoteInvalid(ValueError):
    """A text that is no note or checkpoint, or whose signatures do not hold; says why."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and its public key."""

    name: str
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || 0x01 || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def text(self) -> str:
        """`name+hash+key`, as it is handed out and configured."""
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @staticmethod
    def parse(text: str) -> Verifier:
        """From `text()`'s form. Raises `NoteInvalid`."""
        parts = text.strip().split("+", 2)
        try:
            name, hash_, key = parts
            raw = base64.b64decode(key, validate=True)
        except (ValueError, binascii.Error):
            raise NoteInvalid(f"{text.strip()!r} is no public key; expected name+hash+key") from None
        verifier = Verifier(_name(name), raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or verifier.key_hash.hex() != hash_:
            raise NoteInvalid(f"the public key of {name!r} is damaged, or not an Ed25519 key")
        return verifier

    def check(self, text: str, signature: bytes) -> bool:
        """Whether the signature is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A name and its private key (32 bytes)."""

    def __init__(self, name: str, private: bytes) -> None:
        self.name = _name(name)
        self._key = Ed25519PrivateKey.from_private_bytes(private)

    @staticmethod
    def generate(name: str) -> Signer:
        """With a new key, from the system's source of randomness."""
        key = Ed25519PrivateKey.generate()
        return Signer(name, key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))

    @property
    def private(self) -> bytes:
        """The key, to be kept where nobody else can read it."""
        return self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> bytes:
        """The raw signature, 64 bytes."""
        return self._key.sign(text.encode())

    def line(self, text: str) -> str:
        """The signature line of a note."""
        raw = self.verifier.key_hash + self.sign(text)
        return f"{_SIGNATURE}{self.name} {base64.b64encode(raw).decode()}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries and this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, signers: Iterable[Signer]) -> str:
        """The note: text, empty line, signature lines."""
        return self.text() + "\n" + "".join(s.line(self.text()) for s in signers)


def open_checkpoint(note: str, verifiers: Mapping[str, Verifier]) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint of a note and the names of the known keys that signed it, at least one.

    Lines of keys that are not known are passed over. Raises `NoteInvalid`: no known key signed it, a known one's
    signature does not hold, or it is no checkpoint.
    """
    text, signatures = _opened(note)
    names = []
    for name, hash_, signature in signatures:
        known = verifiers.get(name)
        if known is None or known.key_hash != hash_:
            continue
        if not known.check(text, signature):
            raise NoteInvalid(f"the signature of {name} does not hold")
        names.append(name)
    if not names:
        raise NoteInvalid("no key that is known here has signed it")
    lines = text.split("\n")
    try:
        origin, size, root = lines[:3]
        checkpoint = Checkpoint(origin, _size(size), base64.b64decode(root, validate=True))
    except (ValueError, binascii.Error):
        raise NoteInvalid("it is no checkpoint: expected a name, a size and a root's hash, a line each") from None
    if len(checkpoint.root) != 32 or not origin:
        raise NoteInvalid("it is no checkpoint: the root's hash must have 32 bytes, the name some letters")
    return checkpoint, tuple(dict.fromkeys(names))


def _opened(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    text, separator, rest = note.partition("\n\n")
    if not separator or not rest.endswith("\n"):
        raise NoteInvalid("it is no signed note: expected text, an empty line, and signature lines")
    found = []
    for line in rest[:-1].split("\n"):
        name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raw = b""
        if not line.startswith(_SIGNATURE) or len(raw) < 5:
            raise NoteInvalid(f"it is no signed note: {line[:60]!r} is no signature line")
        found.append((name, raw[:4], raw[4:]))
    return text + "\n", found


def _size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or (len(text) > 1 and text[0] == "0"):
        raise ValueError(text)
    return int(text)


def _name(name: str) -> str:
    if not name or any(c.isspace() or c == "+" for c in name):
        raise NoteInvalid(f"{name!r} cannot be a key's name: no spaces, no plus signs, not empty")
    return name
