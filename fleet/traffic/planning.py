"""Ways for all robots that walk: found one by one among the ways of the others, and together where that does not do."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fleet.model.site import SiteMap
from fleet.traffic.beside import keeps_for, leads_through, walk_slowly
from fleet.traffic.blocks import Blocks
from fleet.traffic.booking import Booking
from fleet.traffic.circles import circles_of
from fleet.traffic.floor import Move, Point
from fleet.traffic.freeing import Freeing
from fleet.traffic.gate import SOMETHING
from fleet.traffic.kernels.smoothing import meet_in_time
from fleet.traffic.parking import Parking
from fleet.traffic.plans import Plan
from fleet.traffic.reasons import Reason, Reasons
from fleet.traffic.roadmap import Roadmap
from fleet.traffic.search import Finder, Wanted
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.swapping import swap
from fleet.traffic.timetable import Timetable
from fleet.traffic.tracks import Track
from fleet.traffic.walking_up import WalkingUp

Floats = NDArray[np.float64]
_AT_ONCE = 16  # ways found in one call; the others wait for the next
_AGAIN_S = 1.0
_BETTER_S = 3.0
_MOST_TOGETHER = 12
_SET_OUT_S = (3.0, 6.0, 12.0, 24.0, 40.0)  # how long those planned later may still stand where they are, by round
_SLACK_S = 2.0
_ROOM_M = 0.3
_AROUND_AFTER_S = 2.0
_AROUND_M = 3.0  # so much longer is a way around people who are in the way now


class Planning:
    """Keeps a plan for every robot that walks."""

    def __init__(self, site: SiteMap, roadmap: Roadmap, settings: TrafficSettings, blocks: Blocks) -> None:
        self.roadmap, self.settings, self.blocks = roadmap, settings, blocks
        self.finder = Finder(roadmap, settings)
        self.book, self.alone = Booking(site, roadmap, settings, self.finder.nearby), Timetable(roadmap, settings)
        self.parking = Parking(site, roadmap, self.finder)
        self.reasons = Reasons(blocks, self.finder)
        self.up = WalkingUp(blocks, self.finder, self.reasons, self.parking)
        self.freeing = Freeing(settings, blocks, roadmap.cells)
        self._looked_s = -math.inf
        self._tracks: list[Track] = []
        self._at, self._radii = np.zeros((0, 2)), np.zeros(0)

    @property
    def moves(self) -> tuple[Move, ...]:
        return self.parking.moves

    # What is asked

    def plan(self, tracks: list[Track], now_s: float, changed: bool) -> None:
        """New plans for who has none, left his way, or is led where it is closed now; better ones for who waits."""
        self.book.forget()
        for t in tracks:
            if t.plan is not None and t.off_route_m > self.settings.off_route_m:
                self._stray(t, now_s)
            else:
                t.off_since = None
            if changed:
                self._turn_back(t)
        lost = [t for t in tracks if t.walks and (t.plan is None or t.plan.refuge)]
        need = [t for t in lost if now_s - t.tried_s >= _AGAIN_S and self.freeing.is_led(t, now_s)]
        looks = not 0.0 <= now_s - self._looked_s < _AGAIN_S
        self._looked_s = now_s if looks else self._looked_s
        stale = [t for t in tracks if (changed or (looks and self._meets(t, now_s))) and leads_through(self.blocks, t)]
        waiting = [t for t in tracks if looks and t.waits_since is not None and self._is_tired(t, now_s)]
        # Of equals who has the shortest way goes first: whoever is near a door is through before others get there.
        need.sort(key=lambda t: (-t.robot.urgency, t.walk_since, t.straight_m(), t.robot.robot_id))
        waiting.sort(key=lambda t: (t.waits_since, t.robot.robot_id))
        if need or stale or waiting:
            self.book.refresh(tracks, now_s)
        for t in [*stale, *need][:_AT_ONCE]:
            self._find(t, tracks, now_s)
        for t in waiting[:2]:
            self._find_better(t, tracks, now_s)
        self.parking.look(tracks, self.blocks.lasting)

    def part(self, tracks: list[Track], now_s: float) -> list[list[Track]]:
        """Find robots that wait for each other in a circle, and plan for them together. Returns those circles."""
        circles = circles_of({t.robot.robot_id: t for t in tracks}, now_s, self.settings.stand_off_s)
        for circle in circles:
            if max(t.tried_s for t in circle) > now_s - _AGAIN_S:
                continue
            self.book.refresh(tracks, now_s)
            if not self._together(circle, tracks, now_s):
                for t in circle:  # also give back the floor that was not walked yet
                    t.drop(keep=True)
                self.book.forget()
                self.book.refresh(tracks, now_s)
                self._together(circle, tracks, now_s)
        return circles

    def _stray(self, t: Track, now_s: float) -> None:
        """A robot that is not where its route leads is led from where it is."""
        if t.off_since is None:
            t.off_since = now_s
        t.drop(keep=True)
        t.tried_s = -math.inf

    def _turn_back(self, t: Track) -> None:
        """Who was given floor that leads through what has closed since is led from where he is, unless he is in it."""
        if t.plan is None or not self.blocks.areas:
            return
        r = t.robot
        given = t.plan.floor_had(r.x, r.y)
        if self.blocks.through_areas(given, doubted=True).any() and not self.blocks.areas_at(r.x, r.y):
            t.drop(keep=True)
            t.tried_s = -math.inf

    def _meets(self, t: Track, now_s: float) -> bool:
        """Whether it may come to people now whom it did not reckon with when its way was found."""
        return now_s - t.tried_s >= self.settings.replan_after_s and any(b.person for b in self.blocks.lasting)

    def _is_tired(self, t: Track, now_s: float) -> bool:
        if not t.walks or t.plan is None or t.waits_since is None:
            return False
        after_s = _AROUND_AFTER_S if t.waits_for == SOMETHING else self.settings.replan_after_s
        return now_s - max(t.waits_since, t.tried_s) >= after_s

    # One way

    def _want(self, t: Track, tracks: list[Track], number: int) -> tuple[Wanted, Floats, Floats]:
        (x, y), had, limits = t.start()
        r = t.robot
        pace = np.minimum(limits, r.speed_mps)
        begin = float((np.hypot(had[:, 2] - had[:, 0], had[:, 3] - had[:, 1]) / pace).sum()) if len(had) else 0.0
        goal = t.goal()
        aparts = self._aparts(r.radius_m, tracks)
        for n in np.flatnonzero(np.hypot(*(self._at - (x, y)).T) < aparts + 1e-6).tolist():
            away = math.hypot(tracks[n].robot.x - x, tracks[n].robot.y - y)
            aparts[n] = max(away - 0.02, 0.05) if away < aparts[n] else aparts[n]
        want = Wanted(
            robot=number, x=x, y=y, goal=goal, begin_s=begin, speed_mps=max(r.speed_mps, 0.05), aparts=aparts,
            radius_m=r.radius_m, free=self.blocks.free, stays_s=self.settings.stays_s, widest_m=self.book.apart(t),
            **keeps_for(self.blocks, (x, y), goal, r.radius_m, begin, r.speed_mps),
        )  # fmt: skip
        if self.blocks.areas and self.blocks.areas_at(x, y):
            want = self.reasons.leaving(want)
        return want, had, limits

    def _aparts(self, radius_m: float, tracks: list[Track]) -> Floats:
        """How far a robot of that radius keeps from each."""
        if self._tracks is not tracks:
            self._tracks = tracks
            self._at = np.array([(o.robot.x, o.robot.y) for o in tracks])
            self._radii = np.array([o.robot.radius_m for o in tracks])
        aparts: Floats = radius_m + self._radii + self.settings.margin_m
        return aparts

    def search(
        self, t: Track, tracks: list[Track], now_s: float, table: Timetable | None = None, *, refuge: bool = False,
        to: Point | None = None, around: bool = False,
    ) -> Plan | None:  # fmt: skip
        """A way for one robot, which is taken out of the timetable for it. It is not put back. With `to` it waits there
        for a way to its goal; `around`: who walks by now is walked around as who stands."""
        table = table or self.book.table
        number = tracks.index(t)
        want, had, limits = self._want(t, tracks, number)
        want = want if to is None else replace(want, goal=to)
        table.remove(number)
        close = np.flatnonzero(want.aparts < self._aparts(t.robot.radius_m, tracks)).tolist()
        near = [n for n in close if n != number and n in table.parts and tracks[n].plan is None]
        for n in near:  # who stands too near already is kept no nearer
            table.remove(n)
        plan = None
        if refuge or not self.blocks.inside(*want.goal):
            tries = self.reasons.in_turn(want) if not around else (self.reasons.around(want),)
            plan = next((p for w in tries if (p := self.finder.find(w, table, refuge=refuge)) is not None), None)
            if plan is None and not refuge and t.free_s is None and self.freeing.has_hope(t, now_s):
                # There is room past what stands in the only way, but not with all margins: walk up to it.
                plan = self.finder.find(self.reasons.but_things(want), table)
        for n in near:
            self.book.enter(n, tracks[n], now_s, table=table)
        if plan is None:
            return None
        plan.refuge = plan.refuge or to is not None
        walk_slowly(plan, self.blocks.lasting, want.kept, self.settings.slow_near_people_mps)
        return self.finder.after(had, limits, plan, want, now_s)

    def _find(self, t: Track, tracks: list[Track], now_s: float) -> bool:
        """A way for a robot that has none, or none that will do. False if there is none."""
        t.tried_s = now_s
        plan = self.search(t, tracks, now_s)
        if plan is None:
            plan = self._search_past_idle(t, tracks, now_s)
        if plan is not None:
            t.take(plan)
            t.no_way_since = None
            self.book.enter(tracks.index(t), t, now_s)
            return True
        self.book.enter(tracks.index(t), t, now_s)
        t.shut_in = not self.finder.reachable(self._want(t, tracks, tracks.index(t))[0])
        if not t.shut_in and self._together([t], tracks, now_s, t):
            t.no_way_since = None
            return True
        if t.plan is None:
            t.no_way_since = now_s if t.no_way_since is None else t.no_way_since
        if t.free_s is None and not self._walk_up(t, tracks, now_s) and t.plan is None:
            self._make_room(t, tracks, now_s)
        return False

    def _walk_up(self, t: Track, tracks: list[Track], now_s: float) -> bool:
        """A robot whose way is closed walks as near to what is closed as is useful. False if it stays where it is."""
        spot = self.up.where(t, self._want(t, tracks, tracks.index(t))[0], tracks)
        if spot is None:
            return False
        going = t.plan is not None and t.plan.refuge
        plan = None if going else self.search(t, tracks, now_s, to=spot)
        if plan is not None:
            t.take(plan)
        self.book.enter(tracks.index(t), t, now_s)
        return t.plan is not None

    def _make_room(self, t: Track, tracks: list[Track], now_s: float) -> None:
        """A robot that has no way to its goal now goes where it is in nobody's, if others are to pass where it is."""
        plan = self.search(t, tracks, now_s, refuge=True)
        if plan is not None and math.dist(plan.points[-1], (t.robot.x, t.robot.y)) > _ROOM_M:
            t.take(plan)
        self.book.enter(tracks.index(t), t, now_s)

    def _search_past_idle(self, t: Track, tracks: list[Track], now_s: float) -> Plan | None:
        """A way on the understanding that robots with nothing to do make room."""
        idle = [n for n, o in enumerate(tracks) if o is not t and o.robot.idle and o.plan is None and o.robot.moves]
        for n in idle:
            self.book.enter(n, tracks[n], now_s, leaves_after=self.settings.stays_s)
        plan = self.search(t, tracks, now_s) if idle else None
        for n in idle:
            self.book.enter(n, tracks[n], now_s)
        return plan

    def _find_better(self, t: Track, tracks: list[Track], now_s: float) -> None:
        """A robot waits: is there a way on which it is sooner?"""
        assert t.plan is not None
        t.tried_s = now_s
        if t.waits_for == SOMETHING and self._go_around(t, tracks, now_s):
            return
        plan = self.search(t, tracks, now_s) or self._search_past_idle(t, tracks, now_s)
        waits_for = next((o for o in tracks if o.robot.robot_id == t.waits_for), None)
        stands = waits_for is not None and waits_for.plan is None
        better = plan is not None and (stands or plan.reaches[-1] < t.plan.reaches[-1] - _BETTER_S)
        if plan is not None and better:
            t.take(plan)
        self.book.enter(tracks.index(t), t, now_s)
        if not better:
            swap(self, t, tracks, now_s)

    def _go_around(self, t: Track, tracks: list[Track], now_s: float) -> bool:
        """A robot waits for people: a way around where they are now, if it is no longer than it has waited."""
        assert t.plan is not None and t.waits_since is not None
        plan = self.search(t, tracks, now_s, around=True)
        self.book.enter(tracks.index(t), t, now_s)
        if plan is None or _left_m(plan) > _left_m(t.plan) + _AROUND_M + (now_s - t.waits_since) * t.robot.speed_mps:
            return False
        t.take(plan)
        self.book.enter(tracks.index(t), t, now_s)
        return True

    def why(self, t: Track, tracks: list[Track]) -> Reason | None:
        """Why there is no way for a robot; None if others are in it, and only for now."""
        return self.reasons.why(self._want(t, tracks, tracks.index(t))[0])

    # Many ways

    def _together(self, first: list[Track], tracks: list[Track], now_s: float, failed: Track | None = None) -> bool:
        """Plan anew for some robots and whoever is in their way, in the order in which it works. All or nothing.
        `failed` is the first, if it is known already that there is no way for it alone."""
        group = list(first)
        before = {id(t): (t.plan, t.ours) for t in tracks}
        for sets_out_s in _SET_OUT_S:
            for t in group:
                self.book.enter_waiting(tracks.index(t), t, sets_out_s)
            failed = failed or self._one_by_one(group, tracks, now_s)
            if failed is None:
                for t in group:
                    t.tried_s = now_s
                return True
            for t in group:
                t.plan, t.ours = before[id(t)]
            wider = [o for o in self._in_the_way_of(failed, group, tracks, now_s) if o not in group]
            if failed is group[0] and not wider:
                break  # nor with the same others, who leave even later
            group, failed = [failed, *(t for t in group if t is not failed), *wider][:_MOST_TOGETHER], None
        for t in group:
            t.plan, t.ours = before[id(t)]
            self.book.enter(tracks.index(t), t, now_s)
        return False

    def _one_by_one(self, group: list[Track], tracks: list[Track], now_s: float) -> Track | None:
        """Plans for a group that is out of the timetable, in this order. Returns the first for whom there is none."""
        for t in group:
            plan = self.search(t, tracks, now_s)
            if plan is None and t is not group[0]:
                plan = self.search(t, tracks, now_s, refuge=True)
            if plan is None:
                return t
            t.take(plan)
            self.book.enter(tracks.index(t), t, now_s)
        return None

    def _in_the_way_of(self, t: Track, group: list[Track], tracks: list[Track], now_s: float) -> list[Track]:
        """Who, of those that walk, is where the robot would go if it were alone."""
        standing = [n for n, o in enumerate(tracks) if not o.walks]
        self.alone.keep(set(standing))
        for n in standing:
            self.book.enter(n, tracks[n], now_s, table=self.alone)
        plan = self.search(t, tracks, now_s, self.alone)
        if plan is None:
            return []
        begins, ends = plan.spans(now_s, self.settings.stays_s)
        found = []
        for n, (pieces, since, until) in self.book.table.parts.items():
            o = tracks[n]
            if o.walks and o not in group:
                if meet_in_time(plan.pieces, begins, ends, pieces, since, until, self.book.apart(t), _SLACK_S):
                    found.append(o)
        return found


def _left_m(plan: Plan) -> float:
    """How long the rest of a way is."""
    rest = plan.ways[plan.next :]
    return float(np.hypot(rest[:, 2] - rest[:, 0], rest[:, 3] - rest[:, 1]).sum())


__all__ = ["Planning"]
