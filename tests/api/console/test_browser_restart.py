"""The server is killed under an open page and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.console.conftest import StageProcess

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_page_says_that_the_server_is_gone_and_recovers_with_what_was_typed(
    window: Callable[..., Any], tmp_path: Path
) -> None:
    first = StageProcess("--folder", str(tmp_path))
    blue = {"task_id": "b", "skill": "carry", "parameters": {"object": {"colour": "blue"}, "to": "table_1"}}
    first.act("mission", mission_id="M", title="Blue", tasks=[blue])
    question = first.question("ambiguous_instruction")
    page = window()
    page.goto(f"{first.url}/login?token={first.first_token}")
    page.click("#go")
    page.wait_for_selector(f".fc-card-top:has-text('{question}')")
    page.fill(".fc-decide textarea", "half a sen")
    first.kill()
    page.wait_for_selector(".fc-link.loud:has-text('no data for')")
    page.click("#fleet-hold-all")
    page.wait_for_selector("#fleet-hold-band.failed:has-text('USE THE EMERGENCY STOPS')")
    page.click('[data-option="object:blue_1"]')
    page.click(".fc-decide .fc-go")
    page.wait_for_selector(".fc-refused:has-text('sending again is safe')")

    second = StageProcess("--folder", str(tmp_path), "--port", str(urlsplit(first.url).port))
    page.wait_for_selector("#fleet-hold-band:not(.failed):has-text('ALL ROBOTS HELD by admin')", timeout=40_000)
    assert len(second.act("state", part="hold")["holding"]) == 12
    page.wait_for_selector(".fc-link:not(.loud):has-text('old')", timeout=40_000)
    assert page.input_value(".fc-decide textarea") == "half a sen"
    second.close()
