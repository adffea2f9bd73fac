"""Where people are: told now and then, and weighed where the site says who may work among them."""

from __future__ import annotations

from dataclasses import replace

from fleet.allocation.fleet_plan import FleetPlanner
from fleet.allocation.plan_settings import AllocationSettings, AllocationWeights
from fleet.model import events as ev
from fleet.model.evidence import Detection
from fleet.model.geometry import Pose
from fleet.model.tasks import TaskSpec
from fleet.supervisor.why import why
from tests.fleet.supervisor.building import Desk, a_robot


def a_desk(*certified: str, people: float = 60.0) -> Desk:
    """`near` stands beside the table, `far` is some metres away."""
    settings = AllocationSettings(iterations=20, certified=certified, weights=AllocationWeights(people=people))
    desk = Desk(a_robot("near"), a_robot("far"), allocator=FleetPlanner(settings))
    desk.report("near", pose=Pose(x=8, y=7))
    desk.report("far", pose=Pose(x=4, y=5))
    return desk


def somebody(desk: Desk) -> None:
    desk.see(Detection(subject_id="ada", subject_kind="person", x=5, y=5, zone="hall"))


def walk(task_id: str, **more: float) -> TaskSpec:
    return TaskSpec(task_id=task_id, skill="walk_to", parameters={"place": "table_1"}, **more)  # type: ignore[arg-type]


def test_work_among_people_goes_to_who_disturbs_nobody_though_another_is_nearer() -> None:
    desk = a_desk("far")
    somebody(desk)
    desk.submit(walk("a"))
    assert desk.task("a").robot_id == "far"


def test_it_goes_to_the_nearest_where_nobody_is_or_was_for_long() -> None:
    desk = a_desk("far")
    desk.submit(walk("a"))
    assert desk.task("a").robot_id == "near"
    desk = a_desk("far")
    somebody(desk)
    desk.wait(130, tick_s=10)
    desk.submit(walk("a"))
    assert desk.task("a").robot_id == "near"


def test_in_quiet_hours_people_are_taken_to_be_there_though_nobody_is_seen() -> None:
    for quiet_s, doing in (((0.0, 600.0, 86400.0), "far"), ((600.0, 900.0, 86400.0), "near")):
        desk = a_desk("far")
        hall = replace(desk.context.site.zones["hall"], quiet_s=quiet_s)
        desk.context = replace(desk.context, site=replace(desk.context.site, zones={"hall": hall}))
        desk.submit(walk("a"))
        assert desk.task("a").robot_id == doing


def test_a_model_may_be_certified_and_a_weight_that_is_small_does_not_outweigh_the_way() -> None:
    for desk in (a_desk("unitree_g1"), a_desk("far", people=0.5)):
        somebody(desk)
        desk.submit(walk("a"))
        assert desk.task("a").robot_id == "near"


def test_people_are_told_of_now_and_then_and_not_at_all_where_nobody_is_certified() -> None:
    desk = a_desk("far")
    for _ in range(10):
        somebody(desk)
    assert len([e for e in desk.events if isinstance(e, ev.PeopleSeen)]) == 1
    desk.wait(31, tick_s=10)
    somebody(desk)
    assert len([e for e in desk.events if isinstance(e, ev.PeopleSeen)]) == 2
    desk = a_desk()
    somebody(desk)
    assert not any(isinstance(e, ev.PeopleSeen) for e in desk.events)


def test_the_explanation_says_that_people_speak_against_the_nearer_one() -> None:
    desk = a_desk("far")
    somebody(desk)
    desk.submit(walk("a"))
    document = why(desk.state, desk.now_s, desk.context, "a")
    near = next(a for a in document["alternatives"] if a["robot_id"] == "near")
    assert near["difference"]["extra"] == 60.0
    assert "people it disturbs" in near["because"]
