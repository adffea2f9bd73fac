"""One person's day: what they want now. A state machine of plain data, so that a checkpoint can hold it."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim_worlds.generators import restore_generator, snapshot_generator
from sim_worlds.people.spec import PersonSpec, Span

ARRIVED_M = 0.4
_PATIENCE_S = 8.0
_PROGRESS_M = 0.3
Point = tuple[float, float]


def generator(seed: int, person_id: str) -> np.random.Generator:
    """Of this person alone: adding somebody does not move anybody else's draws."""
    return np.random.default_rng([seed, zlib.crc32(b"person"), zlib.crc32(person_id.encode())])


@dataclass(slots=True)
class Walker:
    """Times in simulated s. `mode`: pause (until `until_s`), walk (to `goal`), stay (in the way), lying."""

    spec: PersonSpec
    rng: np.random.Generator
    home: Point
    """Where they started."""
    choices: tuple[Point, ...] = ()
    """Where a wanderer may go."""
    mode: str = "pause"
    goal: Point = (0.0, 0.0)
    until_s: float = math.inf
    leg: int = 0
    stopped_until_s: float = -1.0
    next_stop_s: float = math.inf
    attends_until_s: float = -1.0
    ill: str = "well"  # well -> lying -> helped
    best_m: float = math.inf
    best_s: float = 0.0
    helped_s: float = field(default=math.inf)

    def begin(self) -> None:
        if self.spec.routine == "walk" or self.spec.routine == "wander":
            self.until_s = float(self.rng.uniform(0.0, self.spec.pause_s[1]))
        elif self.spec.routine in ("cross", "doorway"):
            self.until_s = self._draw(self.spec.pause_s)
        if self.spec.stops_every_s is not None:
            self.next_stop_s = self._draw(self.spec.stops_every_s)

    def _draw(self, span: Span) -> float:
        return float(self.rng.uniform(*span))

    @property
    def lying(self) -> bool:
        return self.mode == "lying"

    def walks(self, now: float) -> bool:
        """Whether they are on their way at this moment."""
        return self.mode == "walk" and now >= self.stopped_until_s and now >= self.attends_until_s

    def think(self, now: float, x: float, y: float, left_m: float) -> None:
        """Change the mode where it is time to. `left_m` is the way left to the goal."""
        if self.ill == "well" and self.spec.falls_ill_at_s is not None and now >= self.spec.falls_ill_at_s:
            self.fall_ill(now)
        if self.lying:
            if now >= self.helped_s:
                self.ill, self.mode, self.until_s = "helped", "pause", now + 5.0
            return
        if self.mode in ("pause", "stay") and now >= self.until_s:
            self._set_out(now)
        elif self.mode == "walk" and now >= self.attends_until_s:
            self._on_the_way(now, x, y, left_m)

    def fall_ill(self, now: float) -> None:
        """Lie down where they are."""
        self.ill, self.mode = "lying", "lying"
        after = self.spec.helped_after_s
        self.helped_s = math.inf if after is None else now + after

    def _set_out(self, now: float) -> None:
        goal = self._next_goal()
        if goal is None:
            self.until_s = math.inf
            return
        self.mode, self.goal, self.best_m, self.best_s = "walk", goal, math.inf, now

    def _next_goal(self) -> Point | None:
        spec = self.spec
        if spec.routine == "stand":
            return None
        if spec.routine == "wander":
            return self.choices[int(self.rng.integers(len(self.choices)))] if self.choices else None
        if spec.routine == "doorway":
            self.leg += 1
            return spec.goals[0] if self.leg % 2 else self.home
        if spec.routine == "cross":
            self.leg += 1
            return spec.goals[-1] if self.leg % 2 else spec.goals[0]
        self.leg += 1
        return spec.goals[self.leg % len(spec.goals)]

    def _on_the_way(self, now: float, x: float, y: float, left_m: float) -> None:
        if now >= self.next_stop_s and self.spec.stops_every_s is not None:
            self.stopped_until_s = now + self._draw(self.spec.stops_for_s)
            self.next_stop_s = self.stopped_until_s + self._draw(self.spec.stops_every_s)
        if left_m < self.best_m - _PROGRESS_M or now < self.stopped_until_s:
            self.best_m, self.best_s = min(left_m, self.best_m), now
        # In a doorway they stand in the middle; elsewhere near enough is there, and so is who gets no further.
        near = 0.15 if self.spec.routine == "doorway" and self.leg % 2 else ARRIVED_M
        if math.hypot(self.goal[0] - x, self.goal[1] - y) < near or now - self.best_s > _PATIENCE_S:
            self._arrive(now)

    def _arrive(self, now: float) -> None:
        if self.spec.routine == "doorway" and self.leg % 2:
            self.mode, self.until_s = "stay", now + self._draw(self.spec.stay_s)
        else:
            self.mode, self.until_s = "pause", now + self._draw(self.spec.pause_s)

    def snapshot(self) -> dict[str, Any]:
        times = {k: getattr(self, k) for k in ("until_s", "next_stop_s", "best_m", "helped_s")}
        return {
            "random": snapshot_generator(self.rng),
            "finite": {k: v if math.isfinite(v) else None for k, v in times.items()},
            "goal": list(self.goal),
            **{k: getattr(self, k) for k in _PLAIN},
        }

    def restore(self, data: dict[str, Any]) -> None:
        restore_generator(self.rng, data["random"])
        for name, value in data["finite"].items():
            setattr(self, name, math.inf if value is None else value)
        for name in _PLAIN:
            setattr(self, name, data[name])
        self.goal = (data["goal"][0], data["goal"][1])


_PLAIN = ("mode", "leg", "stopped_until_s", "attends_until_s", "ill", "best_s")

__all__ = ["Walker", "generator"]
