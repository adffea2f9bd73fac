"""Options of open questions are tried ahead while they wait; whatever becomes of that, the question is as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.preview_service import PreviewService
from fleet.cli.previewing import Round, next_round, precise, seed_of, without_refused
from fleet.cli.run_previewer import preview
from fleet.cli.scenario.build import build
from fleet.cli.scenario.play import Play
from fleet.cli.whatif import Question
from fleet.deployment.preview_settings import PreviewSettings
from fleet.journal.base import Record
from fleet.model import events as ev
from fleet.model.errors import InvalidField
from fleet.model.escalation import Escalation, Prediction
from fleet.model.prediction import OptionPreview
from fleet.model.requests import AnswerEscalation, Role
from fleet.scenario.load import load_scenario
from sim_worlds.errors import SimError, WorldUnreachable
from sim_worlds.link import LocalWorld
from sim_worlds.rollouts import EvaluationStatus, OptionPlan, Request

ROOT = Path(__file__).resolve().parents[3]
LITTLE = PreviewSettings(runs=5, horizon_s=0.5, workers=2)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Callable[..., Play]]:
    """Runs of a scenario with one question, which is there from 0.3 s on and answered after 5 s."""
    there: list[Play] = []

    def begin(settings: PreviewSettings | None, until_s: float) -> Play:
        scenario = load_scenario(ROOT / "scenarios" / "ambiguous_instruction.yaml")
        scenario = replace(scenario, spec=replace(scenario.spec, previews=settings))
        play = Play(build(scenario, 1), tmp_path / f"{len(there)}.sqlite")
        there.append(play)
        while play.now_s < until_s - 1e-9:
            play.step()
        return play

    yield begin
    for play in there:
        play.close()


def happened(play: Play, kind: type) -> list[Any]:
    return [r.event for r in play.stack.store.read() if type(r.event) is kind]


def without_previews(play: Play) -> list[tuple[float, str]]:
    def of_previews(record: Record) -> bool:
        event = record.event
        if isinstance(event, ev.RequestReceived):
            return event.request.role is Role.SERVICE
        return isinstance(event, (ev.OptionsPreviewed, ev.RequestSettled))

    return [(r.at_s, type(r.event).__name__) for r in play.stack.store.read() if not of_previews(r)]


def the_question(play: Play) -> Escalation:
    return play.state.escalations["E1"]


# ---- in one process --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_they_come_in_rounds_of_more_and_more_runs_and_change_nothing_else(played: Callable[..., Play]) -> None:
    with_them, without = played(LITTLE, 6.0), played(None, 6.0)
    rounds = happened(with_them, ev.OptionsPreviewed)
    assert [max(p.prediction.runs for p in r.previews) for r in rounds] == [4, 5]
    assert without_previews(with_them) == without_previews(without)
    assert with_them.stack.world.digest() == without.stack.world.digest()
    assert not happened(without, ev.OptionsPreviewed)
    first = {p.option_id: p for p in rounds[0].previews}
    assert set(first) == {"object:blue_1", "object:blue_2", "cancel", "hold_safely"}
    blue = first["object:blue_1"]
    assert (blue.prediction.success, blue.prediction.success_low) == (0.0, 0.0), "nobody is that fast"
    assert blue.prediction.success_high == pytest.approx(0.49, abs=0.01)
    assert "blue_1" in blue.replay.subjects and len(blue.replay.frames) > 1
    assert first["cancel"].prediction.success is None and "depends on people" in first["cancel"].prediction.basis
    assert the_question(with_them).decision.previews_digest == rounds[-1].digest


@pytest.mark.slow
def test_two_runs_of_a_scenario_have_the_same_previews_bit_for_bit(played: Callable[..., Play]) -> None:
    first, second = played(LITTLE, 0.6), played(LITTLE, 0.6)
    assert happened(first, ev.OptionsPreviewed)
    assert first.state.digest() == second.state.digest()


# ---- which round comes next ------------------------------------------------------------------------------------


def a_preview(runs: int, low: float | None, high: float | None) -> OptionPreview:
    found = Prediction(basis="test", success_low=low, success_high=high, runs=runs)
    return OptionPreview(option_id="a", prediction=found)


def test_every_question_has_its_first_round_before_any_has_its_second(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    asked = the_question(play)
    finer = replace(asked, previews=(a_preview(4, 0.0, 1.0),))
    urgent = replace(asked, escalation_id="E2", deadline_s=asked.deadline_s - 10)
    state = play.state.with_escalation(finer)
    assert next_round(state, LITTLE) == Round("E1", finer.shown_digest, 5)
    state = state.with_escalation(urgent)
    found = next_round(state, LITTLE)
    assert found is not None and (found.escalation_id, found.runs) == ("E2", 4)
    assert next_round(state, LITTLE, {found.key}).escalation_id == "E1"


@pytest.mark.parametrize(
    "previews",
    [
        (a_preview(5, 0.0, 1.0),),  # as many runs as are wanted
        (a_preview(4, 0.45, 0.6),),  # precise enough
        (a_preview(0, None, None),),  # nothing can be simulated
    ],
)
def test_it_ends_when_more_runs_would_add_nothing(
    played: Callable[..., Play], previews: tuple[OptionPreview, ...]
) -> None:
    play = played(None, 0.6)
    state = play.state.with_escalation(replace(the_question(play), previews=previews))
    assert next_round(state, LITTLE) is None


def test_precision_is_about_success_where_success_means_something() -> None:
    assert precise((a_preview(4, None, None),), 0.1) and precise((a_preview(4, 0.4, 0.6),), 0.1)
    assert not precise((a_preview(4, None, None), a_preview(4, 0.4, 0.7)), 0.1)


def test_questions_have_luck_of_their_own_and_keep_it() -> None:
    assert seed_of("E1", LITTLE) == seed_of("E1", LITTLE) != seed_of("E2", LITTLE)
    assert seed_of("E1", LITTLE) != seed_of("E1", replace(LITTLE, seed=1))


def test_an_option_that_the_world_refuses_is_left_out_and_says_why() -> None:
    question = Question(
        options=(OptionPlan(option_id="a"), OptionPlan(option_id="b")), background=(), silent={"a": "x"}
    )
    complaint = "options[1] (b): plans[0].robot_id: got 'r1', which lies on the floor; expected one that can"
    left = without_refused(question, complaint)
    assert [o.option_id for o in left.options] == ["a"] and left.silent == {"a": "x", "b": complaint}
    assert without_refused(question, "horizon_s: got 0, expected more") is None


# ---- beside a live world ---------------------------------------------------------------------------------------


class FarWorld(LocalWorld):
    """A world behind a socket that counts what is asked of it and can fail."""

    def __init__(self, play: Play) -> None:
        super().__init__(play.stack.world)
        self.asked: list[Request] = []
        self.given_up: list[str] = []
        self.dies = self.hangs = False
        self.meanwhile: Callable[[], None] = lambda: None

    def evaluate(self, request: Request) -> str:
        self.asked.append(request)
        return super().evaluate(request) if not self.hangs else "q1"

    def evaluation(self, ticket: str) -> EvaluationStatus:
        self.meanwhile()
        if self.dies:
            raise WorldUnreachable("the world is away")
        if self.hangs:
            return EvaluationStatus(ticket=ticket, state="running", done=0, wanted=16)
        return super().evaluation(ticket)

    def give_up(self, ticket: str) -> None:
        self.given_up.append(ticket)


class Previewer:
    """A previewer beside a run that stands still, with a clock of its own."""

    def __init__(self, play: Play, settings: PreviewSettings = LITTLE) -> None:
        self.play, self.world, self.clock_s = play, FarWorld(play), 0.0
        self.service = PreviewService(
            play.stack.store, play.stack.context, settings, lambda: self.world, self._sleep, lambda: self.clock_s
        )

    def _sleep(self, _seconds: float) -> bool:
        time.sleep(0.01)  # real processes do the work
        return False

    def look(self) -> Round | None:
        found = self.service.step()
        self.play.stack.supervise()
        return found


@pytest.mark.slow
def test_a_previewer_adds_its_rounds_and_then_rests(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    previewer = Previewer(play)
    rounds = [previewer.look() for _ in range(3)]
    assert [r and r.runs for r in rounds] == [4, 5, None]
    assert [p.prediction.runs for p in the_question(play).previews] == [5, 5, 5, 5]
    assert all(r.deadline_s == LITTLE.patience_s for r in previewer.world.asked)


@pytest.mark.slow
def test_of_two_previewers_one_is_heard(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    one, other = Previewer(play), Previewer(play)
    assert one.service.step() is not None and other.service.step() is not None, "neither knows of the other"
    play.stack.supervise()
    assert len(happened(play, ev.OptionsPreviewed)) == 1
    assert other.look().runs == 5, "and goes on from there"
    assert one.look() is None


def test_a_world_that_dies_is_asked_again_later_and_not_for_ever(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    previewer = Previewer(play)
    previewer.world.hangs = previewer.world.dies = True
    for after_s in (0.0, 6.0, 11.0):
        previewer.clock_s += after_s
        assert previewer.look() is not None
        assert previewer.look() is None, "it waits before it tries again"
    previewer.clock_s += 1000.0
    assert previewer.look() is None, "it has given up"
    assert the_question(play).open and the_question(play).previews == ()


def test_no_world_at_all_is_no_more_than_no_previews(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    previewer = Previewer(play)

    def nobody() -> FarWorld:
        raise SimError("no world answers")

    previewer.service._connect = nobody
    assert previewer.look() is not None
    assert the_question(play).open and the_question(play).previews == ()


def test_a_question_that_is_answered_meanwhile_is_given_up(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    previewer = Previewer(play)
    previewer.world.hangs = True

    def answered() -> None:
        asked = the_question(play)
        if asked.open:
            body = AnswerEscalation(
                escalation_id="E1", option_id="cancel", reason="not needed", shown_digest=asked.shown_digest
            )
            play.stack.ask("Mia Berger", Role.OPERATOR, "a1", body)
            play.stack.supervise()

    previewer.world.meanwhile = answered
    assert previewer.look() is not None
    assert previewer.world.given_up == ["q1"]
    assert the_question(play).decision.option_id == "cancel"
    assert previewer.look() is None


def test_what_the_world_refuses_altogether_is_not_asked_for_ever(played: Callable[..., Play]) -> None:
    play = played(None, 0.6)
    previewer = Previewer(play, replace(LITTLE, horizon_s=1e9))
    for after_s in (0.0, 6.0, 11.0, 1000.0):
        previewer.clock_s += after_s
        previewer.look()
    assert previewer.look() is None and the_question(play).previews == ()


@pytest.mark.parametrize("missing", ["world", "previews"])
def test_the_process_refuses_a_deployment_without(missing: str) -> None:
    class Start:
        deployment = type("D", (), {"world": object(), "previews": LITTLE, missing: None})

    with pytest.raises(InvalidField, match=missing):
        preview(Start())  # type: ignore[arg-type]
