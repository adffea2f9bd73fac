"""How the options of open questions are tried ahead in copies of the simulated world."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.deployment.fields import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewSettings:
    """Rollouts of every option while a question waits: 4 runs, then 8, 16, ... up to `runs`."""

    runs: int = setting("at most so many runs of each option", default=16, low=1, high=1000)
    horizon_s: float = setting(
        "how far ahead: what would succeed later counts as not succeeded", default=120.0, unit="s", low=1, high=3600
    )
    enough: float = setting(
        "it is precise enough where every interval of success reaches at most so far to either side",
        default=0.1,
        low=0.0,
        high=0.5,
    )
    seed: int = setting("of the runs' luck; each question has its own from it", default=0, low=0, high=2**31 - 1)
    workers: int = setting("runs at the same time", default=1, low=1, high=64)
    patience_s: float = setting(
        "real time for one round; what was not run by then is left out", default=60.0, unit="s", low=1, high=3600
    )
    exact: bool = setting(
        "walking robots (tier T2) walk by their joints in rollouts too; otherwise they are moved (many times faster)",
        default=False,
    )
