"""The latency benchmark measures a fleet of real processes. Says nothing about how long anything took."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.latency import DEPLOYMENT, measure


@pytest.mark.ros
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_number_is_measured_on_real_processes(tmp_path: Path) -> None:
    metrics = measure(DEPLOYMENT, tmp_path, samples=3, rate=1.0)
    assert metrics["submit_never_received"].value == 0
    assert metrics["submit_to_adapter_samples"].value == 3
    assert metrics["escalation_to_client_samples"].value == 1
    assert metrics["silence_to_lost_contact_samples"].value == 12
    assert metrics["real_time_factor"].value > 0
    assert {f"memory_{name}" for name in ("world", "host_ward", "supervisor", "api")} <= set(metrics)
    restarts = {name: m.value for name, m in metrics.items() if name.startswith("restarts_")}
    assert len(restarts) >= 4 and not any(restarts.values()), restarts
