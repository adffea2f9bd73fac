"""Signed notes, checkpoints and cosignatures in the C2SP formats (signed-note, tlog-checkpoint, tlog-cosignature).

A checkpoint is a few lines of text: the log's name, how many entries it has, the root's hash. Whoever signs it says
that the log had this root at this size; a witness that has seen the log grow adds its own line, with the time by its
own clock. All keys are Ed25519.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fleet.audit.canonical import from_text, to_text

ED25519, COSIGNATURE = 1, 4  # the formats' numbers: a plain signature; one of a witness, with its time
_SIGNATURE = "\u2014 "  # an em dash and a space begin each signature line
_PRIVATE = "PRIVATE+KEY+"


class NoteInvalid(ValueError):
    """A text that is no note, checkpoint or key, or whose signatures do not hold; says why."""


def signature_holds(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of the Ed25519 key `public` (32 bytes) over `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and its public key. `kind` is `ED25519`, or `COSIGNATURE` for a witness."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name || newline || kind || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def text(self) -> str:
        """`name+hash+key`, as it is handed out and configured."""
        return f"{self.name}+{self.key_hash.hex()}+{to_text(bytes([self.kind]) + self.public)}"

    @staticmethod
    def parse(text: str) -> Verifier:
        """From `text()`'s form. Raises `NoteInvalid`."""
        parts = text.strip().split("+", 2)
        try:
            name, hash_, key = parts
            raw = from_text(key)
        except ValueError:
            raise NoteInvalid(f"{text.strip()!r} is no public key; expected name+hash+key") from None
        if len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise NoteInvalid(f"the public key of {name!r} is damaged, or not an Ed25519 key")
        verifier = Verifier(_name(name), raw[1:], raw[0])
        if verifier.key_hash.hex() != hash_:
            raise NoteInvalid(f"the public key of {name!r} is damaged, or not an Ed25519 key")
        return verifier

    def check(self, text: str, signature: bytes) -> bool:
        """Whether the signature (as on a note's line, after the key's hash) is this key's over the text."""
        if self.kind == COSIGNATURE:
            return signature_holds(self.public, _cosigned(text, signature[:8]), signature[8:])
        return signature_holds(self.public, text.encode(), signature)

    def time_s(self, signature: bytes) -> int | None:
        """When a witness signed, by its clock (Unix time, s); None for plain signatures."""
        return int.from_bytes(signature[:8], "big") if self.kind == COSIGNATURE else None


class Signer:
    """A name and its private key (32 bytes). `kind` as in `Verifier`."""

    def __init__(self, name: str, private: bytes, kind: int = ED25519) -> None:
        self.name, self.kind = _name(name), kind
        self._key = Ed25519PrivateKey.from_private_bytes(private)

    @staticmethod
    def generate(name: str, kind: int = ED25519) -> Signer:
        """With a new key, from the system's source of randomness."""
        key = Ed25519PrivateKey.generate()
        return Signer(name, key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()), kind)

    @property
    def private(self) -> bytes:
        """The key, to be kept where nobody else can read it."""
        return self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    def private_text(self) -> str:
        """`PRIVATE+KEY+name+hash+key`, for a file that nobody else can read."""
        raw = to_text(bytes([self.kind]) + self.private)
        return f"{_PRIVATE}{self.name}+{self.verifier.key_hash.hex()}+{raw}"

    @staticmethod
    def parse(text: str) -> Signer:
        """From `private_text()`'s form. Raises `NoteInvalid`, without showing the key."""
        try:
            name, hash_, key = text.strip().removeprefix(_PRIVATE).split("+", 2)
            raw = from_text(key, 33)
            signer = Signer(name, raw[1:], raw[0])
        except ValueError:
            raise NoteInvalid("it holds no private key; expected PRIVATE+KEY+name+hash+key") from None
        if not text.startswith(_PRIVATE) or signer.verifier.key_hash.hex() != hash_:
            raise NoteInvalid("the private key is damaged: its hash does not fit")
        return signer

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), self.kind)

    def sign(self, text: str) -> bytes:
        """The raw signature, 64 bytes."""
        return self.sign_bytes(text.encode())

    def sign_bytes(self, data: bytes) -> bytes:
        """The raw signature over bytes, 64 bytes."""
        return self._key.sign(data)

    def line(self, text: str, time_s: int | None = None) -> str:
        """The signature line of a note. A witness has to say its time (Unix time, s)."""
        signature = self.sign(text)
        if self.kind == COSIGNATURE:
            if time_s is None:
                raise NoteInvalid("a cosignature needs the witness's time")
            stamp = time_s.to_bytes(8, "big")
            signature = stamp + self.sign_bytes(_cosigned(text, stamp))
        return f"{_SIGNATURE}{self.name} {to_text(self.verifier.key_hash + signature)}\n"


