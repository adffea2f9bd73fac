"""Pictures of a run, drawn from its record as a plan from above: PNG stills and an animated GIF.

No simulator is needed, so a run over ROS 2 is drawn as well. Why no MP4: docs/decisions/0381-gif-not-mp4.md.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from fleet.model.errors import InvalidField
from fleet.scenario.record import Area, FloorPlan, RunRecord, Track
from fleet.scenario.reports.story import broke_at, broken, moment_text, name_of

WIDTH_PX = 960
MOST_STILLS, MOST_FRAMES = 16, 300
FRAME_MS = 100
_HEAD_PX, _FOOT_PX = 52, 30
_GROUND, _INK, _SOFT, _LINE = (247, 248, 250), (27, 35, 48), (85, 96, 112), (212, 218, 226)
_WALL, _FURNITURE, _FORBIDDEN = (57, 67, 79), (219, 225, 232), (243, 201, 196)
_DOOR, _DOCK, _WHITE = (31, 95, 174), (125, 138, 153), (255, 255, 255)
_ROBOT, _PERSON, _BOX = (45, 108, 184), (154, 75, 156), (176, 122, 42)
_BAD, _WARN, _GOOD, _QUESTION = (196, 69, 58), (201, 138, 18), (47, 143, 85), (138, 91, 196)
_RINGS = {"fallen": _BAD, "e_stop": _BAD, "silent": _SOFT, "held": _WARN}


class Painter:
    """Draws one run. `width_px` is of the picture; its height follows from the building.

    Raises:
        InvalidField: the record has no floor plan, e.g. because the run ended before its world was built.
    """

    def __init__(self, record: RunRecord, width_px: int = WIDTH_PX) -> None:
        if record.floor is None or not record.frames_s:
            what = "a run that got as far as its world (this record has no floor plan)"
            raise InvalidField("render", record.run_id, what)
        self.record, self.width_px = record, width_px
        self._floor: FloorPlan = record.floor
        x0, y0, x1, y1 = self._floor.bounds
        self._scale = (width_px - 24) / (x1 - x0)
        self._height = _HEAD_PX + round((y1 - y0) * self._scale) + 12 + _FOOT_PX
        size = max(10, min(15, round(self._scale * 0.5)))
        self._small, self._large = ImageFont.load_default(size), ImageFont.load_default(18)
        self._crowded = sum(t.kind == "robot" for t in record.tracks) > 16
        self._building = self._draw_building()

    def frame(self, at_s: float) -> Image.Image:
        """The picture at a time, in s since the run began: every thing where it was at the sample before."""
        image = self._building.copy()
        draw = ImageDraw.Draw(image)
        index = max(bisect.bisect_right(self.record.frames_s, at_s + 1e-6) - 1, 0)
        for track in sorted(self.record.tracks, key=lambda t: ("person", "robot", "box").index(t.kind)):
            self._thing(draw, track, index, at_s)
        self._head(draw, at_s)
        self._foot(draw, at_s)
        return image

    def _px(self, x: float, y: float) -> tuple[float, float]:
        x0, _, _, y1 = self._floor.bounds
        return 12 + (x - x0) * self._scale, _HEAD_PX + (y1 - y) * self._scale

    def _rect(self, area: Area) -> tuple[float, float, float, float]:
        ax, ay, bx, by = area.rect
        return (*self._px(ax, by), *self._px(bx, ay))

    def _draw_building(self) -> Image.Image:
        image = Image.new("RGB", (self.width_px, self._height), _GROUND)
        draw = ImageDraw.Draw(image)
        for area in self._floor.zones:
            draw.rectangle(self._rect(area), fill=_WHITE, outline=_LINE)
            left, top, _, _ = self._rect(area)
            draw.text((left + 7, top + 6), area.subject, fill=_SOFT, font=self._small)
        for area in self._floor.forbidden:
            draw.rectangle(self._rect(area), fill=_FORBIDDEN, outline=_BAD)
        for area in self._floor.furniture:
            draw.rectangle(self._rect(area), fill=_FURNITURE, outline=_DOCK)
        for area in self._floor.places:
            x, y = self._px((area.rect[0] + area.rect[2]) / 2, (area.rect[1] + area.rect[3]) / 2)
            half = 0.3 * self._scale
            if area.kind == "dock":
                draw.rectangle((x - half, y - half, x + half, y + half), outline=_DOCK)
        for ax, ay, bx, by in self._floor.walls:
            draw.line((*self._px(ax, ay), *self._px(bx, by)), fill=_WALL, width=max(2, round(0.12 * self._scale)))
        for area in self._floor.doors:
            draw.rectangle(self._rect(area), outline=_DOOR, width=2)
        return image

    def _thing(self, draw: ImageDraw.ImageDraw, track: Track, index: int, at_s: float) -> None:
        pose = track.poses[index]
        if pose is None:
            return
        x, y = self._px(pose[0], pose[1])
        r = max(track.radius_m * self._scale, 4.0)
        if track.kind == "box":
            half = max(min(r, 0.16 * self._scale), 2.5)
            draw.rectangle((x - half, y - half, x + half, y + half), fill=_BOX, outline=_WHITE)
            return
        if track.kind == "person":
            draw.polygon([(x + r, y), (x, y + r), (x - r, y), (x, y - r)], fill=_PERSON, outline=_WHITE)
        else:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=_ROBOT, outline=_WHITE)
            turned = [(_along(pose[2], r * a, r * b)) for a, b in ((0.95, 0.0), (0.15, 0.5), (0.15, -0.5))]
            draw.polygon([(x + dx, y - dy) for dx, dy in turned], fill=_WHITE)
        state = self._state(track.subject, at_s)
        if state in _RINGS:
            wide = r * 1.5
            draw.ellipse((x - wide, y - wide, x + wide, y + wide), outline=_RINGS[state], width=3)
        if not self._crowded or state in _RINGS:
            words = track.subject + (f" · {state}" if state in _RINGS else "")
            below = (x, y - r * 1.5 - 2)
            draw.text(below, words, fill=_INK, font=self._small, anchor="mb", stroke_width=2, stroke_fill=_WHITE)

    def _state(self, robot: str, at_s: float) -> str:
        lasting = [
            s.state
            for s in self.record.spans
            if s.kind == "robot" and s.subject == robot and s.from_s <= at_s and (s.to_s is None or at_s < s.to_s)
        ]
        return next((state for state in _RINGS if state in lasting), "")

    def _head(self, draw: ImageDraw.ImageDraw, at_s: float) -> None:
        draw.text((12, 6), f"{name_of(self.record)}   {at_s:.1f} s", fill=_INK, font=self._large)
        recent = [m for m in self.record.timeline if at_s - 8 <= m.at_s <= at_s + 1e-6]
        if recent:
            text = f"{recent[-1].at_s:.1f} s: {moment_text(recent[-1])}"
            draw.text((12, 31), _cut(text, self._small, self.width_px - 24), fill=_SOFT, font=self._small)

    def _foot(self, draw: ImageDraw.ImageDraw, at_s: float) -> None:
        """A line of time with what lasted on it: faults, questions, and where expectations broke."""
        top, end = self._height - _FOOT_PX + 8, max(self.record.simulated_s, 1e-9)

        def x(t: float) -> float:
            return 12 + (self.width_px - 24) * min(t / end, 1.0)

        draw.rectangle((12, top, self.width_px - 12, top + 10), fill=_WHITE, outline=_LINE)
        for fault in self.record.faults:
            if fault.started_s is not None:
                until = end if fault.over_s is None else fault.over_s
                draw.rectangle((x(fault.started_s), top + 6, x(until), top + 9), fill=_BAD)
        for q in self.record.questions:
            until = q.decided_at_s if q.decided_at_s is not None else end
            draw.rectangle((x(q.raised_at_s), top + 1, x(until), top + 4), fill=_QUESTION)
        for finding in broken(self.record):
            at = x(broke_at(self.record, finding))
            draw.polygon([(at - 5, top - 7), (at + 5, top - 7), (at, top)], fill=_BAD)
        draw.rectangle((x(at_s) - 1, top - 3, x(at_s) + 1, top + 13), fill=_DOOR)


def _along(yaw: float, ahead: float, left: float) -> tuple[float, float]:
    return ahead * math.cos(yaw) - left * math.sin(yaw), ahead * math.sin(yaw) + left * math.cos(yaw)


def _cut(text: str, font: ImageFont.ImageFont | ImageFont.FreeTypeFont, width_px: float) -> str:
    line = " ".join(text.split())
    if font.getlength(line) <= width_px:
        return line
    while line and font.getlength(line + "…") > width_px:
        line = line[:-1]
    return line + "…"


def moments_to_show(record: RunRecord) -> list[tuple[float, str]]:
    """Times worth a still, with a word for the file's name: start, faults, questions, what broke, end."""
    found = [(broke_at(record, f), f"broken-{f.index + 1}") for f in broken(record)]
    found += [(q.raised_at_s, f"question-{q.escalation_id}") for q in record.questions]
    found += [(f.started_s, f"fault-{f.fault_id}") for f in record.faults if f.started_s is not None]
    last = () if any(at == record.simulated_s for at, _ in found) else ((record.simulated_s, "end"),)
    return sorted([(0.0, "start"), *found[: MOST_STILLS - 2], *last])


