"""The world in a process of its own: commanded over its socket, killed, restarted, left alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim_worlds.errors import Refused, WorldUnreachable
from sim_worlds.link import LocalWorld, RemoteWorld, WorldLink
from sim_worlds.process import main, spawn
from sim_worlds.profiles import load_robots
from sim_worlds.records import Pick, Wait, Walk
from sim_worlds.rollouts import ObjectHeldBy, OptionError, OptionPlan, Request, RobotPlan
from sim_worlds.site import Site, bundled_site
from sim_worlds.world import World

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


ROBOTS = """robots:
  - {id: opt, model: tesla_optimus_gen2, body: kinematic, start: {x: 1.85, y: 1.13, yaw_deg: -90}}
  - {id: iron, model: xpeng_iron, body: kinematic, dock: dock_1}
"""
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def robots(tmp_path: Path) -> Path:
    file = tmp_path / "robots.yaml"
    file.write_text(ROBOTS)
    return file


@pytest.fixture
def start(tmp_path: Path, robots: Path) -> Iterator[Start]:
    """Starts the world's process (again, with the same checkpoint); ends what still runs."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(rate: float = 4.0) -> subprocess.Popen[bytes]:
        running.append(
            spawn(
                site=bundled_site(),
                robots=robots,
                socket=tmp_path / "w.sock",
                rate=rate,
                checkpoint=tmp_path / "w.checkpoint",
                watchdog_s=2.0 * rate,
            )
        )
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            if condition():
                return
        except WorldUnreachable:
            pass
        time.sleep(0.02)
    raise AssertionError("not within the time")


@pytest.fixture
def link(start: Start, tmp_path: Path) -> Iterator[RemoteWorld]:
    start()
    remote = RemoteWorld(tmp_path / "w.sock")
    for info in remote.describe().robots:
        remote.resume(info.robot_id)
    yield remote
    remote.close()


def test_both_links_are_links(link: RemoteWorld, ward: Site, robots: Path) -> None:
    world = World(ward, load_robots(robots, ward))
    assert isinstance(link, WorldLink)
    assert isinstance(LocalWorld(world), WorldLink)
    assert link.describe().robots == LocalWorld(world).describe().robots
    world.close()


def test_a_command_is_carried_out_and_seen(link: RemoteWorld) -> None:
    status = link.start("opt", Pick(command_id="p", object_id="blue_1"))
    assert (status.state, link.status("opt").command_id) == ("running", "p")
    until(lambda: link.status("opt").state == "done")
    assert link.body_state("opt").held == ("blue_1",)
    assert [e.kind for e in link.effects()] == ["pick"]
    assert link.outcome("p") == link.status("opt")
    assert link.outcome("q") is None
    until(lambda: any(o.source == "cam_store_east" for o in link.drain_observations()))


def test_refusals_keep_their_code(link: RemoteWorld) -> None:
    with pytest.raises(Refused) as caught:
        link.start("opt", Pick(command_id="p", object_id="ghost"))
    assert caught.value.code == "unknown_target"
    with pytest.raises(Refused, match="nobody"):
        link.body_state("nobody")


def test_without_a_client_the_robots_hold_and_the_process_waits(link: RemoteWorld, tmp_path: Path) -> None:
    link.start("iron", Walk(command_id="w", x_m=2, y_m=8))
    link.close()
    time.sleep(3)
    again = RemoteWorld(tmp_path / "w.sock")
    assert "no heartbeat" in str(again.body_state("iron").holding_because)
    again.close()


@pytest.mark.slow
def test_killed_and_restarted_it_goes_on_and_nothing_happens_twice(start: Start, tmp_path: Path) -> None:
    process = start()
    link = RemoteWorld(tmp_path / "w.sock")
    for name in ("opt", "iron"):
        link.resume(name)
    link.start("opt", Pick(command_id="p", object_id="blue_1"))
    link.start("iron", Walk(command_id="w", x_m=12, y_m=8))
    until(lambda: link.status("opt").state == "done")
    seen = link.time_s()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(lambda: not link.connected)
    with pytest.raises(WorldUnreachable):
        link.heartbeat("opt")
    start()
    until(lambda: link.body_state("opt").holding_because == "the simulation was restarted")
    assert link.time_s() > seen - 1.5
    assert link.body_state("opt").held == ("blue_1",)
    with pytest.raises(Refused) as caught:
        link.start("opt", Pick(command_id="p", object_id="blue_1"))
    assert caught.value.code == "already_done"
    link.resume("iron")
    until(lambda: link.status("iron").state == "running")
    assert [e.command_id for e in link.effects()] == ["p"]
    link.close()


