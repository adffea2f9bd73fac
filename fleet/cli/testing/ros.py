"""The same fleet under test as processes: `fleet up` with ROS 2, driven through the HTTP API, watched in its journal.

Real time goes by, so runs are not the same bit for bit; only what the journal tells can be expected.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from fleet import __version__
from fleet.cli.demo.director import first_admin
from fleet.cli.demo.people import fleet_time, let_in
from fleet.cli.http import ApiProblem, FleetClient
from fleet.cli.ports import DomainClaim, PortClaim
from fleet.cli.running import START_WITHIN_S, first_login, running
from fleet.cli.scenario.build import Built, build
from fleet.cli.scenario.checks import check_expectations
from fleet.cli.scenario.floor import floor_plan
from fleet.cli.testing.base import OPERATOR, FleetUnderTest, to_yaml
from fleet.cli.testing.sim import ids_of, scenario_of
from fleet.deployment.load import load_deployment
from fleet.deployment.nodes import RunPaths, local_url
from fleet.deployment.processes import ProcessFailed
from fleet.journal.base import Record
from fleet.journal.sqlite import SqliteStore
from fleet.model import queue_requests as qr
from fleet.model import requests as rq
from fleet.model.closure_requests import CloseWay, OpenWay
from fleet.model.errors import InvalidField
from fleet.model.order_requests import MakeStandingOrder, RevokeStandingOrder
from fleet.model.oversight_requests import CommitChoice
from fleet.model.wire import to_plain
from fleet.scenario import journal_view as view
from fleet.scenario.evaluate import Outcome, findings
from fleet.scenario.expect import Expectation
from fleet.scenario.measures import from_state
from fleet.scenario.record import FORMAT, Finding, RunRecord, Verdict
from fleet.scenario.rules import rules
from fleet.supervisor.fold import replay
from fleet.supervisor.state import FleetState

RATE = 3.0
"""Simulated seconds for each second."""
_LOOK_S = 0.05
_ONLY_IN_PROCESS = ("people", "sensing", "localisation", "battery", "near_people", "operator", "arrivals", "streams")


class RosFleetSim(FleetUnderTest):
    """A running deployment: world, adapter host, supervisor, API and journal, each a process."""

    def __init__(self, built: Built, deployment: Path, replay_command: str, name: str) -> None:
        super().__init__(replay_command)
        self.built, self.name = built, name
        self._clients: dict[str, FleetClient] = {}
        self._records: list[Record] = []
        self._state = FleetState()
        self._begun_s = time.monotonic()
        self._open = ExitStack()
        try:
            self._start(deployment)
        except BaseException:
            self._open.close()
            raise

    @classmethod
    def make(cls, *, run_dir: Path, replay_command: str, **fields: Any) -> RosFleetSim:
        """From what a test says; see `scenario_of`.

        Raises:
            InvalidField: something that a deployment over ROS 2 cannot have (people who walk, sensing with doubt, ...).
            ProcessFailed: the processes did not come up.
        """
        for name in _ONLY_IN_PROCESS:
            if fields.get(name) is not None:
                raise InvalidField(f"fleet_sim({name}=...)", fields[name], f"no {name} with --fleet-bus ros")
        seed = fields.pop("seed")
        built = build(scenario_of(**fields), seed)
        file = run_dir / "deployment.yaml"
        file.write_text(to_yaml(deployment_of(built, run_dir, fields)), encoding="utf-8")
        return cls(built, file, replay_command, fields["name"])

    def _start(self, file: Path) -> None:
        plan = load_deployment(file)
        port = self._open.enter_context(PortClaim(plan.api.host, 0, exactly=False))
        domain = DomainClaim(plan.ros.domain_id)
        self._open.callback(domain.release)
        plan = replace(plan, api=replace(plan.api, port=port.port), ros=replace(plan.ros, domain_id=domain.domain_id))
        self._paths = RunPaths(Path(plan.run_directory))
        self._manager = self._open.enter_context(running(plan, lambda _name, _text: None))
        if not self._manager.run(self._manager.all_ready, START_WITHIN_S):
            slow = [row["name"] for row in self._manager.status() if row["phase"] != "ready"]
            what = f"not ready after {START_WITHIN_S:g} s: {', '.join(slow)}; see {self._paths.logs}"
            raise ProcessFailed(what)
        login = first_login(self._paths)
        if login is None:
            raise ProcessFailed(f"the API left no first login in {self._paths.login}")
        self._admin = first_admin(local_url(plan), login["token"], within_s=30.0)
        self._open.callback(self._admin.close)
        self._until(lambda: len(self.state.robots) == len(self.built.robots), "the supervisor hears every robot")

    # Time: it goes by itself

    @property
    def state(self) -> FleetState:
        """The fold of the journal as it is now."""
        with SqliteStore(self.journal, read_only=True) as store:
            new = store.read(after=self._records[-1].seq if self._records else 0)
        self._records += new
        self._state = replay(new, self._state)
        return self._state

    @property
    def now_s(self) -> float:
        """Fleet time as the API has it: it goes on while the journal has nothing to tell."""
        return fleet_time(self._admin)

    clock_s = now_s

    @property
    def journal(self) -> Path:
        """The journal's file; the supervisor writes into it."""
        return self._paths.folder / "fleet.sqlite"

    def tick(self) -> None:
        """Wait a little, and look after the processes."""
        self._manager.step()
        time.sleep(_LOOK_S)

    def _until(self, condition: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
        end = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > end:
                raise ProcessFailed(f"not within {within_s:g} s: {what}; see {self._paths.logs}")
            self.tick()

    # Requests: over HTTP, each person with a login of their own

    def request(self, body: rq.RequestBody, by: str = OPERATOR) -> None:
        """See `FleetUnderTest`."""
        __tracebackhide__ = True
        path, plain = _call(body)
        if by not in self._clients:
            self._clients[by] = let_in(self._admin, by, patience_s=20.0)
            self._open.callback(self._clients[by].close)
        try:
            self._clients[by].post(path, plain)
        except ApiProblem as problem:
            where = str(problem.body.get("field", ""))
            raise self.refuse(type(body).__name__, problem.code or str(problem.status), where, problem.detail) from None
        if isinstance(body, rq.SetHold):
            hold = body  # it reaches the robots first and the journal after them
            self._until(lambda: self._held(hold.robot_id) is hold.engage, "the hold is on record")

    def _held(self, robot_id: str | None) -> bool:
        state = self.state
        return bool(state.hold_all if robot_id is None else state.robots[robot_id].held_because)

    # Looking

    def check(self, expectations: Sequence[Expectation]) -> None:
        """Raise `FileError` for an expectation that cannot be evaluated here, as those that need the world itself."""
        known = ids_of(self.built, self.state)
        check_expectations(replace(self.built.scenario, expectations=tuple(expectations)), known, truth=True)
        for expectation in expectations:
            if expectation.needs_truth:
                what = "what the journal tells: with --fleet-bus ros the world runs in another process"
                expectation.source.fail(what, str(expectation))

    def record(self, expectations: Sequence[Expectation] = ()) -> RunRecord:
        """The record of the run so far, as the journal tells it: without tracks."""
        state, records = self.state, self._records
        now_s = round(max(self.now_s, state.now_s), 3)
        kinds = {p.kind for e in expectations for p in e.claim.patterns}
        outcome = Outcome(
            happenings=view.happenings(records, kinds),
            measures=from_state(state, now_s),
            at_end=view.at_end(state),
            end_s=now_s,
            truth=False,
        )
        found = [*findings(expectations, outcome), *rules(state, records)]
        numbered = tuple(replace(f, index=i) for i, f in enumerate(found))
        return RunRecord(
            format=FORMAT,
            run_id=self.name,
            scenario=self.name,
            scenario_file=self.built.scenario.source.file,
            scenario_folder=self.built.scenario.folder,
            scenario_text=self.built.scenario.text,
            protects=self.built.scenario.spec.protects,
            seed=self.built.seed,
            bus="ros",
            verdict=Verdict.KEPT if all(f.kept for f in numbered) else Verdict.BROKEN,
            error="",
            simulated_s=now_s,
            took_s=round(time.monotonic() - self._begun_s, 3),
            cpu_s=0.0,
            attempts=1,
            journal_file=str(self.journal),
            journal_digest=records[-1].checksum if records else "",
            state_digest=state.digest(),
            poses_digest="",
            replay_command=self.replay_command,
            findings=numbered,
            measures=dict(outcome.measures),
            versions={"humanoid-fleet": __version__},
            timeline=tuple(view.timeline(records)),
            tasks=view.task_rows(state),
            spans=view.spans(records),
            questions=view.question_rows(state),
            floor=floor_plan(self.built.site),
        )

    def broken_rules(self, record: RunRecord) -> tuple[Finding, ...]:
        """The rules of every run that this one did not keep. What the API refuses never gets into the journal."""
        return tuple(f for f in record.findings if f.kind == "rule" and not f.kept)

    def close(self) -> None:
        """End the processes."""
        self._open.close()


def deployment_of(built: Built, run_dir: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The deployment file of a fleet that a test made. Raises `InvalidField` for a robot without a dock."""
    robots = []
    for placed in built.robots:
        spec = placed.spec
        if spec.dock is None:
            raise InvalidField("robots", spec.robot_id, "no more robots than docks with --fleet-bus ros")
        entry = {"id": spec.robot_id, "model": spec.model, "adapter": placed.adapter, "start": spec.dock}
        robots.append({**entry, "body": spec.body, "battery": spec.battery_fraction})
    site = str(built.scenario.spec.site)
    is_file = site.endswith((".yaml", ".yml", ".json"))
    plain: dict[str, Any] = {
        "format": "humanoid-fleet-deployment/1",
        "name": built.scenario.name,
        "site": str((Path(built.scenario.folder) / site).resolve()) if is_file else site,
        "run_directory": str(run_dir / "run"),
        "shift": {"accountable": built.scenario.spec.accountable},
        "world": {"seed": built.seed, "rate": RATE, "faults": fields.get("faults") or []},
        "hosts": [{"name": "fleet", "robots": robots}],
    }
    for section in ("supervisor", "previews", "oversight"):
        if fields.get(section):
            plain[section] = fields[section]
    return plain


def _said(plain: Any) -> Any:
    """Without what says nothing: the API tells apart what was left out and what was left empty."""
    if isinstance(plain, Mapping):
        return {k: _said(v) for k, v in plain.items() if v is not None and v not in ("", [], {}, ())}
    return [_said(v) for v in plain] if isinstance(plain, (list, tuple)) else plain


def _call(body: rq.RequestBody) -> tuple[str, dict[str, Any]]:
    """The API's path and body for a request. Raises `InvalidField` for one that the API has no call for."""
    if isinstance(body, rq.SubmitMission):
        plain: dict[str, Any] = _said(to_plain(body.mission))
        return "/v1/missions", plain
    if isinstance(body, rq.AnswerEscalation):
        decision = {k: v for k, v in to_plain(body).items() if k not in ("type", "escalation_id")}
        return f"/v1/escalations/{body.escalation_id}/decision", decision
    if isinstance(body, rq.SetHold):
        do = "hold" if body.engage else "release"
        path = f"/v1/{do}-all" if body.robot_id is None else f"/v1/robots/{body.robot_id}/{do}"
        return path, {"reason": body.reason}
    if isinstance(body, MakeStandingOrder):
        return "/v1/orders", {k: v for k, v in to_plain(body).items() if k != "type"}
    if isinstance(body, CommitChoice):
        said = {"option_id": body.option_id, "shown_digest": body.shown_digest}
        return f"/v1/escalations/{body.escalation_id}/commit", said
    if isinstance(body, qr.SetMaintenance):
        return "/v1/maintenance", _said({k: v for k, v in to_plain(body).items() if k != "type" and v is not False})
    if isinstance(body, CloseWay):
        return "/v1/closures", {k: v for k, v in to_plain(body).items() if k != "type" and v is not None}
    if isinstance(body, rq.AcknowledgeEscalation):
        return f"/v1/escalations/{body.escalation_id}/acknowledge", {}
    paths: dict[type[Any], str] = {
        RevokeStandingOrder: "/v1/orders/{order_id}/revoke",
        OpenWay: "/v1/closures/{what}/open",
        rq.CancelTask: "/v1/tasks/{task_id}/cancel",
        rq.CancelMission: "/v1/missions/{mission_id}/cancel",
        rq.TakeLease: "/v1/robots/{robot_id}/lease/take",
        rq.ReturnLease: "/v1/robots/{robot_id}/lease/return",
        rq.ReportRecovered: "/v1/robots/{robot_id}/recovered",
        qr.DelegateEscalation: "/v1/escalations/{escalation_id}/delegate",
        qr.ShelveEscalation: "/v1/escalations/{escalation_id}/shelve",
        qr.UnshelveEscalation: "/v1/escalations/{escalation_id}/unshelve",
        qr.EndMaintenance: "/v1/maintenance/{window_id}/end",
    }
    if type(body) not in paths:
        raise InvalidField("request", type(body).__name__, "one of " + ", ".join(k.__name__ for k in paths))
    told = to_plain(body)
    more = {k: told[k] for k in ("to", "until_s") if k in told}
    return paths[type(body)].format(**told), {"reason": told["reason"], **more}
