"""A private key behind a passphrase: the file's text is worth nothing to who has only the file.

The first line names the key, its hash, its kind and a salt; then follows PKCS #8 in PEM, encrypted as the
`cryptography` package thinks best (PBES2 with AES-256 now). Its password is scrypt (RFC 7914) of the passphrase and the
salt, hex: PBES2 alone would let whoever has the file try thousands of passphrases a second.
"""

from __future__ import annotations

import hashlib
import unicodedata

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fleet.audit.notes import COSIGNATURE, ED25519, NoteInvalid, Signer

LEAST = 8  # characters of a passphrase
_SEALED = "SEALED+KEY+"
_HEAD = "the first line is damaged; expected SEALED+KEY+name+hash+kind+salt"
_SALT = 16  # bytes
_COST = 2**15  # scrypt's n: 32 MB and about 0.1 s for each try


class WrongPassphrase(NoteInvalid):
    """The passphrase does not open the key."""


def is_sealed(text: str) -> bool:
    """Whether it is the text of a key behind a passphrase."""
    return text.startswith(_SEALED)


def seal(signer: Signer, passphrase: str) -> str:
    """The text of a file. Raises `ValueError` for a passphrase of fewer than `LEAST` characters."""
    if len(passphrase) < LEAST:
        raise ValueError(f"a passphrase of at least {LEAST} characters")
    key = Ed25519PrivateKey.from_private_bytes(signer.private)
    # Another one for each key, which is what a salt is for; and what follows it has a random one of its own.
    salt = hashlib.sha256(b"salt of " + signer.verifier.public).digest()[:_SALT]
    hidden = BestAvailableEncryption(_password(passphrase, salt))
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden).decode()
    return f"{_SEALED}{signer.name}+{signer.verifier.key_hash.hex()}+{signer.kind}+{salt.hex()}\n{encrypted}"


def unseal(text: str, passphrase: str) -> Signer:
    """The key in `seal()`'s text. Raises `WrongPassphrase`, or `NoteInvalid` for a text that is damaged."""
    head, _, pem = text.partition("\n")
    try:
        name, hash_, number, salt = head.strip().removeprefix(_SEALED).split("+")
        kind, password = int(number), _password(passphrase, bytes.fromhex(salt))
    except ValueError:
        raise NoteInvalid(_HEAD) from None
    if not is_sealed(head) or kind not in (ED25519, COSIGNATURE):
        raise NoteInvalid(_HEAD)
    key = _opened(pem, password)
    signer = Signer(name, key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()), kind)
    if signer.verifier.key_hash.hex() != hash_:
        raise NoteInvalid("the private key is damaged: its hash does not fit")
    return signer


def _password(passphrase: str, salt: bytes) -> bytes:
    text = unicodedata.normalize("NFC", passphrase)  # keyboards differ in how they compose a letter
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(text.encode()).hex().encode()


def _opened(pem: str, password: bytes) -> Ed25519PrivateKey:
    damaged = NoteInvalid("what follows the first line is no encrypted Ed25519 key")
    if "BEGIN ENCRYPTED PRIVATE KEY" not in pem or "END ENCRYPTED PRIVATE KEY" not in pem:
        raise damaged
    try:
        key = load_pem_private_key(pem.encode(), password)
    except UnsupportedAlgorithm:
        raise damaged from None
    except ValueError:  # of what is decrypted nobody can tell which of the two it is
        raise WrongPassphrase("the passphrase does not open it, or the file is damaged") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise damaged
    return key
