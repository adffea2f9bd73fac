"""What lives in a world besides robots and boxes: people who walk, doors, a lift. Each part has its own module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sim_worlds.onboard.traffic import Mover
    from sim_worlds.world import World


class Part(Protocol):
    """One part of a world. Deterministic: randomness from `numpy.random.default_rng([world.seed, ...])` of its own."""

    name: str

    def think(self, world: World) -> None:
        """Once every `THINK_S`, after the faults and before the robots think."""

    def movers(self) -> Iterable[Mover]:
        """Circles on the floor that robots must reckon with now."""
        ...

    def digest(self) -> bytes:
        """All of its state, bit by bit; goes into `World.digest`."""
        ...

    def snapshot(self) -> dict[str, Any]:
        """Plain data for a checkpoint."""
        ...

    def restore(self, data: dict[str, Any]) -> None:
        """Back to what `snapshot` gave."""
