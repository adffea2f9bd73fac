"""How long the journal takes to make an event durable, and to be read again. On the disk of the temporary folder."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks._harness import Metric, finish, spread, timed_ms
from fleet.journal.replay import records_of
from fleet.journal.sqlite import SqliteStore
from fleet.model.events import ObservationMade, RobotDescribed, RobotReported
from fleet.model.evidence import Observation
from fleet.model.geometry import Pose
from fleet.model.requests import Role, SetHold
from fleet.model.robot import Posture, RobotDescription, RobotState
from fleet.supervisor.fold import replay


def _report(number: int) -> RobotReported:
    """The commonest event, in its usual size."""
    pose = Pose(x=1.234567 + number, y=2.345678, yaw=0.123456)
    state = RobotState(robot_id="g1-1", observed_at_s=number * 0.1, pose=pose, posture=Posture.WALKING)
    return RobotReported(state=state)


def _observation(number: int) -> ObservationMade:
    seen = Observation(
        observation_id=f"o{number}", source="cam", source_kind="camera", observed_at_s=number * 0.1, covered=("hall",)
    )
    return ObservationMade(observation=seen)


def measure(folder: Path, batches: int) -> dict[str, Metric]:
    """All numbers, from a journal in `folder` to which `batches` batches of ten events are written."""
    metrics: dict[str, Metric] = {}
    with SqliteStore(folder / "journal.sqlite") as store:
        epoch = store.take_lead("bench", 1e6, 0.0)
        assert epoch is not None
        described = RobotDescribed(description=RobotDescription(robot_id="g1-1", model="g1", vendor="v"))
        store.append([described], 0.0, epoch)
        one = timed_ms(lambda: store.append([_report(0)], 1.0, epoch), batches)
        ten = timed_ms(lambda: store.append([_report(k) for k in range(9)] + [_observation(0)], 1.0, epoch), batches)
        keys = iter(range(batches))
        hold = SetHold(robot_id=None, engage=True, reason="bench")
        put = timed_ms(lambda: store.put("ann", Role.OPERATOR, str(next(keys)), hold, 1.0), batches)
        metrics |= spread("append_1_event", one, "ms") | spread("append_10_events", ten, "ms")
        metrics |= spread("put_request", put, "ms")
    start = time.perf_counter()
    with SqliteStore(folder / "journal.sqlite") as store:
        metrics["open"] = Metric(value=(time.perf_counter() - start) * 1e3, unit="ms")
        head = store.head()
        for name, work in (
            ("read", lambda: sum(1 for _ in records_of(store))),
            ("verify", store.verify),
            ("replay", lambda: replay(records_of(store))),
        ):
            (took_ms,) = timed_ms(work, 1)
            metrics[f"{name}_rate"] = Metric(value=head / took_ms, unit="events/ms", better="higher")
        size = (folder / "journal.sqlite").stat().st_size
        metrics["bytes_per_event"] = Metric(value=size / head, unit="B")
    return metrics


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=300, help="batches of ten events (default: 300)")
    batches = parser.parse_args().batches
    if batches < 1:
        parser.error(f"--batches: got {batches}, expected 1 or more")
    with tempfile.TemporaryDirectory() as folder:
        finish("journal", measure(Path(folder), batches))


if __name__ == "__main__":
    main()
