"""Adapters by name. Anyone's package may add one: an entry point in the group `humanoid_fleet.adapters`."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from fleet.model.errors import NotFound
from robot_adapters.base import HumanoidAdapter

GROUP = "humanoid_fleet.adapters"


class BadAdapter(NotFound):
    """An adapter is registered under the name but cannot be used."""

    def __init__(self, name: str, target: str, problem: str) -> None:
        Exception.__init__(self, f"adapter {name!r} ({target}) cannot be used: {problem}")
        self.what, self.name = "adapter", name


def known_adapters() -> dict[str, EntryPoint]:
    """Entry points of all installed adapters, by name."""
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda p: p.name)}


def adapter_class(name: str) -> type[HumanoidAdapter]:
    """The adapter class of that name, loaded.

    Raises:
        NotFound: no such name; lists those there are.
        BadAdapter: its module does not import, or it is not a `HumanoidAdapter`.
    """
    known = known_adapters()
    if name not in known:
        raise NotFound("adapter", name, ", ".join(known) or "none: no package in this environment registers one")
    point = known[name]
    try:
        found = point.load()
    except Exception as error:
        raise BadAdapter(name, point.value, f"{type(error).__name__}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, HumanoidAdapter)):
        raise BadAdapter(name, point.value, "expected a subclass of robot_adapters.base.HumanoidAdapter")
    return found
