"""pytest plugin: the option `--adapter` and the fixture `rig` of the conformance suite.

A plugin by entry point and not a conftest, because pytest does not read options from the conftest of a package that is
named with `--pyargs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from robot_adapters.conformance.rig import Rig


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--adapter`."""
    parser.getgroup("humanoid fleet").addoption(
        "--adapter",
        metavar="NAME",
        default=None,
        help="adapter to run robot_adapters.conformance against: a name registered under humanoid_fleet.conformance, "
        "or package.module:function that returns a Rig",
    )


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A fresh robot for one test: described, not yet connected."""
    from robot_adapters.conformance.rig import load_rig

    name = request.config.getoption("--adapter")
    if name is None:
        pytest.skip("no adapter named: --adapter NAME")
    made = load_rig(name)()
    try:
        yield made
    finally:
        made.close()
