"""What all benchmarks share: timing, distributions, memory, and the form of the result.

The last line of a benchmark's output is one JSON object: `{"bench": name, "metrics": {name: {"value": number, "unit":
text, "aim": number or null, "better": "lower" or "higher"}}}`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One measured number. `aim` is what the project wants, None where nothing was promised."""

    value: float
    unit: str
    aim: float | None = None
    better: Better = "lower"

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.aim is None:
            return None
        return self.value <= self.aim if self.better == "lower" else self.value >= self.aim


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of all are not above (nearest rank); no interpolation, so that the
    number really occurred.

    Raises:
        ValueError: no samples, one that is not finite, or a share outside (0, 1].
    """
    if not samples or not all(map(math.isfinite, samples)):
        raise ValueError(f"a percentile needs finite samples, got {len(samples)} of them: {list(samples)[:5]}")
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, got {share}")
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


def spread(name: str, samples: Sequence[float], unit: str, aim_p99: float | None = None) -> dict[str, Metric]:
    """Median, p99 and maximum of `samples` as metrics `<name>_median`, `<name>_p99`, `<name>_max`.

    With fewer than 100 samples the p99 is the maximum; how many there were is printed by `finish`.
    """
    return {
        f"{name}_median": Metric(value=percentile(samples, 0.5), unit=unit),
        f"{name}_p99": Metric(value=percentile(samples, 0.99), unit=unit, aim=aim_p99),
        f"{name}_max": Metric(value=max(samples), unit=unit),
        f"{name}_samples": Metric(value=len(samples), unit="", better="higher"),
    }


def timed_ms(call: Callable[[], object], times: int) -> list[float]:
    """How long each of so many calls took, in ms."""
    samples = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        samples.append((time.perf_counter() - start) * 1e3)
    return samples


def in_use_mb() -> float:
    """Memory that this process alone has, in MB, after what is free again was given back to the system.

    Heap in pieces looks like a leak and is none; pages of libraries that others have too (they count less the more
    processes share them) say nothing about this one.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc: it keeps what it keeps
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return _own_status_mb("RssAnon:")


def peak_mb() -> float:
    """The most memory that this process has had since it began, in MB. Not `getrusage`'s: what that says of a process
    which another one has started begins with the other's."""
    return _own_status_mb("VmHWM:")


def _own_status_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))


def resident_mb(pid: int) -> float:
    """Memory of a process in MB: its share of what it has in memory (PSS) where the kernel tells, else all of it (RSS).

    Raises:
        ProcessLookupError: there is no such process.
    """
    for name, key in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{pid}/{name}").read_text().splitlines()
        except (FileNotFoundError, PermissionError):
            continue
        for line in lines:
            if line.startswith(key):
                return int(line.split()[1]) / 1024
    raise ProcessLookupError(f"no process {pid}, or its memory may not be read")


def finish(bench: str, metrics: dict[str, Metric]) -> str:
    """Print a table for people, then the one line for programs; returns that line.

    Raises:
        ValueError: a value is not finite: a benchmark that measured nothing must not look like one that did.
    """
    for name, metric in metrics.items():
        if not math.isfinite(metric.value):
            raise ValueError(f"{bench}.{name}: got {metric.value}, expected a finite number")
    width = max((len(name) for name in metrics), default=0)
    for name, metric in metrics.items():
        aim = ""
        if metric.aim is not None:
            sign = "<=" if metric.better == "lower" else ">="
            aim = f"  (aim {sign} {metric.aim:g}: {'met' if metric.met else 'MISSED'})"
        print(f"{name:<{width}}  {metric.value:12.3f} {metric.unit}{aim}")
    plain = {
        name: {"value": round(m.value, 4), "unit": m.unit, "aim": m.aim, "better": m.better}
        for name, m in metrics.items()
    }
    line = json.dumps({"bench": bench, "metrics": plain})
    print(line, flush=True)
    return line
