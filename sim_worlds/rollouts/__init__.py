"""What-if rollouts: what would happen if? Copies of the live world run ahead, many times, with different luck.

`evaluate(world, options, horizon_s, n, seed)` answers with distributions; `begin` does it beside the live world.
See `docs/how-to/ask-what-if.md`.
"""

from sim_worlds.rollouts.checks import OptionError, check_request
from sim_worlds.rollouts.evaluation import Pending, begin, evaluate
from sim_worlds.rollouts.fork import fork_rollout
from sim_worlds.rollouts.intervals import Share, Summary, share, summary
from sim_worlds.rollouts.options import (
    ALL,
    AS_NOW,
    NO_VARIATION,
    AllOf,
    AnyOf,
    CommandDone,
    Executor,
    Fork,
    Goal,
    NobodyFell,
    ObjectAt,
    ObjectHeldBy,
    OptionPlan,
    PlansDone,
    Ray,
    Request,
    RobotAt,
    RobotPlan,
    Variation,
    option_from_plain,
)
from sim_worlds.rollouts.results import (
    Death,
    Evaluation,
    EvaluationStatus,
    Lateness,
    OptionOutcome,
    RunResult,
    TaskEnd,
    Track,
)
from sim_worlds.rollouts.sister import RolloutFailed

__all__ = [
    "ALL",
    "AS_NOW",
    "NO_VARIATION",
    "AllOf",
    "AnyOf",
    "CommandDone",
    "Death",
    "Evaluation",
    "EvaluationStatus",
    "Executor",
    "Fork",
    "Goal",
    "Lateness",
    "NobodyFell",
    "ObjectAt",
    "ObjectHeldBy",
    "OptionError",
    "OptionOutcome",
    "OptionPlan",
    "Pending",
    "PlansDone",
    "Ray",
    "Request",
    "RobotAt",
    "RobotPlan",
    "RolloutFailed",
    "RunResult",
    "Share",
    "Summary",
    "TaskEnd",
    "Track",
    "Variation",
    "begin",
    "check_request",
    "evaluate",
    "fork_rollout",
    "option_from_plain",
    "share",
    "summary",
]
