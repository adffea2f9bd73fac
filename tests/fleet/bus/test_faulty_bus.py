"""Messages late, twice, overtaken, lost, cut off: what arrives, when, and the same every time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fleet.bus.base import Facts
from fleet.bus.faulty import FaultyBus, MessageFault
from fleet.clock import VirtualClock
from fleet.model.commands import CancelCommand, Command, CommandStatus, CommandUpdate
from fleet.model.errors import InvalidField
from fleet.model.evidence import Observation
from fleet.model.geometry import Pose
from fleet.model.robot import RobotState


class Wire:
    """An inner bus: the test says what robots report, and reads what reached them."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.said: list[RobotState | CommandUpdate | Observation] = []
        self.got: list[tuple[float, str]] = []
        self.heard_at: dict[str, float] = {}
        self.muted: frozenset[str] | None = frozenset()
        self.beats = 0

    def collect(self) -> Facts:
        said, self.said = self.said, []
        states = tuple(m for m in said if isinstance(m, RobotState))
        self.heard_at |= {s.robot_id: self.clock.now_s() for s in states}
        return Facts(
            states=states,
            updates=tuple(m for m in said if isinstance(m, CommandUpdate)),
            observations=tuple(m for m in said if isinstance(m, Observation)),
            silent_s={r: self.clock.now_s() - at for r, at in self.heard_at.items()},
        )

    def send(self, commands: Sequence[Command]) -> None:
        self.got += [(round(self.clock.now_s(), 1), c.command_id) for c in commands if isinstance(c, CancelCommand)]

    def beat(self, supervisor_id: str, epoch: int, head: int) -> None:
        self.beats += 1

    def mute(self, robot_ids: frozenset[str] | None) -> None:
        self.muted = robot_ids

    def close(self) -> None: ...


class Deaf(Wire):
    """A bus with one heartbeat for everybody."""

    mute = None  # type: ignore[assignment]


class Rig:
    def __init__(self, *faults: MessageFault, seed: int = 1, wire: type[Wire] = Wire) -> None:
        self.clock = VirtualClock(0.0)
        self.wire = wire(self.clock)
        self.bus = FaultyBus(self.wire, faults, self.clock, seed)
        self.heard: list[tuple[float, str]] = []
        self.silent: dict[str, float] = {}

    def command(self, name: str, robot: str = "r1") -> None:
        self.bus.send([CancelCommand(command_id=name, robot_id=robot, epoch=1, because="test")])

    def state(self, robot: str = "r1") -> None:
        self.wire.said.append(RobotState(robot_id=robot, observed_at_s=self.clock.now_s(), pose=Pose(x=0, y=0)))

    def update(self, name: str, robot: str = "r1") -> None:
        self.wire.said.append(
            CommandUpdate(command_id=name, robot_id=robot, task_id="t", epoch=1, status=CommandStatus.RUNNING)
        )

    def run(self, seconds: float, reporting: bool = False) -> None:
        for _ in range(round(seconds / 0.1)):
            self.clock.advance(0.1)
            if reporting:
                self.state("r1")
                self.state("r2")
            facts = self.bus.collect()
            now = round(self.clock.now_s(), 1)
            self.heard += [(now, s.robot_id) for s in facts.states]
            self.heard += [(now, u.command_id) for u in facts.updates]
            self.heard += [(now, o.source) for o in facts.observations]
            self.silent = facts.silent_s


def test_without_faults_everything_passes_at_once() -> None:
    rig = Rig()
    rig.command("c1")
    rig.update("u1")
    rig.run(0.1, reporting=True)
    assert rig.wire.got == [(0.0, "c1")]
    assert rig.heard == [(0.1, "r1"), (0.1, "r2"), (0.1, "u1")]
    assert rig.silent == {"r1": 0.0, "r2": 0.0}


def test_late_messages_come_late_and_in_order() -> None:
    rig = Rig(MessageFault(fault_id="slow", kind="late", lag_s=(0.2, 1.0)))
    for i in range(10):
        rig.command(f"c{i}")
    rig.run(3)
    times = [at for at, _ in rig.wire.got]
    assert [name for _, name in rig.wire.got] == [f"c{i}" for i in range(10)]
    assert min(times) >= 0.2
    assert max(times) <= 1.1
    assert rig.bus.counts["late"] == 10


