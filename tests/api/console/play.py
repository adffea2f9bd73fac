"""A shift for the stage, for looking at the console."""

from __future__ import annotations

from typing import Any


def play(stage: Any) -> None:
    """A shift in which things go wrong, to look at."""
    task = lambda i, skill, why, **p: {"task_id": i, "skill": skill, "parameters": p, "why": why}  # noqa: E731
    stage.do_mission(
        "M-dressings",
        "Dressings and gloves to the ward",
        [
            {
                **task("T-01", "carry", "bed 1 is changed at ten", object={"colour": "blue"}, to="table_1"),
                "deadline_s": 400.0,
            },
            task("T-02", "carry", "gloves ran out", object="yellow_1", to="table_3"),
            task("T-03", "carry", "dressings for the evening", object="blue_2", to="station_1"),
            {**task("T-04", "inspect", "see that the table is tidy", target="table_1"), "depends_on": ["T-01"]},
        ],
        why="the morning round starts at ten",
    )
    stage.do_mission(
        "M-linen",
        "Fresh linen",
        [
            {
                **task("T-05", "carry", "beds 3 and 4 are made fresh", object="linen_1", to="table_4"),
                "deadline_s": 90.0,
            },
            task("T-06", "inspect", "count what is left", target="store"),
            task("T-07", "carry", "infusions for the night", object="fluids_2", to="lab_2"),
        ],
        why="linen is changed on Mondays",
    )
    stage.do_mission(
        "M-samples",
        "Samples to the laboratory",
        [
            task("T-08", "carry", "blood count for bed 2", object="samples_1", to="lab_1"),
            task("T-09", "hand_over", "Dr Lin asked for it in person", object="red_1", person="doctor_lin"),
            task("T-10", "walk_to", "be ready at the station", place="station_front"),
            task("T-11", "wait", "stand by", seconds=300),
        ],
    )
