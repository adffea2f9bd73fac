"""The reference page names every field that files may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim_worlds import conditions_loader
from sim_worlds.people import ROUTINES, loader

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "people-and-conditions.md"
FIELDS = [
    *loader._FIELDS.split(),
    *ROUTINES,
    *conditions_loader._EYE,
    "confusion",
    *conditions_loader._LOCALISATION,
    *conditions_loader._BATTERY,
    "health_of",
    *conditions_loader._MANNERS,
]


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in (text := PAGE.read_text(encoding="utf-8")) or f"{name}:" in text
