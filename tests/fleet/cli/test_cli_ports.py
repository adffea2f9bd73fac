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
    claim = DomainClaim(97)  # while this one is held, no ROS test that runs beside this one takes it
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        node.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        node.bind(("", 7400 + 250 * claim.domain_id))
        assert domain_in_use(claim.domain_id)
    assert not domain_in_use(claim.domain_id)
    claim.release()


def test_a_domain_that_a_ros_test_has_is_not_taken() -> None:
    free = DomainClaim(95)
    free.release()
    with socket.socket() as coordinator:
        coordinator.bind(("", 32768 + free.domain_id))  # what domain_coordinator does
        claim = DomainClaim(free.domain_id)
        claim.release()
        assert claim.domain_id != free.domain_id


def test_two_claims_get_different_domains() -> None:
    first = DomainClaim(96)
    second = DomainClaim(first.domain_id)
    try:
        assert first.domain_id != second.domain_id
    finally:
        first.release()
        second.release()
    third = DomainClaim(first.domain_id)
    assert third.domain_id == first.domain_id
    third.release()
