"""Pictures of a run: stills of the moments that matter, and a GIF of all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from fleet.model.errors import InvalidField
from fleet.scenario.reports.picture import Painter, write_gif, write_stills
from tests.fleet.scenario.reports.recorded import a_run, not_done

BLUE = (45, 108, 184)


def test_stills_show_start_faults_questions_what_broke_and_the_end(tmp_path: Path) -> None:
    names = [p.name for p in write_stills(a_run(2, broken=True), tmp_path)]
    assert names == [
        "still-00000.0s-start.png",
        "still-00029.5s-fault-knee.png",
        "still-00031.0s-question-esc-1.png",
        "still-00070.0s-fault-radio.png",
        "still-00091.0s-broken-3.png",
        "still-00120.0s-broken-2.png",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == names


def test_a_robot_is_drawn_where_it_was() -> None:
    painter = Painter(a_run(1))
    scale = (960 - 24) / 20
    # Left of its middle: the nose is white. iron_1 starts at (2, 6) and is at (11, ...) after 90 s.
    x, y = round(12 + 2 * scale - 0.25 * scale), round(52 + (12 - 6) * scale)
    assert painter.frame(0.0).getpixel((x, y)) == BLUE
    assert painter.frame(90.0).getpixel((x, y)) != BLUE


def test_the_gif_shows_the_whole_run_in_a_bounded_number_of_frames(tmp_path: Path) -> None:
    path = write_gif(a_run(1), tmp_path / "run.gif", most_frames=20)
    with Image.open(path) as picture:
        assert 15 <= picture.n_frames <= 21  # type: ignore[attr-defined]
        assert picture.info["duration"] == 100
    assert [p.name for p in tmp_path.iterdir()] == ["run.gif"]


def test_a_run_without_a_world_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match="this record has no floor plan"):
        write_stills(not_done(), tmp_path)


def test_pictures_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InvalidField, match=r"taken.*a folder in which pictures can be written"):
        write_stills(a_run(1), tmp_path / "taken")
    with pytest.raises(InvalidField, match="a folder in which pictures can be written"):
        write_gif(a_run(1), tmp_path / "taken" / "run.gif")
