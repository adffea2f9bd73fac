# ruff: noqa: RUF009 - `setting` makes a dataclass field, as dataclasses.field does
"""What a deployment or a scenario says about the gate, and the gate that comes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from fleet.deployment.fields import setting
from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.gate import Gate, Prices
from fleet.escalation.gate.store import CalibrationData, Key, read_data
from fleet.model.errors import InvalidField
from fleet.model.severity import Severity

SHIPPED, NONE = "shipped", "none"
_DATA = Path(__file__).resolve().parent.parent / "data"
SHIPPED_FILE = _DATA / "shipped.jsonl"
SITES = ("assembly", "warehouse")
"""Shipped sites with examples of their own beside what is shipped for all."""
_NAMES = ", ".join((SHIPPED, NONE, *SITES))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseSettings:
    """What is promised for a decision class, at every severity. What is left out is as the calibration file has it."""

    epsilon: float | None = setting(
        "how often the set of options may miss every right one", default=None, low=0.001, high=0.5
    )
    alpha: float | None = setting(
        "how often the fleet may act and be wrong, of all its decisions", default=None, low=0.001, high=0.5
    )
    least: int | None = setting("past cases below which it always asks", default=None, low=1, high=1_000_000)
    novelty: float | None = setting("p-values at or below this have no precedent", default=None, low=0.0001, high=0.5)
    gamma: float | None = setting("step of the adaptive level; 0: it stays", default=None, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """When the fleet decides by itself, and when it asks ([how](../how-to/act-or-ask.md))."""

    calibration: str = setting(
        "shipped (learned from simulation), assembly or warehouse (the same, with shifts on those sites), "
        "none (it asks about everything), or a file of `fleet calibrate`, from this file",
        default=SHIPPED,
    )
    question_s: float = setting("what a question costs", default=30.0, low=0.0, high=1e6, unit="s of a person's time")
    load_factor: float = setting(
        "how many times as dear it is for an operator who has as many as can be borne", default=1.0, low=0.0, high=1e3
    )
    promises: dict[str, PromiseSettings] = setting("by decision class, e.g. which_object", factory=dict)


def with_path(settings: GateSettings, folder: Path) -> GateSettings:
    """With an absolute path. Raises `InvalidField` for a file that is not there."""
    if settings.calibration in (SHIPPED, NONE, *SITES):
        return settings
    path = (folder / Path(settings.calibration).expanduser()).resolve()
    if not path.is_file():
        wanted = f"{_NAMES}, or a file that is there (looked for {path})"
        raise InvalidField("gate.calibration", settings.calibration, wanted)
    return replace(settings, calibration=str(path))


def data_of(settings: GateSettings) -> CalibrationData:
    """The calibration data that the settings name. Raises `InvalidField`, naming file and line."""
    found: CalibrationData | None = None
    for path in _files(settings):
        if not path.is_file():
            raise InvalidField("gate.calibration", settings.calibration, f"{_NAMES}, or a file ({path} is not there)")
        read = _read(path, path.stat().st_mtime_ns)
        found = read if found is None else _at_site(found, read)
    return found or CalibrationData()


def _at_site(every: CalibrationData, site: CalibrationData) -> CalibrationData:
    """Past decisions of the site alone where there are enough of a class: the next one there is like those, and
    not like those of other sites. Elsewhere both."""
    own = {key for key, made in site.calibrations(every.promises).items() if made.enough}
    rest = replace(every, cases=tuple(c for c in every.cases if c.key not in own))
    return rest.plus(replace(site, promises=every.promises))


def _files(settings: GateSettings) -> tuple[Path, ...]:
    """What the settings name, what is for all sites first; nothing for `none`."""
    if settings.calibration in SITES:
        return SHIPPED_FILE, _DATA / f"{settings.calibration}.jsonl"
    if settings.calibration == NONE:
        return ()
    return (SHIPPED_FILE if settings.calibration == SHIPPED else Path(settings.calibration),)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> CalibrationData:
    return read_data(path)


def gate_of(settings: GateSettings) -> Gate:
    """The gate. Raises `InvalidField` for data that cannot be read."""
    changed = tuple(path.stat().st_mtime_ns for path in _files(settings) if path.is_file())
    key = (repr(settings), changed)
    if key not in _gates:
        if len(_gates) >= _KEPT_GATES:
            _gates.clear()
        _gates[key] = _made(settings)
    return _gates[key]


_KEPT_GATES = 8
# Gates never change; scenarios make hundreds of contexts with the same one.
_gates: dict[tuple[str, tuple[int, ...]], Gate] = {}


def _made(settings: GateSettings) -> Gate:
    data = data_of(settings)
    promises = promised(data, settings)
    prices = Prices(question=settings.question_s, load_factor=settings.load_factor)
    return Gate(data.calibrations(promises), prices, promises)


def promised(data: CalibrationData, settings: GateSettings) -> dict[Key, Promise]:
    """The data's promises with those of the settings on top."""
    found: dict[Key, Promise] = {}
    named = [(name, severity) for name in settings.promises for severity in Severity]
    for key in {*data.classes(), *data.promises, *named}:
        promise = data.promises.get(key, Promise())
        changed = settings.promises.get(key[0])
        if changed is not None:
            promise = replace(promise, **{k: v for k, v in asdict(changed).items() if v is not None})
        found[key] = promise
    return found
