"""Merkle trees of RFC 9162 (Certificate Transparency 2.0), section 2.1: hashes, proofs, and their verification.

Pure and small on purpose: nothing but the standard library, so that it can be read by whoever has to trust it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
NodeAt = Callable[[int, int], bytes]
"""The hash of the complete subtree number `index` of height `level`: it covers leaves index * 2^level and on."""


class ProofInvalid(ValueError):
    """A proof that does not prove what it is given for; says why."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_nodes(size: int, hash_: bytes, node: NodeAt) -> list[tuple[int, int, bytes]]:
    """The complete subtrees that leaf number `size` (from 0) finishes: (level, index, hash), the leaf itself first."""
    made = [(0, size, hash_)]
    level, index = 0, size
    while index % 2 == 1:
        hash_ = node_hash(node(level, index - 1), hash_)
        level, index = level + 1, index // 2
        made.append((level, index, hash_))
    return made


def root(size: int, node: NodeAt) -> bytes:
    """The root over the first `size` leaves."""
    return _range_hash(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeAt) -> list[bytes]:
    """PATH(index, D_size): what is needed to get from leaf `index` to the root over `size` leaves.

    Raises:
        ProofInvalid: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not among {size}")
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: NodeAt) -> list[bytes]:
    """PROOF(old, D_new): what is needed to see that the first `old` of `new` leaves are unchanged.

    Raises:
        ProofInvalid: `old` is 0 or more than `new`.
    """
    if not 0 < old <= new:
        raise ProofInvalid(f"no proof leads from {old} leaves to {new}")
    return _subproof(old, 0, new, True, node) if old < new else []


def verify_inclusion(hash_: bytes, index: int, size: int, proof: Sequence[bytes], root_: bytes) -> None:
    """RFC 9162, 2.1.3.2. Raises `ProofInvalid` unless leaf `hash_` is number `index` of the `size` under `root_`."""
    _hashes([hash_, root_, *proof])
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not among {size}")
    fn, sn, found = index, size - 1, hash_
    for step in proof:
        if sn == 0:
            raise ProofInvalid("the proof is too long")
        if fn % 2 == 1 or fn == sn:
            found = node_hash(step, found)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ProofInvalid("the proof is too short")
    if found != root_:
        raise ProofInvalid(f"leaf {index} does not lead to the root of {size} leaves")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """RFC 9162, 2.1.4.2. Raises `ProofInvalid` unless the log of `new` leaves goes on from that of `old` leaves."""
    _hashes([old_root, new_root, *proof])
    if not 0 < old <= new:
        raise ProofInvalid(f"no proof leads from {old} leaves to {new}")
    if old == new:
        if proof or old_root != new_root:
            raise ProofInvalid(f"two roots over the same {old} leaves: the log was forked or changed")
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a power of two: the old root is itself the first node
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("the proof is empty")
    fn, sn = old - 1, new - 1
    while fn % 2 == 1:
        fn, sn = fn >> 1, sn >> 1
    older = newer = path[0]
    for step in path[1:]:
        if sn == 0:
            raise ProofInvalid("the proof is too long")
        if fn % 2 == 1 or fn == sn:
            older, newer = node_hash(step, older), node_hash(step, newer)
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            newer = node_hash(newer, step)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ProofInvalid("the proof is too short")
    if older != old_root or newer != new_root:
        raise ProofInvalid(f"the log of {new} leaves does not go on from that of {old}: it was changed or forked")


def root_of(hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, made from scratch in one pass with little memory."""
    peaks: list[tuple[int, bytes]] = []  # complete subtrees from the left: (height, hash)
    for hash_ in hashes:
        level = 0
        while peaks and peaks[-1][0] == level:
            hash_ = node_hash(peaks.pop()[1], hash_)
            level += 1
        peaks.append((level, hash_))
    if not peaks:
        return EMPTY_ROOT
    found = peaks.pop()[1]
    while peaks:
        found = node_hash(peaks.pop()[1], found)
    return found


def _range_hash(start: int, end: int, node: NodeAt) -> bytes:
    """MTH(D[start:end]); `start` is a multiple of the largest power of two that fits."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    half = _split(size)
    return node_hash(_range_hash(start, start + half, node), _range_hash(start + half, end, node))


def _path(index: int, start: int, end: int, node: NodeAt) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, node), _range_hash(middle, end, node)]
    return [*_path(index, middle, end, node), _range_hash(start, middle, node)]


def _subproof(old: int, start: int, end: int, whole: bool, node: NodeAt) -> list[bytes]:
    if old == end:
        return [] if whole else [_range_hash(start, end, node)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_subproof(old, start, middle, whole, node), _range_hash(middle, end, node)]
    return [*_subproof(old, middle, end, False, node), _range_hash(start, middle, node)]


def _split(size: int) -> int:
    """The largest power of two below `size` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _hashes(values: Iterable[bytes]) -> None:
    for value in values:
        if len(value) != 32:
            raise ProofInvalid(f"a hash has {len(value)} bytes, expected 32")
