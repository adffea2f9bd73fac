"""How likely a claim is true, on the robot's record and on what each independent source saw.

Odds form of Bayes' rule: prior odds of the robot's honesty for the skill (mean of a Beta posterior, see
`fleet.model.tally`) times one likelihood ratio for each source, P(seen so | done) / P(seen so | not done). Sources
count as independent of one another given the truth; that is why a source speaks once, with its newest observation,
however often it looked. The numbers need not be right for the gate to keep its promise, better ones only help it ask
less: it is calibrated on them.
"""

from __future__ import annotations

from collections.abc import Callable

from fleet.model.evidence import Claim
from fleet.model.tally import CLAIMS, Tally
from fleet.verification.judge import Evidence, Witness

_MISSES = {"camera": 0.1, "robot": 0.12, "person": 0.02}  # what is there is not seen
_FALSE_SURE, _FALSE_UNSURE = 0.02, 0.22  # what is not there is seen: by a detection of confidence 1, and of 0
_FALSE_ROBOT = 0.03  # more, for eyes that move
_HALF_LIFE_S = 20.0  # evidence that is so much older than the newest says half as much
_LEAST, _MOST = 1e-3, 1.0 - 1e-3


def likely(claim: Claim, evidence: Evidence, honesty: Callable[[str, str], Tally]) -> float:
    """The posterior probability that the claim is true, in [0.001, 0.999].

    Evidence is as old as it is older than the newest of it: no clock is asked, for clocks may be set.

    Args:
        honesty: a robot's record for a skill; that of robots that bear witness counts too.
    """
    mean = honesty(claim.robot_id, claim.skill).mean(CLAIMS)
    odds = mean / (1.0 - mean)
    newest_s = max((w.observation.observed_at_s for w in evidence.all), default=0.0)
    for witness in evidence.all:
        age_s = newest_s - witness.observation.observed_at_s
        odds *= float(_ratio(witness, honesty) ** 0.5 ** (age_s / _HALF_LIFE_S))
    return min(max(odds / (1.0 + odds), _LEAST), _MOST)


def _ratio(witness: Witness, honesty: Callable[[str, str], Tally]) -> float:
    """P(seen so | done) / P(seen so | not done) of one source."""
    seen = witness.observation
    missed = _MISSES.get(seen.source_kind, max(_MISSES.values()))
    if witness.confidence is None:  # it looked there and did not see it
        return missed / (1.0 - _FALSE_SURE)
    sure = min(max(witness.confidence, 0.0), 1.0)
    false = _FALSE_SURE + (_FALSE_UNSURE - _FALSE_SURE) * (1.0 - sure)
    if seen.source_kind == "robot":  # eyes that move, of somebody whose own word was not always good
        doubted = max(0.0, CLAIMS.mean - honesty(seen.source, "inspect").mean(CLAIMS))
        false = min(false + _FALSE_ROBOT + doubted, 0.9)
    ratio = (1.0 - missed) / false
    return ratio if witness.agrees else 1.0 / ratio
