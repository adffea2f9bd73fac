"""A benchmark's last line is what programs read; its numbers must have occurred."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import allocation, journal
from benchmarks._harness import Metric, finish, percentile, resident_mb, spread, timed_ms


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0.001, 1))
def test_a_percentile_is_a_sample_and_that_share_is_not_above_it(samples: list[float], share: float) -> None:
    value = percentile(samples, share)
    assert value in samples
    assert sum(s <= value for s in samples) >= share * len(samples) - 1e-9


def test_the_p99_of_a_hundred_is_the_second_largest_and_of_a_few_the_largest() -> None:
    assert percentile([float(k) for k in range(100)], 0.99) == 98.0
    assert percentile([1.0, 5.0, 3.0], 0.99) == 5.0


@pytest.mark.parametrize(("samples", "share"), [([], 0.5), ([1.0, float("nan")], 0.5), ([1.0], 0.0), ([1.0], 1.5)])
def test_a_percentile_of_nothing_is_refused(samples: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"percentile|share"):
        percentile(samples, share)


def test_the_last_line_is_one_json_object_of_the_agreed_form(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = {
        "fast": Metric(value=2.5, unit="ms", aim=3.0),
        "rate": Metric(value=2.0, unit="1/s", aim=3.0, better="higher"),
    }
    line = finish("sample", metrics)
    out = capsys.readouterr().out.rstrip().split("\n")
    assert out[-1] == line
    assert json.loads(line) == {
        "bench": "sample",
        "metrics": {
            "fast": {"value": 2.5, "unit": "ms", "aim": 3.0, "better": "lower"},
            "rate": {"value": 2.0, "unit": "1/s", "aim": 3.0, "better": "higher"},
        },
    }
    assert "aim <= 3: met" in out[0]
    assert "aim >= 3: MISSED" in out[1]


def test_a_number_that_was_not_measured_is_not_reported() -> None:
    with pytest.raises(ValueError, match=r"sample\.x: got nan"):
        finish("sample", {"x": Metric(value=float("nan"), unit="ms")})


def test_a_spread_says_how_many_samples_it_rests_on() -> None:
    metrics = spread("x", [1.0, 2.0, 9.0], "ms", aim_p99=5.0)
    assert {name: m.value for name, m in metrics.items()} == {
        "x_median": 2.0,
        "x_p99": 9.0,
        "x_max": 9.0,
        "x_samples": 3,
    }
    assert metrics["x_p99"].met is False
    assert metrics["x_median"].met is None


def test_every_call_is_timed() -> None:
    calls: list[int] = []
    assert len(timed_ms(lambda: calls.append(1), 7)) == len(calls) == 7


def test_memory_is_read_from_the_kernel() -> None:
    assert 5 < resident_mb(os.getpid()) < 5000
    with pytest.raises(ProcessLookupError):
        resident_mb(2**22 + 1)


def test_the_small_benchmarks_run(tmp_path: Path) -> None:
    assert journal.measure(tmp_path, batches=2)["append_1_event_median"].value > 0


@pytest.mark.slow
def test_the_allocation_benchmark_runs() -> None:
    assert allocation.QUICK["product"](1)["product_20x12_median"].value > 0
