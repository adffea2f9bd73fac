from __future__ import annotations

import pytest

from tests.fleet.supervisor.building import Desk, a_robot


@pytest.fixture
def desk() -> Desk:
    return Desk(a_robot("r1"), a_robot("r2"))
