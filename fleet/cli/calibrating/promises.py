"""What is promised for each class by the data that are shipped, and what their features are called."""

from __future__ import annotations

from fleet.escalation.gate.calibration import Promise
from fleet.escalation.gate.store import Key
from fleet.grounding.interpret import FEATURES as IN_WORDS
from fleet.model.severity import Severity

_GAMMA = 0.005  # a miss where 10 % are promised: 0.45 points stricter; a hit: 0.05 points less

PROMISES: dict[Key, Promise] = {
    ("is_the_claim_true", Severity.MEDIUM): Promise(epsilon=0.05, alpha=0.02, least=60, gamma=_GAMMA),
    ("is_the_claim_true", Severity.LOW): Promise(epsilon=0.05, alpha=0.02, least=60, gamma=_GAMMA),
    ("which_described_object", Severity.MEDIUM): Promise(epsilon=0.1, alpha=0.05, gamma=_GAMMA),
    # Much of what people say fits several things; the bar for acting (alpha) is what keeps it safe.
    ("which_object", Severity.MEDIUM): Promise(epsilon=0.15, alpha=0.05, gamma=_GAMMA),
    # Less than the others: at a site that is new it is where the promise is broken first (see the benchmark).
    ("which_place", Severity.MEDIUM): Promise(epsilon=0.1, alpha=0.03, gamma=_GAMMA),
    ("which_skill", Severity.MEDIUM): Promise(epsilon=0.1, alpha=0.05, gamma=_GAMMA),
    # Wrong here means one attempt in vain, which the next rung catches and which costs nobody's time: in the rough
    # shifts that the shipped data are from, that is half of all attempts, and a question for each would cost far more.
    # What is promised is that it is not worse. For the same reason only the strangest of 500 is too strange.
    ("which_recovery", Severity.LOW): Promise(epsilon=0.7, alpha=0.7, least=30, novelty=0.002, gamma=_GAMMA),
    ("which_robot", Severity.LOW): Promise(epsilon=0.5, alpha=0.5, least=30, novelty=0.002, gamma=_GAMMA),
}

FEATURES: dict[Key, tuple[str, ...]] = {
    ("is_the_claim_true", Severity.MEDIUM): (
        "sources for it",
        "sources against it",
        "best confidence",
        "s after the claim that the newest was seen",
        "distrust of the robot",
        "only robots saw it",
    ),
    ("which_recovery", Severity.LOW): ("rung", "reason", "retries", "replans", "reassignments", "battery"),
    ("which_robot", Severity.LOW): ("battery left", "slack", "distrust of the robot", "travel", "attempt"),
    ("which_described_object", Severity.MEDIUM): (
        "things that fit",
        "best score",
        "its lead",
        "features named",
        "share that somebody saw",
    ),
    ("which_object", Severity.MEDIUM): IN_WORDS,
    ("which_place", Severity.MEDIUM): IN_WORDS,
    ("which_skill", Severity.MEDIUM): IN_WORDS,
}
