"""What people ask about tasks that they asked for before: who may do them, and what they wait for."""

from __future__ import annotations

import msgspec


class PinTask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """That robot and no other shall do it; None: any robot may. Counts from the next time that it is given out."""

    task_id: str
    robot_id: str | None
    reason: str


class BanRobot(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """That robot shall not do it (or, with `banned=False`, may again)."""

    task_id: str
    robot_id: str
    reason: str
    banned: bool = True


class OrderTask(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It waits for these tasks, of whichever mission, and for no others; only while it has not begun."""

    task_id: str
    after: tuple[str, ...]
    reason: str
