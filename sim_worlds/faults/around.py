"""Faults around the world: messages, processes, people. The world keeps their states, whoever runs the fleet acts.

`World.faults.active(kind)` says what is to be done; `World.faults.serve(...)` is how the caller says that it does it.
"""

from __future__ import annotations

from sim_worlds.faults.kinds import MESSAGES, STACK, Kind, Scene, Wrong, need_between, need_lag
from sim_worlds.faults.spec import DIRECTIONS, PROCESSES, FaultSpec

_LONGEST_LAG_S = 60.0
_WHICH = ("robots", "direction", "probability")


def _check_messages(spec: FaultSpec, _scene: Scene) -> None:
    if spec.direction is not None and spec.direction not in DIRECTIONS:
        raise Wrong("direction", spec.direction, f"one of: {', '.join(DIRECTIONS)}")
    if spec.probability is not None and not 0 < spec.probability <= 1:
        raise Wrong("probability", spec.probability, "a number above 0 and at most 1")
    if spec.kind in ("messages_late", "messages_reordered", "messages_duplicated") and (
        spec.lag_s is not None or spec.kind == "messages_late"
    ):
        need_lag(spec, _LONGEST_LAG_S)


def _check_kill(spec: FaultSpec, _scene: Scene) -> None:
    if spec.process not in PROCESSES:
        raise Wrong("process", spec.process, f"one of: {', '.join(PROCESSES)}")
    if spec.process == "world" and (spec.duration_s is None or spec.until is not None):
        raise Wrong("until", spec.until and "a condition", "duration_s alone: a world that is away knows no conditions")


def _check_loss(spec: FaultSpec, scene: Scene) -> None:
    _check_messages(spec, scene)
    need_between(spec, "probability", 0, 1)


_NOBODY = "all robots when `robots` is left out"

KINDS = (
    Kind(
        name="messages_late",
        effect=f"Messages between supervisor and robots ({_NOBODY}) arrive later, by times drawn from `lag_s` for each "
        "message; the order between two ends stays.",
        recovery="New messages arrive in time; what is under way still arrives.",
        lasts="may",
        needs=("lag_s",),
        takes=_WHICH,
        where=MESSAGES,
        check=_check_messages,
    ),
    Kind(
        name="messages_duplicated",
        effect="Messages arrive twice, the second after a time drawn from `lag_s` (0 to 1 s when left out).",
        recovery="New messages arrive once.",
        lasts="may",
        takes=("lag_s", *_WHICH),
        where=MESSAGES,
        check=_check_messages,
    ),
    Kind(
        name="messages_reordered",
        effect="Messages are held back by a time drawn from `lag_s` (0 to 1 s when left out) and overtaken by later "
        "ones.",
        recovery="New messages keep their order.",
        lasts="may",
        takes=("lag_s", *_WHICH),
        where=MESSAGES,
        check=_check_messages,
    ),
    Kind(
        name="messages_lost",
        effect="Each message is lost with `probability`. Reports and observations are gone; commands and answers are "
        "sent again by the transport after a second until they get through, as DDS reliable delivery does.",
        recovery="New messages arrive.",
        lasts="may",
        needs=("probability",),
        takes=("robots", "direction"),
        where=MESSAGES,
        check=_check_loss,
    ),
    Kind(
        name="partition",
        effect=f"The robots ({_NOBODY}) are cut off from the supervisor, in one direction or both. Reports are gone, "
        "commands and answers wait. A robot that hears nothing holds by itself.",
        recovery="What waited arrives, in order.",
        lasts="may",
        takes=("robots", "direction"),
        where=MESSAGES,
        check=_check_messages,
    ),
    Kind(
        name="operator_absent",
        effect="Nobody answers questions. Stops and safe defaults do not wait for anybody.",
        recovery="The operator is back and answers what is still open.",
        lasts="may",
        where=STACK,
    ),
    Kind(
        name="process_killed",
        effect="`process` is killed on the spot, without a chance to tidy up: the supervisor (its state is thrown "
        "away), the adapter host (what it knew of commands under way is gone), or the world.",
        recovery="After `duration_s` it is started again: the supervisor from its journal, the host from the robots' "
        "own state and the world's ledger, the world from its last checkpoint.",
        lasts="must",
        needs=("process",),
        where=STACK,
        check=_check_kill,
    ),
)
