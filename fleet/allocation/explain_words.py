"""Explanations in one sentence each: who has the task, what the next best would cost more, what would change it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fleet.allocation.instance import Instance, PlanTask
from fleet.allocation.weighing import LEAST, in_terms, seconds

if TYPE_CHECKING:
    from fleet.allocation.explain import Alternative, Explanation

_NAMED = 3


def comparison(
    robot_id: str,
    extra_cost: float,
    difference: Mapping[str, float],
    its_end_s: float | None,
    end_s: float | None,
    also: tuple[str, ...],
    undone: tuple[str, ...] = (),
) -> str:
    """What the best plan costs in which that robot does the task, against the plan there is. `undone` are tasks that
    would be done no more."""
    felt = extra_cost - difference.get("unplaced", 0.0)
    if undone:
        said = f"with {robot_id}, {_listed(undone)} would be left undone"
    elif abs(felt) <= LEAST:
        said = f"with {robot_id} the plan costs the same"
    elif felt > 0:
        said = f"with {robot_id} the plan costs {felt:.1f} s more"
    else:
        said = f"with {robot_id} the plan costs {-felt:.1f} s less, which the search had not found before"
    terms = in_terms(difference)
    said += f" ({terms})" if terms else ""
    if its_end_s is not None and end_s is not None and abs(its_end_s - end_s) >= 1.0:
        said += f", the task ends {seconds(abs(its_end_s - end_s))} {'later' if its_end_s > end_s else 'sooner'}"
    if also:
        said += f", and {_listed(also)} would go to another robot"
    return said


def sentence_of(instance: Instance, task: PlanTask, made: Explanation) -> str:
    """The whole explanation in one or two plain sentences."""
    return " ".join(part for part in (_who(instance, task, made), _rival(made), _cannot(made)) if part)


def _who(instance: Instance, task: PlanTask, made: Explanation) -> str:
    if not made.robots:
        return f"Nobody has {made.task_id}: {made.unplaced_because or 'no reason was given'}."
    robots = " and ".join(made.robots)
    said = f"{robots} {'does' if len(made.robots) == 1 else 'do'} {made.task_id}"
    if made.starts_s is not None and made.ends_s is not None:
        begins = "at once" if made.starts_s <= instance.now_s else f"in {seconds(made.starts_s - instance.now_s)}"
        said += f", beginning {begins} and ending in {seconds(made.ends_s - instance.now_s)}"
    if task.due_s is not None and made.ends_s is not None:
        slack_s = task.due_s - made.ends_s
        said += f", {seconds(abs(slack_s))} {'before' if slack_s >= 0 else 'after'} its deadline"
    terms = in_terms(made.terms)
    return said + (f"; it adds {terms} to the plan." if terms else ".")


def _rival(made: Explanation) -> str:
    able = [a for a in made.alternatives if a.possible]
    if not able:
        return "No other robot can do it now." if made.robots and made.alternatives else ""
    first = able[0]
    said = f"{'Next best' if made.robots else 'Best'}: {first.because}"
    return said + (f"; {first.flips[0].text}." if first.flips else ".")


def _cannot(made: Explanation) -> str:
    cannot = [a for a in made.alternatives if not a.possible]
    together: dict[str, list[str]] = {}
    for alternative in cannot:
        together.setdefault(_bare(alternative), []).append(alternative.robot_id)
    if not together:
        return ""
    said = [f"{_listed(tuple(robots))}: {why}" for why, robots in list(together.items())[:_NAMED]]
    more = len(together) - _NAMED
    return "Cannot: " + "; ".join(said) + (f"; and {more} other reasons." if more > 0 else ".")


def _bare(alternative: Alternative) -> str:
    return alternative.because.split("; ")[0] if math.isinf(alternative.extra_cost) else alternative.because


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
