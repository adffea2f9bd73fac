"""What rollouts showed, as predictions and previews of a question's options."""

from __future__ import annotations

from dataclasses import replace

from fleet.cli.whatif_replay import replay_of
from fleet.model.escalation import Escalation, Option, Prediction
from fleet.model.prediction import OptionPreview
from fleet.supervisor.state import FleetState
from sim_worlds.rollouts import Evaluation, OptionOutcome
from sim_worlds.rollouts.intervals import wilson

_LIKELY = 0.5


def predicted(found: Evaluation, escalation: Escalation, silent: dict[str, str]) -> tuple[Option, ...]:
    """The escalation's options with what the rollouts say of them. What they cannot say stays not known.

    Args:
        silent: why nothing can be said of an option's success, by option id; see `whatif.Question`.
    """
    ran = {o.option_id for o in found.options}
    return tuple(
        replace(o, predicted=_prediction(found, o, silent.get(o.option_id, ""))) if o.option_id in ran else o
        for o in escalation.options
    )


def previews_of(
    found: Evaluation, escalation: Escalation, silent: dict[str, str], state: FleetState
) -> tuple[OptionPreview, ...]:
    """A preview of each option that can be chosen; one that could not be run says so, with all its numbers not known.

    Args:
        silent: why nothing can be said of an option's success, by option id.
        state: whose robots and tasks the replays are about.
    """
    return tuple(_preview(found, escalation, o, silent, state) for o in escalation.options if o.possible)


def _preview(
    found: Evaluation, escalation: Escalation, option: Option, silent: dict[str, str], state: FleetState
) -> OptionPreview:
    outcome = next((o for o in found.options if o.option_id == option.option_id and o.n > 0), None)
    if outcome is None:
        why = silent.get(option.option_id, "no rollout of it was done in time")
        return OptionPreview(option_id=option.option_id, prediction=Prediction(basis=f"not known: {why}"))
    problems = tuple(f"in {count} of {outcome.n} runs {what}" for what, count in outcome.problems.items())
    return OptionPreview(
        option_id=option.option_id,
        prediction=_prediction(found, option, silent.get(option.option_id, "")),
        problems=problems,
        replay=replay_of(outcome, _about(escalation, option, state)),
    )


def _about(escalation: Escalation, option: Option, state: FleetState) -> tuple[str, ...]:
    """Ids of what somebody who reads the question would look for first."""
    things = [*escalation.robot_ids, *escalation.object_ids, *map(str, option.action.values())]
    for task_id in escalation.task_ids:
        task = state.tasks[task_id]
        things += [str(v) for v in task.grounded.values() if isinstance(v, str)]
        things += [task.robot_id] if task.robot_id is not None else []
    return tuple(dict.fromkeys(things))


def _prediction(found: Evaluation, option: Option, silent: str) -> Prediction:
    outcome = found.option(option.option_id)
    basis = f"{outcome.n} of {found.n} rollouts of {found.horizon_s:g} s from the world as it was at {found.at_s:.1f} s"
    if outcome.n == 0:
        return replace(option.predicted, basis=f"{option.predicted.basis}; no rollout was done in time")
    share, energy = outcome.success, found.difference(option.option_id, found.baseline, "energy_wh")
    low = high = None
    if share is not None:
        low, high = wilson(share.count, share.n)
        basis += f"; success in that time between {low:.0%} and {high:.0%} with 95 % confidence"
    elif silent:
        basis += f"; success is not known: {silent}"
    return Prediction(
        basis=basis,
        success=share.value if share is not None else None,
        success_low=low,
        success_high=high,
        duration_s=_rounded(outcome.duration_s.p50, 1) if outcome.duration_s is not None else None,
        energy_wh=_rounded(energy.mean, 3) if energy is not None else None,
        makes_late=tuple(sorted(_late(outcome))),
        runs=outcome.n,
        closest_person_m=_rounded(outcome.closest_person_m.p10, 2) if outcome.closest_person_m is not None else None,
        falls=outcome.any_fall.value if outcome.any_fall is not None else None,
        seed=found.seed,
    )


def _late(outcome: OptionOutcome) -> set[str]:
    """What else would more likely than not end later, or not at all."""
    return {e.name for e in outcome.effects if e.lost.value > _LIKELY or (e.later and e.later.value > _LIKELY)}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
