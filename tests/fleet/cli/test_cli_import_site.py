"""`fleet sim import-site`: writes a site file that loads, says what was left out, and never overwrites by accident."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from fleet.cli.main import app, main
from sim_worlds.site import load_site

YAML = "image: m.png\nresolution: 0.1\norigin: [0, 0, 0]\nnegate: 0\noccupied_thresh: 0.65\nfree_thresh: 0.196\n"


@pytest.fixture
def nav2_map(tmp_path: Path) -> Path:
    cells = np.full((40, 60), 254, dtype=np.uint8)
    cells[0] = cells[-1] = 0
    cells[:, 0] = cells[:, -1] = 0
    Image.fromarray(cells).save(tmp_path / "m.png")
    (tmp_path / "m.yaml").write_text(YAML, encoding="utf-8")
    return tmp_path / "m.yaml"


def test_a_map_becomes_a_site_file(nav2_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "site.yaml"
    done = CliRunner().invoke(app, ["sim", "import-site", str(nav2_map), "--out", str(out), "--docks", "2"])
    assert done.exit_code == 0, done.output
    assert "2 docks were placed along walls" in done.output
    assert len(load_site(out).places) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--out", "{map}"], "expected a file that is not there yet, or --overwrite"),
        (["--out", "{map}.new", "--level", "L1"], "level: got 'L1', expected none: a Nav2 map has one level"),
        (["--out", "/nowhere/at/all.yaml"], "expected a file that can be written"),
    ],
)
def test_what_cannot_be_done_ends_with_code_2(
    nav2_map: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = [a.format(map=nav2_map) for a in arguments]
    monkeypatch.setattr("sys.argv", ["fleet", "sim", "import-site", str(nav2_map), *filled])
    assert main() == 2
    assert says in " ".join(capsys.readouterr().err.split())
