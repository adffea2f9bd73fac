"""Proofs of RFC 9162: each holds, and none holds after any change."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.audit import merkle as m


class Tree:
    """A log in memory."""

    def __init__(self, size: int) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.leaves = [m.leaf_hash(str(i).encode()) for i in range(size)]
        for i, leaf in enumerate(self.leaves):
            self.nodes.update({(lv, ix): h for lv, ix, h in m.complete_nodes(i, leaf, self)})

    def __call__(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def naive(hashes: list[bytes]) -> bytes:
    """MTH as the RFC defines it, by the book."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return m.node_hash(naive(hashes[:k]), naive(hashes[k:]))


BIG = Tree(300)


def test_the_published_vectors_of_certificate_transparency() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [m.leaf_hash(bytes.fromhex(x)) for x in inputs]
    assert m.root_of(leaves[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert m.root_of(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(0, 70))
def test_roots_are_what_the_definition_says(size: int) -> None:
    assert m.root(size, BIG) == naive(BIG.leaves[:size]) == m.root_of(BIG.leaves[:size])


@given(st.integers(1, 300), st.data())
def test_every_leaf_is_proved(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = m.inclusion_proof(index, size, BIG)
    m.verify_inclusion(BIG.leaves[index], index, size, proof, m.root(size, BIG))
    assert len(proof) <= size.bit_length()


@given(st.integers(1, 300), st.data())
def test_every_earlier_size_is_proved(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = m.consistency_proof(old, new, BIG)
    m.verify_consistency(old, new, m.root(old, BIG), m.root(new, BIG), proof)


@given(st.integers(2, 300), st.data())
def test_no_changed_inclusion_proof_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = m.inclusion_proof(index, size, BIG), m.root(size, BIG)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
    spoiled = [
        (BIG.leaves[other], index, size, proof, root),
        (BIG.leaves[index], other, size, proof, root),
        (BIG.leaves[index], index, size, proof[:-1], root),
        (BIG.leaves[index], index, size, [*proof, root], root),
        (BIG.leaves[index], index, size, _flipped(proof, data), root),
        (BIG.leaves[index], index, size, proof, _flipped([root], data)[0]),
        (BIG.leaves[index], index + size, size, proof, root),
    ]
    for arguments in spoiled:
        with pytest.raises(m.ProofInvalid):
            m.verify_inclusion(*arguments)


@given(st.integers(2, 300), st.data())
def test_no_changed_consistency_proof_holds(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof, roots = m.consistency_proof(old, new, BIG), (m.root(old, BIG), m.root(new, BIG))
    spoiled = [
        (old, new, roots[1], roots[0], proof),
        (old, new, *roots, proof[:-1]),
        (old, new, *roots, [*proof, roots[0]]),
        (old, new, *roots, _flipped(proof, data)),
        (old, new, _flipped([roots[0]], data)[0], roots[1], proof),
        (old, new, roots[0], _flipped([roots[1]], data)[0], proof),
        (0, new, *roots, proof),
        (new + 1, new, *roots, proof),
    ]
    for arguments in spoiled:
        with pytest.raises(m.ProofInvalid):
            m.verify_consistency(*arguments)


def test_a_fork_of_the_same_size_is_seen() -> None:
    with pytest.raises(m.ProofInvalid, match="fork"):
        m.verify_consistency(5, 5, m.root(5, BIG), m.root(6, BIG), [])


def test_hashes_of_another_length_are_refused() -> None:
    with pytest.raises(m.ProofInvalid, match="3 bytes"):
        m.verify_inclusion(b"abc", 0, 1, [], m.root(1, BIG))


def _flipped(hashes: list[bytes], data: st.DataObject) -> list[bytes]:
    """One bit of one hash changed."""
    which, bit = data.draw(st.integers(0, len(hashes) - 1)), data.draw(st.integers(0, 255))
    changed = bytearray(hashes[which])
    changed[bit // 8] ^= 1 << (bit % 8)
    return [*hashes[:which], bytes(changed), *hashes[which + 1 :]]
