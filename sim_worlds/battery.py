"""What batteries give and take besides idle and joint power: computing, loads, a charger that tapers, age."""

from __future__ import annotations

from sim_worlds.conditions import BatterySpec

_LEAST_SHARE = 0.05


class Batteries:
    """The battery model of one world's robots. Powers in W, energies in Wh."""

    def __init__(self, spec: BatterySpec) -> None:
        self.spec = spec

    def health(self, robot_id: str) -> float:
        """Capacity left, as a share of the data sheet's."""
        return self.spec.health_of.get(robot_id, self.spec.health)

    def load_w(self, held_kg: float) -> float:
        """For computing, and for holding up `held_kg`."""
        return self.spec.computing_w + self.spec.payload_w_per_kg * held_kg

    def charge_w(self, fraction: float) -> float:
        """What the dock gives at this state of charge (0..1): all of it up to `taper_from`, then ever less."""
        if fraction <= self.spec.taper_from or self.spec.taper_from >= 1.0:
            return self.spec.charge_w
        missing = (1.0 - fraction) / (1.0 - self.spec.taper_from)
        return self.spec.charge_w * max(missing, _LEAST_SHARE)


__all__ = ["Batteries"]
