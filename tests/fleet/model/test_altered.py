"""Records with some fields changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from fleet.model.altered import altered
from fleet.model.evidence import Detection
from fleet.supervisor.state import FleetState


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    part: float

    def __post_init__(self) -> None:
        if not 0 <= self.part <= 1:
            raise ValueError(f"part: got {self.part}, expected a number from 0 to 1")


def test_a_copy_has_the_changes_and_all_the_rest() -> None:
    seen = Detection(subject_id="box", subject_kind="object", x=1.0, y=2.0, zone="store")
    moved = altered(seen, x=3.0, zone="")
    assert moved == replace(seen, x=3.0, zone="")
    assert seen.x == 1.0
    assert altered(FleetState(), events=3) == replace(FleetState(), events=3)


def test_a_record_that_checks_itself_is_checked_again() -> None:
    assert altered(Share(part=0.5), part=1.0).part == 1.0
    with pytest.raises(ValueError, match="from 0 to 1"):
        altered(Share(part=0.5), part=2.0)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'hight'"):
        altered(Detection(subject_id="box", subject_kind="object", x=1.0, y=2.0), hight=2.0)
