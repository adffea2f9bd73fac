"""One scenario and seed, played to learn from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fleet import __version__
from fleet.cli.calibrating.exploring import ExploringGate
from fleet.cli.calibrating.truth import TruthWatch
from fleet.cli.scenario.build import Built, build
from fleet.cli.scenario.play import Play
from fleet.escalation.gate.records import Example
from fleet.escalation.gate.store import Case, Source
from fleet.escalation.learned import key_of_ruling, learn
from fleet.journal.replay import records_of
from fleet.model.ruling import Ruled
from fleet.scenario.load import load_scenario
from fleet.supervisor.context import Context


class Explored(Built):
    """A scenario whose supervisor tries what only trying can tell."""

    def context(self) -> Context:
        """The supervisor's, with the gate that collects."""
        return replace(super().context(), gate=ExploringGate())


class Run(NamedTuple):
    """What a run was good for. `left` counts rulings that taught nothing, by why."""

    name: str
    seed: int
    cases: tuple[Case, ...]
    left: dict[str, int]


@dataclass
class LearningPlay(Play):
    """A run beside which the truth is looked at, tick by tick."""

    def __post_init__(self) -> None:
        Play.__post_init__(self)
        self.truth, self._read = TruthWatch(), 0

    def step(self) -> None:
        """One tick of everything, and a look at what was so when the supervisor ruled."""
        Play.step(self)
        if self.stack.store.head() == self._read or not self.stack.supervised:
            return
        records = self.stack.store.read(after=self._read)
        self._read = self.stack.store.head()
        self.truth.look(records, self.state, self.stack.world)


def collect(file: Path, seed: int) -> Run:
    """Play a scenario with a seed and take the examples from it.

    Truth is taken from the world, at the moment of the ruling or when what was tried had shown; and from the script's
    operator where only people know (what an instruction meant), unless the script makes the operator err.

    Raises:
        FileError, BadInput: the scenario cannot be.
    """
    scenario = load_scenario(file)
    built = build(scenario, seed)
    explored = Explored(**{name: getattr(built, name) for name in Built.__dataclass_fields__})
    source = Source(kind="simulation", name=scenario.name, seed=seed, site=built.site.site_id, version=__version__)
    with TemporaryDirectory() as folder:
        run = LearningPlay(explored, Path(folder) / "journal.sqlite")
        try:
            run.play()
            run.truth.close()
            found = [_case(ruled, right, source) for ruled, right in run.truth.known]
            left = Counter(run.truth.left)
            if scenario.spec.operator.errs == 0.0:
                found += _from_people(records_of(run.stack.store), {r.ruling_id for r, _ in run.truth.known}, source)
        finally:
            run.close()
    return Run(scenario.name, seed, tuple(found), dict(left))


def _from_people(records: object, have: set[str], source: Source) -> list[Case]:
    learned = learn(records)  # type: ignore[arg-type]
    only = {k: v for k, v in learned.known.items() if k not in have and v.how == "decided"}
    learned.known = {k: v for k, v in only.items() if v.ruled.choice.decision_class.startswith("which_")}
    return learned.cases(source)


def _case(ruled: Ruled, right: tuple[int, ...], source: Source) -> Case:
    choice = ruled.choice
    example = Example(
        scores=choice.scores, acceptable=right, features=choice.features, at_s=ruled.ruled_at_s, source=source.text
    )
    return Case(key=key_of_ruling(ruled), example=example, source=source)
