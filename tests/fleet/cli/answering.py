"""An API for tests of commands: it answers with what it was given, and remembers what was posted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Answering:
    """Stands where a command opens its client."""

    def __init__(self, get: Callable[[str], Any], posted: Any) -> None:
        self.called: list[tuple[str, Any]] = []
        self.get = get
        self._posted = posted

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to let go of."""

    def post(self, path: str, body: Any) -> Any:
        self.called.append((path, body))
        return self._posted