def test_reordered_messages_overtake_each_other() -> None:
    rig = Rig(MessageFault(fault_id="mix", kind="reordered"))
    for i in range(10):
        rig.command(f"c{i}")
    rig.run(3)
    names = [name for _, name in rig.wire.got]
    assert sorted(names) == [f"c{i}" for i in range(10)]
    assert names != sorted(names)


def test_duplicated_messages_come_twice() -> None:
    rig = Rig(MessageFault(fault_id="echo", kind="duplicated", direction="from_robots"))
    rig.command("c1")
    rig.update("u1")
    rig.run(3)
    assert rig.wire.got == [(0.0, "c1")], "the other direction is well"
    assert [name for _, name in rig.heard] == ["u1", "u1"]


def test_of_what_is_lost_streams_are_gone_and_the_rest_is_sent_again() -> None:
    rig = Rig(MessageFault(fault_id="noise", kind="lost", probability=0.5))
    for i in range(20):
        rig.update(f"u{i}")
    rig.run(10, reporting=True)
    states = [name for _, name in rig.heard if name.startswith("r")]
    updates = [name for _, name in rig.heard if name.startswith("u")]
    assert 60 < len(states) < 140, "of 200"
    assert updates == [f"u{i}" for i in range(20)]
    assert rig.bus.counts["resent"] > 0


def test_a_partition_cuts_off_its_robots_and_what_must_arrive_waits_for_its_end() -> None:
    rig = Rig(MessageFault(fault_id="cut", kind="partition", robots=frozenset({"r1"}), at_s=1, until_s=4))
    rig.run(2, reporting=True)
    rig.command("c1")
    rig.command("c2", "r2")
    rig.update("u1")
    rig.run(1, reporting=True)
    assert rig.wire.muted == {"r1"}
    assert rig.wire.got == [(2.0, "c2")]
    assert rig.silent["r1"] == pytest.approx(2.1, abs=0.11)
    assert rig.silent["r2"] == 0.0
    rig.run(2, reporting=True)
    assert rig.wire.muted == frozenset()
    assert [name for _, name in rig.wire.got] == ["c2", "c1"]
    assert rig.wire.got[1][0] == pytest.approx(4, abs=0.11)
    assert (4.0, "u1") in rig.heard or (4.1, "u1") in rig.heard
    assert rig.silent["r1"] == 0.0


def test_a_one_way_partition_leaves_the_other_way_open() -> None:
    rig = Rig(MessageFault(fault_id="deaf", kind="partition", direction="to_robots"))
    rig.command("c1")
    rig.bus.beat("s", 1, 1)
    rig.run(1, reporting=True)
    assert rig.wire.got == []
    assert rig.wire.beats == 0
    assert rig.wire.muted is None
    assert rig.silent == {"r1": 0.0, "r2": 0.0}


def test_a_bus_with_one_heartbeat_for_all_refuses_to_cut_off_single_robots() -> None:
    one, everybody = frozenset({"r1"}), frozenset[str]()
    with pytest.raises(InvalidField, match="one heartbeat to everybody"):
        Rig(MessageFault(fault_id="cut", kind="partition", robots=one), wire=Deaf).run(0.1)
    Rig(MessageFault(fault_id="cut", kind="partition", robots=everybody), wire=Deaf).run(0.1)


def test_the_same_seed_hits_the_same_messages_and_another_fault_does_not_move_them() -> None:
    def heard(seed: int, *more: MessageFault) -> list[tuple[float, str]]:
        rig = Rig(
            MessageFault(fault_id="noise", kind="lost", probability=0.3, robots=frozenset({"r1"})), *more, seed=seed
        )
        rig.run(5, reporting=True)
        return [h for h in rig.heard if h[1] == "r1"]

    other = MessageFault(fault_id="other", kind="late", robots=frozenset({"r2"}))
    assert heard(3) == heard(3) == heard(3, other)
    assert heard(3) != heard(4)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"probability": 1.5}, "probability.*1.5"),
        ({"lag_s": (2.0, 1.0)}, "lag_s"),
        ({"at_s": 2.0, "until_s": 1.0}, "until_s.*1.0"),
    ],
)
def test_a_message_fault_that_cannot_be_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidField, match=says):
        MessageFault(fault_id="f", kind="late", **changes)  # type: ignore[arg-type]
