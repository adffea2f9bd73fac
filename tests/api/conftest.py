from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fleet.model.requests import Role
from tests.api.hall import Hall


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One fleet for all tests of a module: they leave it as they found it, or do not mind."""
    yield from _running(Hall(tmp_path_factory.mktemp("hall")))


@pytest.fixture
def own_hall(tmp_path: Path) -> Iterator[Hall]:
    """A fleet that the test may leave in any state."""
    yield from _running(Hall(tmp_path, heartbeat_s=0.2, slow_client_s=0.5))


def _running(hall: Hall) -> Iterator[Hall]:
    hall.start()
    yield hall
    hall.stop()


@pytest.fixture
def ana(hall: Hall) -> httpx.Client:
    return hall.client("Ana", Role.OPERATOR)


@pytest.fixture
def vic(hall: Hall) -> httpx.Client:
    return hall.client("Vic", Role.VIEWER)


@pytest.fixture
def root(hall: Hall) -> httpx.Client:
    return hall.client("Root", Role.ADMIN)
