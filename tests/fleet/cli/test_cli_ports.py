from __future__ import annotations

import socket

import pytest

from fleet.cli.ports import DomainClaim, PortClaim, domain_in_use, free_port, port_is_free
from fleet.model.errors import InvalidField


def test_a_port_that_is_taken_is_not_free() -> None:
    port = free_port("127.0.0.1")
    assert port_is_free("127.0.0.1", port)
    with socket.socket() as server:
        server.bind(("127.0.0.1", port))
        server.listen()
        assert not port_is_free("127.0.0.1", port)


def test_a_port_is_claimed_by_one_and_another_is_chosen_where_any_will_do() -> None:
    with PortClaim("127.0.0.1", 0, exactly=False) as first:
        with PortClaim("127.0.0.1", first.port, exactly=False) as second:
            assert first.port != second.port
        with pytest.raises(InvalidField, match=rf"api\.port: got {first.port}, expected a port that is free"):
            PortClaim("127.0.0.1", first.port, exactly=True)
    with PortClaim("127.0.0.1", first.port, exactly=True) as again:
        assert again.port == first.port


def test_a_domain_where_somebody_listens_is_in_use() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        node.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        node.bind(("", 7400 + 250 * 97))
        assert domain_in_use(97)
    assert not domain_in_use(97)


def test_a_domain_that_a_ros_test_has_is_not_taken() -> None:
    with socket.socket() as coordinator:
        coordinator.bind(("", 32768 + 95))  # what domain_coordinator does
        claim = DomainClaim(95)
        claim.release()
        assert claim.domain_id != 95


def test_two_claims_get_different_domains() -> None:
    first, second = DomainClaim(96), DomainClaim(96)
    try:
        assert first.domain_id != second.domain_id
    finally:
        first.release()
        second.release()
    third = DomainClaim(96)
    assert third.domain_id == 96
    third.release()