def test_sigterm_ends_it_cleanly(start: Start, tmp_path: Path) -> None:
    process = start()
    RemoteWorld(tmp_path / "w.sock").close()
    process.terminate()
    assert process.wait(10) == 0
    assert not (tmp_path / "w.sock").exists()
    assert (tmp_path / "w.checkpoint").exists()


def test_it_never_runs_faster_than_the_rate_it_was_given(link: RemoteWorld) -> None:
    until(lambda: link.real_time_factor() > 0)
    start_s, began = link.time_s(), time.monotonic()
    time.sleep(1.5)
    # How much slower is up to the machine.
    assert 0.5 < (link.time_s() - start_s) / (time.monotonic() - began) < 4.4


def test_nonsense_on_the_socket_costs_only_that_connection(link: RemoteWorld, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stranger:
        stranger.connect(str(tmp_path / "w.sock"))
        stranger.sendall(b"\xff" * 64)
    assert link.start("iron", Wait(command_id="w", seconds=1)).state == "running"


def test_a_link_to_nowhere_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorldUnreachable, match=r"no world answers at .*nothing\.sock"):
        RemoteWorld(tmp_path / "nothing.sock", connect_timeout_s=0.3)


def test_bad_input_ends_with_2_and_the_reason(tmp_path: Path, robots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    robots.write_text(ROBOTS.replace("xpeng_iron", "xpeng_gold"))
    code = main(["--site", str(bundled_site()), "--robots", str(robots), "--socket", str(tmp_path / "w.sock")])
    assert code == 2
    assert "line 3" in capsys.readouterr().err


def test_a_checkpoint_of_another_world_is_refused(
    tmp_path: Path, robots: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    start()
    RemoteWorld(tmp_path / "w.sock").close()
    code = main(
        [
            "--site",
            str(bundled_site()),
            "--robots",
            str(robots),
            "--socket",
            str(tmp_path / "other.sock"),
            "--seed",
            "9",
            "--checkpoint",
            str(tmp_path / "w.checkpoint"),
        ]
    )
    assert code == 2
    assert "seed" in capsys.readouterr().err


def test_what_would_happen_if_is_answered_beside_the_running_world(link: RemoteWorld) -> None:
    fetch = OptionPlan(
        option_id="fetch",
        plans=(RobotPlan(robot_id="opt", primitives=(Pick(command_id="", object_id="blue_1"),)),),
        success=ObjectHeldBy(object_id="blue_1", holder="opt"),
    )
    ticket = link.evaluate(Request(options=(fetch,), horizon_s=5.0, n=2))
    asked = link.time_s()
    until(lambda: link.evaluation(ticket).state == "done")
    assert link.time_s() > asked, "the world went on"
    status = link.evaluation(ticket)
    assert (status.done, status.wanted) == (4, 4)
    assert status.evaluation is not None
    assert status.evaluation.option("fetch").success is not None
    assert link.body_state("opt").held == (), "only asked, not done"


def test_a_question_that_cannot_be_asked_is_refused_over_the_socket(link: RemoteWorld) -> None:
    with pytest.raises(OptionError, match="'nobody'"):
        link.evaluate(Request(options=(OptionPlan(option_id="x", hold=("nobody",)),), horizon_s=5.0, n=2))
    with pytest.raises(Refused) as caught:
        link.evaluation("q7")
    assert caught.value.code == "unknown_ticket"
    for _ in range(2):
        link.evaluate(Request(options=(OptionPlan(option_id="x"),), horizon_s=3000.0, n=9, deadline_s=60))
    with pytest.raises(Refused) as busy:
        link.evaluate(Request(options=(OptionPlan(option_id="x"),), horizon_s=1.0, n=1))
    assert (busy.value.code, busy.value.retriable) == ("busy", True)