def _cosigned(text: str, stamp: bytes) -> bytes:
    return f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries and this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{to_text(self.root)}\n"

    def signed(self, signers: Iterable[Signer]) -> str:
        """The note: text, empty line, signature lines."""
        return self.text() + "\n" + "".join(s.line(self.text()) for s in signers)


@dataclass(frozen=True, slots=True)
class Line:
    """One signature line of a note: whose it says it is, and the signature."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was read, before any signature was checked."""

    text: str
    lines: tuple[Line, ...]

    @staticmethod
    def parse(note: str) -> Note:
        """Raises `NoteInvalid`."""
        text, separator, rest = note.partition("\n\n")
        if not separator or not rest.endswith("\n"):
            raise NoteInvalid("it is no signed note: expected text, an empty line, and signature lines")
        return Note(text + "\n", tuple(_line(line) for line in rest[:-1].split("\n")))

    def checkpoint(self) -> Checkpoint:
        """What was signed. Raises `NoteInvalid`."""
        lines = self.text.split("\n")
        try:
            origin, size, root = lines[:3]
            checkpoint = Checkpoint(origin, _size(size), from_text(root))
        except ValueError:
            raise NoteInvalid("it is no checkpoint: expected a name, a size and a root's hash, a line each") from None
        if len(checkpoint.root) != 32 or not origin:
            raise NoteInvalid("it is no checkpoint: the root's hash must have 32 bytes, the name some letters")
        return checkpoint

    def line_of(self, verifier: Verifier) -> Line | None:
        """The line of that key, checked; None where it has none. Raises `NoteInvalid` where it does not hold."""
        for line in self.lines:
            if (line.name, line.key_hash) == (verifier.name, verifier.key_hash):
                if not verifier.check(self.text, line.signature):
                    raise NoteInvalid(f"the signature of {line.name} does not hold")
                return line
        return None


def open_checkpoint(note: str, verifiers: Mapping[str, Verifier]) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint of a note and the names of the known keys that signed it, at least one.

    Lines of keys that are not known are passed over. Raises `NoteInvalid`: no known key signed it, a known one's
    signature does not hold, or it is no checkpoint.
    """
    read = Note.parse(note)
    names = [line.name for name, v in verifiers.items() if name == v.name and (line := read.line_of(v)) is not None]
    if not names:
        raise NoteInvalid("no key that is known here has signed it")
    in_order = [line.name for line in read.lines if line.name in names]
    return read.checkpoint(), tuple(dict.fromkeys(in_order))


def with_line(note: str, line: str) -> str:
    """The note with one more signature line; a line that is there already comes once."""
    return note if line in note else note + line


def _line(line: str) -> Line:
    name, _, encoded = line.removeprefix(_SIGNATURE).partition(" ")
    try:
        raw = from_text(encoded)
    except ValueError:
        raw = b""
    if not line.startswith(_SIGNATURE) or len(raw) < 5:
        raise NoteInvalid(f"it is no signed note: {line[:60]!r} is no signature line")
    return Line(name, raw[:4], raw[4:])


def _size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or (len(text) > 1 and text[0] == "0"):
        raise ValueError(text)
    return int(text)


def _name(name: str) -> str:
    if not name or any(c.isspace() or c == "+" for c in name):
        raise NoteInvalid(f"{name!r} cannot be a key's name: no spaces, no plus signs, not empty")
    return name