def write_stills(record: RunRecord, folder: Path) -> list[Path]:
    """PNG pictures of the moments that matter, at most 16: what broke goes before questions and faults.

    Raises:
        InvalidField: no floor plan in the record, or the folder cannot be written.
    """
    painter = Painter(record)
    written = []
    with _Writing(folder):
        for at_s, word in moments_to_show(record):
            safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in word)
            written.append(folder / f"still-{at_s:07.1f}s-{safe}.png")
            painter.frame(at_s).save(written[-1], optimize=True)
    return written


def write_gif(record: RunRecord, path: Path, most_frames: int = MOST_FRAMES) -> Path:
    """An animated GIF of the whole run: ten frames a second, at most `most_frames` of them.

    A short run is shown at its own samples (twice real time and more), a long one faster.

    Raises:
        InvalidField: no floor plan in the record, or the file cannot be written.
    """
    painter = Painter(record, WIDTH_PX * 3 // 4)
    step = max(record.simulated_s / most_frames, 0.5)
    times = [i * step for i in range(round(record.simulated_s / step) + 1)]
    with _Writing(path.parent):
        frames = _palettes(painter, times)
        first = next(frames)
        beside = path.with_name(path.name + ".new")
        first.save(beside, format="GIF", save_all=True, append_images=frames, duration=FRAME_MS, loop=0, optimize=False)
        beside.replace(path)
    return path


def _palettes(painter: Painter, times: list[float]) -> Iterator[Image.Image]:
    """Frames of one palette, so that only what changed is stored."""
    busy = painter.frame(times[len(times) // 2])
    palette = busy.quantize(64, dither=Image.Dither.NONE)
    for at_s in times:
        yield painter.frame(at_s).quantize(palette=palette, dither=Image.Dither.NONE)


class _Writing:
    """Makes the folder; an `OSError` in the block says which folder could not be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise self._said(problem) from None

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> None:
        if isinstance(problem, OSError):
            raise self._said(problem) from None

    def _said(self, problem: OSError) -> InvalidField:
        return InvalidField(
            "render", str(self.folder), f"a folder in which pictures can be written ({problem.strerror})"
        )
