"""The stage in its own process, and browser windows that fail the test on any script error or foreign request."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = __file__.rsplit("/tests/", 1)[0]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class StageProcess:
    """The stage, driven by lines (see `stage.py`)."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.api.console.stage", *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, bufsize=1
        )
        first = self._read()
        self.url: str = first["url"]
        self.first_token: str = first["token"]

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the stage ended with {self._process.wait(10)}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def act(self, do: str, **arguments: Any) -> Any:
        """Have the stage do something, and return what it says."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._read()
        assert "error" not in answer, answer["error"]
        return answer["ok"]

    def until(self, condition: Callable[[], Any], what: str, within_s: float = 20.0) -> Any:
        """Wait for the condition to give something true, and return that."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if found := condition():
                return found
            time.sleep(0.05)
        raise AssertionError(f"not within {within_s} s: {what}")

    def question(self, cause: str, *, not_in: tuple[str, ...] = ()) -> str:
        """The id of an open question with that cause, as soon as there is one."""

        def find() -> str | None:
            found = self.act("state", part="escalations")
            waiting = [k for k, e in found.items() if e["cause"] == cause and e["state"] in ("queued", "acknowledged")]
            return next((k for k in waiting if k not in not_in), None)

        return str(self.until(find, f"a question because of {cause}"))

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """End it, and see that it ended well."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(20) == 0
        finally:
            self._process.kill()


@dataclass
class Watched:
    """What went wrong in the windows of one test."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def stage() -> Iterator[StageProcess]:
    process = StageProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A browser for one module: while it is there, Playwright's event loop occupies the thread, and nobody else's
    test could run one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def window(browser: Any, watched: Watched) -> Iterator[Callable[..., Any]]:
    """Opens browser windows, each a person's own. Nothing may be fetched from anywhere but this machine."""
    contexts = []

    def open_window(**options: Any) -> Any:
        context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)

        def admit(route: Any) -> None:
            if urlsplit(route.request.url).hostname == "127.0.0.1":
                route.fallback()
            else:
                watched.foreign.append(route.request.url)
                route.abort()

        context.route("**/*", admit)
        page = context.new_page()
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("console", lambda m: watched.errors.append(m.text) if "Content Security Policy" in m.text else None)
        page.on("request", lambda r: None if _ours(r.url) else watched.foreign.append(r.url))
        page.on("websocket", lambda s: None if _ours(s.url) else watched.foreign.append(s.url))
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert watched.foreign == []
    assert watched.errors == []


def _ours(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"


@pytest.fixture
def logged_in(stage: StageProcess, window: Callable[..., Any]) -> Callable[..., Any]:
    """A window with the console open, for a new person with that role."""

    def log_in(name: str, role: str = "operator", view: str = "", **options: Any) -> Any:
        token = stage.act("invite", role=role)
        page = window(**options)
        page.goto(f"{stage.url}/console/login?next=/console/{view}#token={token}")
        page.fill("#name", f"{name} {time.monotonic_ns() % 10**6}")
        page.click("#go")
        page.wait_for_selector(".fc-header")
        return page

    return log_in
