"""What of the traffic people are told: each thing once, for as long as it lasts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fleet.traffic.blocks import Blocks
from fleet.traffic.floor import Floor, NoteKind, Point, TrafficNote
from fleet.traffic.gate import SHUT, SOMETHING
from fleet.traffic.settings import TrafficSettings
from fleet.traffic.tracks import Track

if TYPE_CHECKING:
    from fleet.traffic.planning import Planning

_LASTS_S = 20.0  # a thing that was gone for less is the same thing
_SAME_SPOT_M = 2.5
_TRIES_AGAIN_S = 120.0  # what a robot met is forgotten sooner; it then tries once more, and meets it again
_STANDS_OFF_S = 10.0
_OFF_ROUTE_S = 5.0
_NO_WAY_S = 2.0


class Telling:
    """Keeps what goes on, so that it is told once."""

    def __init__(self, settings: TrafficSettings, blocks: Blocks) -> None:
        self.settings, self.blocks = settings, blocks
        self._lasting: dict[str, tuple[TrafficNote, float]] = {}
        self._since: dict[tuple[str, str], float] = {}

    def forget(self) -> None:
        """The clock has jumped: nothing is known of how long anything lasts."""
        self._lasting.clear()
        self._since.clear()

    def notes(
        self, tracks: list[Track], planning: Planning, floor: Floor, circles: list[list[Track]]
    ) -> tuple[TrafficNote, ...]:
        """All that goes on now."""
        now, heard = floor.now_s, set[str]()
        told: dict[str, tuple[str, ...]] = {}
        for note in [
            *self._ways(tracks, planning, floor),
            *self._people(tracks, now),
            *self._waits(tracks, circles, now),
        ]:
            note = self._same(note)
            heard.add(note.key)
            known = self._lasting.get(note.key)
            since = known[0].since_s if known else note.since_s
            robots = tuple(sorted({*note.robots, *told.get(note.key, ())}))
            told[note.key] = robots
            kept = TrafficNote(
                key=note.key, kind=note.kind, robots=robots, because=note.because, since_s=since, at=note.at
            )
            self._lasting[note.key] = kept, now
        heard |= {key for key, (note, at) in self._lasting.items() if _tries_again(note, now - at, tracks)}
        for key in [k for k, (_, at) in self._lasting.items() if k not in heard and now - at > _LASTS_S]:
            del self._lasting[key]
        return tuple(self._lasting[k][0] for k in sorted(self._lasting) if k in heard)

    def _same(self, note: TrafficNote) -> TrafficNote:
        """A thing of the same kind that goes on at the same spot is the same thing."""
        if note.at is None or note.kind is NoteKind.NO_WAY:
            return note
        for known, _ in self._lasting.values():
            if known.kind is note.kind and known.at is not None and math.dist(known.at, note.at) < _SAME_SPOT_M:
                return TrafficNote(
                    key=known.key, kind=note.kind, robots=note.robots, because=note.because, since_s=known.since_s,
                    at=known.at,
                )  # fmt: skip
        return note

    def _opens_soon(self, names: tuple[str, ...], floor: Floor) -> bool:
        """Whether all of what is closed opens by itself before anybody would be asked."""
        by = floor.now_s + self.settings.asks_after_s
        areas = self.blocks.site.keep_outs
        for name in names:
            area = areas.get(name)
            known = name not in floor.closed and area is not None and not area.active(by)
            if not known and floor.opens_s.get(name, math.inf) > by:
                return False
        return bool(names)

    def _ways(self, tracks: list[Track], planning: Planning, floor: Floor) -> list[TrafficNote]:
        """Robots for whom there is no way."""
        found, now = [], floor.now_s
        for t in tracks:
            since = t.waits_since if t.plan is not None and t.waits_for == SHUT else t.no_way_since
            if t.walks and t.free_s is not None and since is None:
                found.append(_finds_its_way(t, f"{t.freed_because}; {t.robot.robot_id} finds its own way"))
            if since is None or not t.walks or now - since < _NO_WAY_S:
                continue
            reason = planning.why(t, tracks)
            if reason is None or reason.kind is NoteKind.PERSON_IN_THE_WAY:
                continue
            goal = t.robot.walking_to
            assert goal is not None
            if reason.kind is NoteKind.OBSTACLE_IN_THE_WAY and planning.freeing.has_hope(t, now):
                if t.free_s is not None:
                    found.append(_finds_its_way(t, f"{reason.because}; {t.robot.robot_id} finds its own way"))
                continue
            spot = goal if reason.kind is NoteKind.NO_WAY else reason.at or goal
            # What is shut is one thing, however many robots it keeps from how many places.
            key = f"{reason.kind.value}/{reason.what or f'{spot[0]:.1f},{spot[1]:.1f}'}"
            if key not in self._lasting and self._opens_soon(reason.shut, floor):
                continue
            found.append(TrafficNote(key=key, kind=reason.kind, robots=(t.robot.robot_id,), because=reason.because,
                                     since_s=since, at=spot))  # fmt: skip
        return found

    def _people(self, tracks: list[Track], now: float) -> list[TrafficNote]:
        """People who stand where robots wait to pass, for too long."""
        found = []
        for t in tracks:
            name = t.robot.robot_id
            block = self._stopped_by(t)
            if block is None:
                self._since = {k: v for k, v in self._since.items() if k[0] != name}
                continue
            since = self._since.setdefault((name, block[0]), now)
            if now - since < self.settings.asks_after_s:
                continue
            what, person, at = block
            kind = NoteKind.PERSON_IN_THE_WAY if person else NoteKind.OBSTACLE_IN_THE_WAY
            because = f"{name} has waited {now - since:.0f} s: {what} is in the only way"
            found.append(TrafficNote(key=f"{kind.value}@{at[0]:.1f},{at[1]:.1f}", kind=kind, robots=(name,),
                                     because=because, since_s=since, at=at))  # fmt: skip
        return found

    def _stopped_by(self, t: Track) -> tuple[str, bool, Point] | None:
        """What stands before a robot that waits: in words, whether it is a person, and where."""
        if t.waits_for not in (SOMETHING, SHUT) or t.plan is None or t.waits_since is None:
            return None
        for p in t.plan.points[t.plan.released : t.plan.released + 2]:
            for b in [*self.blocks.lasting, *self.blocks.sudden]:
                if math.hypot(p[0] - b.x, p[1] - b.y) < b.reach + 0.4:
                    return b.what, b.person, (round(b.x, 1), round(b.y, 1))
        return None

    def _waits(self, tracks: list[Track], circles: list[list[Track]], now: float) -> list[TrafficNote]:
        """Robots that wait for each other, and those that are not where they are led."""
        found = []
        for circle in circles:
            since = max(t.waits_since or now for t in circle)
            names = tuple(t.robot.robot_id for t in circle)
            if now - since >= _STANDS_OFF_S:
                at = (round(circle[0].robot.x, 1), round(circle[0].robot.y, 1))
                because = f"{', '.join(names)} wait for each other for {now - since:.0f} s"
                found.append(TrafficNote(key=f"stands_off@{at[0]},{at[1]}", kind=NoteKind.STANDS_OFF, robots=names,
                                         because=because, since_s=since, at=at))  # fmt: skip
        for t in tracks:
            if t.off_since is not None and now - t.off_since >= _OFF_ROUTE_S and t.walks:
                at = (round(t.robot.x, 1), round(t.robot.y, 1))
                name = t.robot.robot_id
                found.append(TrafficNote(key=f"off_route/{name}", kind=NoteKind.OFF_ROUTE, robots=(name,),
                                         because=f"{name} is not where its route leads", since_s=t.off_since,
                                         at=at))  # fmt: skip
        return found


def _tries_again(note: TrafficNote, ago_s: float, tracks: list[Track]) -> bool:
    """Whether a robot is still where it met something: until it has got away from there, trying is not getting on."""
    return (
        note.kind is NoteKind.OBSTACLE_IN_THE_WAY
        and note.at is not None
        and ago_s <= _TRIES_AGAIN_S
        and any(
            t.robot.robot_id in note.robots and math.dist((t.robot.x, t.robot.y), note.at) < _SAME_SPOT_M
            for t in tracks
        )
    )


def _finds_its_way(t: Track, because: str) -> TrafficNote:
    name, since = t.robot.robot_id, t.free_s if t.free_s is not None else 0.0
    return TrafficNote(
        key=f"finds_its_way/{name}", kind=NoteKind.FINDS_ITS_WAY, robots=(name,), because=because, since_s=since
    )


__all__ = ["Telling"]
