"""Nav2 maps become sites: occupied cells are solid, unknown ones forbidden, and the origin is the map's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fleet.model.site import PlaceKind
from sim_worlds.errors import SiteError
from sim_worlds.grid import Grid
from sim_worlds.importers import import_site
from sim_worlds.importers.cells import rectangles
from sim_worlds.site import Site
from sim_worlds.site_loader import SiteLoader

OCCUPIED, FREE, UNKNOWN = 0, 254, 205
YAML = (
    "image: map.pgm\nresolution: 0.05\norigin: [-2.0, 1.0, 0.0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n"
)


def room() -> np.ndarray:
    """6 m x 4 m with walls, a pillar near the lower left corner, and an unknown corner at the upper right."""
    cells = np.full((80, 120), FREE, dtype=np.uint8)
    cells[:2] = cells[-2:] = OCCUPIED
    cells[:, :2] = cells[:, -2:] = OCCUPIED
    cells[60:66, 20:24] = OCCUPIED
    cells[2:12, 100:118] = UNKNOWN
    return cells


def written(folder: Path, cells: np.ndarray, yaml: str = YAML, name: str = "map.pgm") -> Path:
    Image.fromarray(cells).save(folder / name)
    (folder / "map.yaml").write_text(yaml, encoding="utf-8")
    return folder / "map.yaml"


def site_of(path: Path) -> Site:
    return SiteLoader.from_text(import_site(path).text).load()


def test_a_map_becomes_a_site_in_its_own_frame(tmp_path: Path) -> None:
    site = site_of(written(tmp_path, room()))
    assert site.bounds == (-2.0, 1.0, 4.0, 5.0)
    grid = Grid(site)
    assert grid.solid[grid.cell(-0.9, 1.85)]  # the pillar: columns 20 to 23, rows 60 to 65 from the top
    assert not grid.solid[grid.cell(-0.9, 4.0)]
    assert grid.solid[grid.cell(3.5, 4.7)]
    assert {a.kind for a in site.forbidden.values()} == {"unknown"}
    assert all(grid.solid[grid.cell(x, 3.0)] for x in (-1.97, 3.97))


def test_docks_are_placed_along_walls_and_it_says_so(tmp_path: Path) -> None:
    imported = import_site(written(tmp_path, room()), docks=3)
    site = SiteLoader.from_text(imported.text).load()
    assert sum(p.kind is PlaceKind.DOCK for p in site.places.values()) == 3
    assert any("no chargers" in line for line in imported.remarks)


def test_png_negated_and_scaled_maps_mean_the_same(tmp_path: Path) -> None:
    plain = site_of(written(tmp_path, room()))
    negated = YAML.replace("map.pgm", "map.png").replace("negate: 0", "negate: 1") + "mode: scale\n"
    alpha = np.where(room() == UNKNOWN, 0, 255).astype(np.uint8)
    shown = np.dstack([255 - room()] * 3 + [alpha])
    other = site_of(written(tmp_path, shown, negated, "map.png"))
    assert {f.rect for f in other.furniture.values()} == {f.rect for f in plain.furniture.values()}
    assert {f.rect for f in other.forbidden.values()} == {f.rect for f in plain.forbidden.values()}


def test_raw_maps_hold_per_cent(tmp_path: Path) -> None:
    raw = np.select([room() == OCCUPIED, room() == FREE], [100, 0], 255).astype(np.uint8)
    assert len(site_of(written(tmp_path, raw, YAML + "mode: raw\n")).furniture) == len(
        site_of(written(tmp_path, room())).furniture
    )


def test_rectangles_cover_exactly_the_cells() -> None:
    cells = np.random.default_rng(3).random((40, 50)) < 0.4
    again = np.zeros_like(cells)
    for top, left, bottom, right in rectangles(cells):
        assert not again[top:bottom, left:right].any()
        again[top:bottom, left:right] = True
    assert (again == cells).all()
    assert rectangles(np.ones((5, 7), dtype=bool)) == [(0, 0, 5, 7)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("map.pgm", "gone.pgm", "line 1: image: got 'gone.pgm', expected the path of an image"),
        ("map.pgm", "map.yaml", "expected an image that can be read (PGM, PNG, BMP)"),
        (
            "resolution: 0.05",
            "resolution: 0",
            "line 2: resolution: got '0', expected a number from 0.005 to 1 m a pixel",
        ),
        ("resolution: 0.05\n", "", "missing field 'resolution'"),
        ("0.0]", "0.5]", "line 3: origin: got [-2.0, 1.0, 0.5], expected a yaw of 0"),
        ("[-2.0, 1.0, 0.0]", "[-2.0, 1.0]", "expected a list of 3 numbers"),
        ("free_thresh: 0.196", "free_thresh: 0.9", "expected a free_thresh below occupied_thresh"),
        ("negate: 0", "negate: 0\nmode: colour", "line 5: mode: got 'colour', expected one of: trinary, scale, raw"),
        ("negate: 0\n", "", "missing field 'negate'"),
    ],
)
def test_a_broken_map_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = written(tmp_path, room(), YAML.replace(old, new))
    with pytest.raises(SiteError) as caught:
        import_site(path)
    assert says in str(caught.value)
    assert "map.yaml" in str(caught.value)


def test_what_is_neither_kind_of_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("robots: []\n", encoding="utf-8")
    with pytest.raises(SiteError, match=r"x.yaml, line 1: the file: got \['robots'\], expected a Nav2 map"):
        import_site(tmp_path / "x.yaml")
