"""The faults of a deployment that runs as processes: each goes to whoever can make it act, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.bus.faulty import FaultyBus
from fleet.cli.live_faults import ClockShift, kills_of, live_faults
from fleet.clock import ShiftedClock, VirtualClock
from fleet.deployment.load import deployment_from_text
from fleet.deployment.nodes import NodeKind
from fleet.model.errors import InvalidField
from sim_worlds.faults import FaultSpec, When
from tests.fleet.deployment.sample import SIMULATED


def fault(kind: str, **more: Any) -> FaultSpec:
    return FaultSpec(**{"fault_id": "f", "kind": kind, "at_s": 5.0, **more})


def test_each_fault_goes_to_whoever_makes_it_act() -> None:
    silent = fault("silent", robot="r1", duration_s=1.0)
    late = fault("messages_late", lag_s=(0.1, 0.2), duration_s=3.0, every_s=10.0, times=2)
    jump = fault("clock_jump", process="supervisor", shift_s=9.0, duration_s=4.0)
    kill = fault("process_killed", process="world", duration_s=1.0)
    live = live_faults([silent, late, jump, kill], seed=1)
    assert live.world == (silent,)
    assert [(m.kind, m.at_s, m.until_s, m.lag_s) for m in live.messages] == [
        ("late", 5.0, 8.0, (0.1, 0.2)),
        ("late", 15.0, 18.0, (0.1, 0.2)),
    ]
    assert live.shifts == (ClockShift(from_s=5.0, until_s=9.0, shift_s=9.0),)
    assert live.kills == ((5.0, NodeKind.WORLD),)


def test_delays_are_drawn_from_the_seed() -> None:
    late = fault("messages_late", lag_s=(0.1, 0.2), duration_s=3.0, delay_s=(0.0, 5.0))
    begins = [live_faults([late], seed=seed).messages[0].at_s for seed in (1, 1, 2)]
    assert begins[0] == begins[1] != begins[2]


def test_the_bus_is_wrapped_only_where_messages_are_hit() -> None:
    class Anything:
        pass

    bus: Any = Anything()
    assert live_faults([], seed=1).wrap(bus, VirtualClock(), 1) is bus
    assert isinstance(live_faults([fault("partition", duration_s=1.0)], 1).wrap(bus, VirtualClock(), 1), FaultyBus)


def test_the_supervisors_clock_jumps_and_comes_back() -> None:
    real = VirtualClock()
    clock = ShiftedClock(real)
    live = live_faults([fault("clock_jump", process="supervisor", shift_s=-60.0, duration_s=4.0)], seed=1)
    seen = []
    for _ in range(3):
        live.shift(clock)
        seen.append((clock.now_s(), clock.wall_s(), clock.steady_s()))
        real.advance(5)
    assert seen == [(0, 0, 0), (-55, -55, 5), (10, 10, 10)]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (fault("messages_late", lag_s=(0, 1), at_s=None, when=When(robot="r1", carrying=True)), r"\(f\): when"),
        (fault("messages_late", lag_s=(0, 1), every_s=9.0, duration_s=1.0), "times"),
        (fault("partition", robots=("r1",), duration_s=1.0), "one heartbeat"),
        (fault("operator_absent"), "a scenario"),
        (fault("silent", robot="r1", at_s=None, when=When(task="t", task_state="done"), duration_s=1.0), "when.task"),
    ],
)
def test_what_cannot_act_in_processes_is_refused_before_they_start(spec: FaultSpec, says: str) -> None:
    with pytest.raises(InvalidField, match=says):
        live_faults([spec], seed=1)


def test_kills_are_counted_in_the_machines_seconds() -> None:
    text = SIMULATED.replace(
        "rate: 2}", "rate: 2, faults: [{id: k, kind: process_killed, process: host, at_s: 30, duration_s: 1}]}"
    )
    assert kills_of(deployment_from_text(text)) == ((15.0, NodeKind.HOST),)
