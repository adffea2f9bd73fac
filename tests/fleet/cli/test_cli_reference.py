from __future__ import annotations

from pathlib import Path

import pytest

from fleet.cli.reference import cli_page, deployment_page
from sim_worlds.faults.reference import faults_page

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "page"), [("deployment-file.md", deployment_page), ("cli.md", cli_page), ("faults.md", faults_page)]
)
def test_the_page_is_what_the_program_says(name: str, page: object) -> None:
    assert callable(page)
    assert (REFERENCE / name).read_text(encoding="utf-8") == page(), "run `python -m fleet.cli.reference`"


def test_every_field_of_a_deployment_is_explained() -> None:
    for line in deployment_page().splitlines():
        if line.startswith("| `"):
            assert line.split("|")[4].strip(), line
