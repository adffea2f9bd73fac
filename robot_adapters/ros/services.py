"""The host's services: short questions and orders. Each answers with a reason when it says no."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from humanoid_fleet_msgs.srv import Cancel, Describe, Hold, Lease, Recover
from rclpy.node import Node

from fleet.model.errors import FleetError
from fleet.ros import convert, names, skill_goals
from robot_adapters.host_core import HostCore


class Services:
    """Hold, Lease, Cancel, Recover and Describe for the robots of one host."""

    def __init__(
        self,
        node: Node,
        host: str,
        core: HostCore,
        lock: threading.RLock,
        boot_id: str,
        now_s: Callable[[], float],
        steady_s: Callable[[], float],
    ) -> None:
        self._core, self._lock, self._host, self._boot_id = core, lock, host, boot_id
        self._now_s, self._steady_s = now_s, steady_s
        for kind, name, answer in (
            (Hold, "hold", self._hold),
            (Lease, "lease", self._lease),
            (Cancel, "cancel", self._cancel),
            (Recover, "recover", self._recover),
            (Describe, "describe", self._describe),
        ):
            node.create_service(kind, names.below_host(host, name), answer, qos_profile=names.service())

    def _hold(self, request: Any, response: Any) -> Any:
        def order() -> None:
            if request.engage:
                self._core.hold(request.robot_id, request.because, request.by)
            else:
                self._core.release(request.robot_id, request.epoch, request.by)

        return self._try(order, response)

    def _recover(self, request: Any, response: Any) -> Any:
        return self._try(lambda: self._core.recover(request.robot_id, request.epoch), response)

    def _cancel(self, request: Any, response: Any) -> Any:
        def order() -> None:
            update = self._core.cancel(request.robot_id, request.command_id, request.epoch, request.because)
            if update is None:
                return
            response.task_id = update.task_id
            if update.status.final:
                response.outcome = skill_goals.OUTCOMES[update.status]
                response.outcome_reason = update.reason

        return self._try(order, response)

    def _try(self, order: Callable[[], None], response: Any) -> Any:
        try:
            with self._lock:
                order()
        except FleetError as no:
            response.accepted, response.reason = False, str(no)
        else:
            response.accepted, response.reason = True, ""
        return response

    def _lease(self, request: Any, response: Any) -> Any:
        person = request.holder_kind != Lease.Request.HOLDER_SUPERVISOR
        try:
            with self._lock:
                if request.release:
                    self._core.release_lease(request.robot_id, request.holder)
                else:
                    self._core.take_lease(
                        request.robot_id,
                        request.holder,
                        person=person,
                        epoch=request.epoch,
                        duration_s=request.duration_s,
                    )
            response.granted = True
        except FleetError as no:
            response.granted, response.reason = False, str(no)
        slot = self._core.slots.get(request.robot_id)
        if slot is not None:
            response.epoch = slot.floor
            if slot.lease is not None:
                response.holder = slot.lease.holder
                kinds = (Lease.Request.HOLDER_SUPERVISOR, Lease.Request.HOLDER_PERSON)
                response.holder_kind = kinds[slot.lease.person]
                left_s = slot.lease.until_s - self._steady_s()
                response.until = convert.time_to_msg(max(0.0, self._now_s() + left_s))
        return response

    def _describe(self, request: Any, response: Any) -> Any:
        wanted = list(request.robot_ids) or list(self._core.slots)
        response.host, response.boot_id = self._host, self._boot_id
        response.unknown = [r for r in wanted if r not in self._core.slots]
        known = [self._core.slots[r].adapter.describe() for r in wanted if r in self._core.slots]
        response.robots = [convert.description_to_msg(d) for d in known]
        return response
