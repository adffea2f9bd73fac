"""What an option is expected to lead to: a prediction, and what copies of the simulated world showed of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.model.errors import InvalidField
from fleet.model.wire import canonical, decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What an option is expected to lead to. `basis` says how it is known; None is "not known".

    `makes_late` are tasks that would end after their deadlines, or (in a preview) that would end later or not at all.
    `success_low` and `success_high` bound the probability of success with 95 % confidence. `closest_person_m` is the
    tenth percentile over runs of the least gap between a moving robot and a person (of up to ten runs: the least);
    `falls` the share of runs in which a robot fell. `runs` is how many rollouts this rests on (0: none), `seed` what
    their luck was drawn from.
    """

    basis: str
    success: float | None = None
    duration_s: float | None = None
    energy_wh: float | None = None
    makes_late: tuple[str, ...] | None = None
    success_low: float | None = None
    success_high: float | None = None
    runs: int = 0
    closest_person_m: float | None = None
    falls: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A short look at the median run. `frames[k][i]` is where `subjects[i]` is, (x, y) in m, `k * period_s` seconds
    after the world was copied; `kinds[i]` is `robot`, `person` or `box`. Only what moves and what the option is about.
    """

    period_s: float
    subjects: tuple[str, ...]
    kinds: tuple[str, ...]
    frames: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionPreview:
    """What rollouts of the live world showed of one option. `problems` says in how many runs something went wrong, and
    what; `replay` is None where nothing was recorded."""

    option_id: str
    prediction: Prediction
    problems: tuple[str, ...] = ()
    replay: Replay | None = None


@dataclass(frozen=True, slots=True)
class _Previews:
    previews: tuple[OptionPreview, ...]


def digest_of_previews(before: str, previews: Sequence[OptionPreview]) -> str:
    """SHA-256 over these previews and the digest of the ones that they replace (empty: there were none).

    Such a chain names one history: whoever saw this digest saw exactly these previews.

    Raises:
        InvalidField: values that JSON cannot hold.
    """
    body = canonical(decode(_Previews, canonical(_Previews(tuple(previews)))))  # 2 and 2.0 have one digest
    return hashlib.sha256(before.encode() + b"\n" + body).hexdigest()


def check_replay(replay: Replay, where: str) -> None:
    """Raise `InvalidField` for a replay whose parts do not fit together."""
    wanted = len(replay.subjects)
    if not replay.period_s > 0:
        raise InvalidField(f"{where}.period_s", replay.period_s, "seconds between two frames, above 0")
    if len(replay.kinds) != wanted:
        raise InvalidField(f"{where}.kinds", len(replay.kinds), f"one for each of the {wanted} subjects")
    for k, frame in enumerate(replay.frames):
        if len(frame) != wanted:
            raise InvalidField(f"{where}.frames[{k}]", len(frame), f"one position for each of the {wanted} subjects")
