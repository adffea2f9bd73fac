from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fleet.deployment.nodes import NodeKind, NodeSpec, Readiness, RestartPolicy, RunPaths
from fleet.deployment.processes import Phase, ProcessFailed, ProcessManager
from fleet.deployment.rundir import RunDirectoryBusy, RunLock, read_status
from fleet.model.errors import NotFound

pytestmark = pytest.mark.slow  # seconds each: real processes, physics, whole runs


# A process that says it is ready and then does what it is told to.
BODY = """
import os, pathlib, signal, sys, time
from fleet.deployment.readiness import announce
pathlib.Path(sys.argv[1] + '.starts').open('a').write('x')
{before}
announce(pathlib.Path(sys.argv[1]))
{after}
while True:
    time.sleep(0.05)
"""


class Bench:
    """Makes small modules to run, and a manager for them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.paths = folder, RunPaths(folder / "run")
        self.told: list[str] = []
        self.managers: list[ProcessManager] = []
        self.paths.folder.mkdir()

    def spec(
        self,
        name: str,
        before: str = "",
        after: str = "",
        *,
        depends: tuple[str, ...] = (),
        kind: NodeKind = NodeKind.HOST,
        restart: RestartPolicy | None = None,
        within_s: float = 20.0,
        stop_within_s: float = 3.0,
    ) -> NodeSpec:
        (self.folder / f"proc_{name}.py").write_text(BODY.format(before=before, after=textwrap.dedent(after)))
        ready = self.paths.ready(name)
        return NodeSpec(
            name=name,
            kind=kind,
            module=f"proc_{name}",
            arguments=(str(ready),),
            env={"PYTHONPATH": f"{self.folder}{os.pathsep}{Path.cwd()}"},
            ready=Readiness(how="file", target=str(ready), within_s=within_s, file=str(ready)),
            after=depends,
            restart=restart or RestartPolicy(backoff_s=0.05),
            stop_within_s=stop_within_s,
        )

    def manager(self, *specs: NodeSpec, kills: Sequence[tuple[float, NodeKind]] = ()) -> ProcessManager:
        def tell(name: str, text: str) -> None:
            self.told.append(f"{name} {text}")

        manager = ProcessManager(specs, self.paths, tell=tell, kills=kills)
        self.managers.append(manager)
        return manager

    def starts(self, name: str) -> int:
        file = Path(f"{self.paths.ready(name)}.starts")
        return len(file.read_text()) if file.exists() else 0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for manager in bench.managers:
        manager.stop(hurry=lambda: True)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def eventually(condition: Callable[[], bool], within_s: float = 10.0) -> bool:
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_processes_start_after_those_they_need_and_are_shown(bench: Bench) -> None:
    manager = bench.manager(bench.spec("a"), bench.spec("b", depends=("a",)))
    assert manager.run(manager.all_ready, within_s=20)
    steps = [" ".join(line.split()[:2]) for line in bench.told]
    assert steps == ["a started,", "a ready", "b started,", "b ready"]
    status = {row["name"]: row for row in read_status(bench.paths.status)}
    assert status["a"]["phase"] == "ready"
    assert status["b"]["pid"] == manager.pid("b")


def test_a_killed_process_is_started_again(bench: Bench) -> None:
    manager = bench.manager(bench.spec("a"))
    assert manager.run(manager.all_ready, within_s=20)
    manager.kill("a")
    assert manager.run(lambda: manager.restarts("a") == 1 and manager.all_ready(), within_s=20)
    assert bench.starts("a") == 2
    assert any("SIGKILL" in line for line in bench.told)


def test_a_deployments_fault_kills_processes_of_one_kind_after_all_were_ready(bench: Bench) -> None:
    specs = (bench.spec("h"), bench.spec("s", kind=NodeKind.SUPERVISOR))
    manager = bench.manager(*specs, kills=[(0.3, NodeKind.SUPERVISOR)])
    assert manager.run(lambda: manager.restarts("s") == 1 and manager.all_ready(), within_s=20)
    assert (bench.starts("h"), bench.starts("s")) == (1, 2)
    assert "s killed, as a fault of the deployment" in bench.told


def test_a_process_that_keeps_crashing_is_given_up_with_the_end_of_its_log(bench: Bench) -> None:
    policy = RestartPolicy(limit=1, backoff_s=0.01)
    manager = bench.manager(bench.spec("a", before="sys.exit('the cable is out')", restart=policy))
    with pytest.raises(ProcessFailed, match=r"a ended with exit code 1, 2 times .*\n.*the cable is out") as caught:
        manager.run(lambda: False, within_s=20)
    assert "given up" in str(caught.value)
    assert manager.phase("a") is Phase.GIVEN_UP


def test_a_process_that_does_not_get_ready_has_failed(bench: Bench) -> None:
    policy = RestartPolicy(limit=0)
    manager = bench.manager(bench.spec("a", before="time.sleep(60)", restart=policy, within_s=0.3))
    with pytest.raises(ProcessFailed, match=r"was not ready within 0\.3 s"):
        manager.run(lambda: False, within_s=20)


def test_stopping_ends_commanders_before_the_commanded(bench: Bench) -> None:
    host, world = bench.spec("h"), bench.spec("w", kind=NodeKind.WORLD)
    manager = bench.manager(world, host, bench.spec("s", kind=NodeKind.SUPERVISOR))
    assert manager.run(manager.all_ready, within_s=20)
    pids = [manager.pid(name) for name in "whs"]
    bench.told.clear()
    manager.stop()
    assert [line[0] for line in bench.told] == ["s", "h", "w"]
    assert all(pid is not None and gone(pid) for pid in pids)
    assert manager.phase("w") is Phase.ENDED


def test_who_does_not_end_when_told_is_killed_within_the_bound(bench: Bench) -> None:
    stubborn = bench.spec("a", before="signal.signal(signal.SIGTERM, signal.SIG_IGN)", stop_within_s=0.2)
    manager = bench.manager(stubborn)
    assert manager.run(manager.all_ready, within_s=20)
    pid = manager.pid("a")
    begun = time.monotonic()
    manager.stop()
    assert time.monotonic() - begun < 2.0
    assert pid is not None
    assert gone(pid)
    assert "did not end within 0.2 s" in bench.told[-1]


def test_a_dependency_on_nothing_is_refused(bench: Bench) -> None:
    with pytest.raises(NotFound, match="no process named 'x'"):
        bench.manager(bench.spec("a", depends=("x",)))


def test_no_child_is_left_when_the_manager_itself_is_killed(bench: Bench) -> None:
    # The child ignores SIGTERM and has a stubborn look: only the kernel can make it go.
    bench.spec("a", before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    script = f"""
import sys
from pathlib import Path
from fleet.deployment.child import spawn
child = spawn([sys.executable, "-m", "proc_a", r"{bench.paths.ready("a")}"],
              {{"PYTHONPATH": r"{bench.folder}{os.pathsep}{Path.cwd()}"}}, Path(r"{bench.folder}") / "a.log")
child.wait()
"""
    manager = subprocess.Popen([sys.executable, "-c", script])
    try:
        ready = bench.paths.ready("a")
        assert eventually(ready.exists)
        child = int(ready.read_text())
        assert not gone(child)
        manager.send_signal(signal.SIGKILL)
        manager.wait()
        assert eventually(lambda: gone(child))
    finally:
        manager.kill()


def test_a_run_directory_belongs_to_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "run" / "lock"
    with RunLock(path):
        with pytest.raises(RunDirectoryBusy, match=rf"already runs here \(process {os.getpid()}\).*--standby"):
            RunLock(path).__enter__()
    with RunLock(path):
        pass  # free again
