"""`WorldLink` to a world's process over its socket. Thread-safe; reconnects by itself."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from pathlib import Path

import msgspec

from sim_worlds.errors import Refused, WorldUnreachable
from sim_worlds.records import AnyPrimitive, BodyState, Effect, Observation, PrimitiveStatus, Way, WorldInfo
from sim_worlds.rollouts.options import Request
from sim_worlds.rollouts.results import EvaluationStatus
from sim_worlds.wire import Call, Frames, FromServer, Hello, Push, Reply, framed, to_error

_KEPT_OBSERVATIONS = 10_000


class RemoteWorld:
    """The client of one world.

    Args:
        path: the world's socket.
        connect_timeout_s: how long to wait for the first connection; then `WorldUnreachable`.
        call_timeout_s: how long to wait for an answer; then `WorldUnreachable` (the call may have been carried out:
            ask `outcome`).
        retry_s: pause between two attempts to connect.
    """

    def __init__(
        self, path: Path | str, connect_timeout_s: float = 20.0, call_timeout_s: float = 5.0, retry_s: float = 0.1
    ) -> None:
        self.path, self.call_timeout_s, self.retry_s = Path(path), call_timeout_s, retry_s
        self._changed = threading.Condition()
        self._sending = threading.Lock()
        self._socket: socket.socket | None = None
        self._info: WorldInfo | None = None
        self._states: dict[str, BodyState] = {}
        self._time_s = 0.0
        self._factor = 0.0
        self._observations: deque[Observation] = deque(maxlen=_KEPT_OBSERVATIONS)
        self._replies: dict[int, Reply | None] = {}
        self._calls = 0
        self._closed = False
        self._reader = threading.Thread(target=self._keep_reading, name="world-link", daemon=True)
        self._reader.start()
        with self._changed:
            if not self._changed.wait_for(lambda: self._info is not None, connect_timeout_s):
                self._closed = True
                raise WorldUnreachable(
                    f"no world answers at {self.path} after {connect_timeout_s:g} s; expected "
                    "`python -m sim_worlds.process` to run there"
                )

    # Reading

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def real_time_factor(self) -> float:
        """Simulated per real second, over the last two seconds; 0 before that."""
        return self._factor

    def describe(self) -> WorldInfo:
        assert self._info is not None
        return self._info

    def time_s(self) -> float:
        return self._time_s

    def status(self, robot_id: str) -> PrimitiveStatus:
        return self.body_state(robot_id).status

    def body_state(self, robot_id: str) -> BodyState:
        self._need_connection()
        with self._changed:
            if robot_id not in self._states:
                raise Refused("unknown_robot", f"robot: got {robot_id!r}, expected one of: {', '.join(self._states)}")
            return self._states[robot_id]

    def body_states(self) -> tuple[BodyState, ...]:
        self._need_connection()
        with self._changed:
            return tuple(self._states.values())

    def drain_observations(self) -> tuple[Observation, ...]:
        with self._changed:
            drained = tuple(self._observations)
            self._observations.clear()
            return drained

    # Calls

    def start(self, robot_id: str, primitive: AnyPrimitive) -> PrimitiveStatus:
        return self._status("start", robot_id, primitive=primitive)

    def follow(self, robot_id: str, way: Way) -> None:
        self._call("follow", robot_id, way=way)

    def cancel(self, robot_id: str, because: str) -> PrimitiveStatus:
        return self._status("cancel", robot_id, text=because)

    def outcome(self, command_id: str) -> PrimitiveStatus | None:
        return self._call("outcome", text=command_id).status

    def heartbeat(self, robot_id: str) -> None:
        self._call("heartbeat", robot_id)

    def hold(self, robot_id: str, because: str) -> None:
        self._call("hold", robot_id, text=because)

    def resume(self, robot_id: str) -> None:
        self._call("resume", robot_id)

    def e_stop(self, robot_id: str, because: str) -> None:
        self._call("e_stop", robot_id, text=because)

    def release_e_stop(self, robot_id: str) -> None:
        self._call("release_e_stop", robot_id)

    def effects(self) -> tuple[Effect, ...]:
        return self._call("effects").effects

    def evaluate(self, request: Request) -> str:
        return self._call("evaluate", data=msgspec.msgpack.encode(request)).text

    def evaluation(self, ticket: str) -> EvaluationStatus:
        return msgspec.msgpack.decode(self._call("evaluation", text=ticket).data, type=EvaluationStatus)

    def give_up(self, ticket: str) -> None:
        self._call("give_up", text=ticket)

    def close(self) -> None:
        self._closed = True
        self._disconnect()
        if threading.current_thread() is not self._reader:
            self._reader.join(timeout=2)

    def _status(
        self, method: str, robot_id: str, primitive: AnyPrimitive | None = None, text: str = ""
    ) -> PrimitiveStatus:
        status = self._call(method, robot_id, primitive, text).status or PrimitiveStatus()
        with self._changed:
            # Until the next push our copy would still show the primitive before.
            if robot_id in self._states:
                self._states[robot_id] = msgspec.structs.replace(self._states[robot_id], status=status)
        return status

    def _call(
        self,
        method: str,
        robot_id: str = "",
        primitive: AnyPrimitive | None = None,
        text: str = "",
        data: bytes = b"",
        way: Way | None = None,
    ) -> Reply:
        self._need_connection()
        with self._changed:
            self._calls += 1
            call = Call(self._calls, method, robot_id, primitive, text, data, way)
            self._replies[call.call_id] = None
        try:
            self._send(framed(call))
            with self._changed:
                self._changed.wait_for(
                    lambda: self._replies[call.call_id] is not None or not self.connected, self.call_timeout_s
                )
                reply = self._replies[call.call_id]
        finally:
            with self._changed:
                self._replies.pop(call.call_id, None)
        if reply is None:
            raise WorldUnreachable(
                f"the world at {self.path} did not answer {method}; whether it was carried out is not known"
            )
        if reply.problem is not None:
            raise to_error(reply.problem)
        return reply

    def _send(self, data: bytes) -> None:
        with self._sending:
            connection = self._socket
            if connection is None:
                raise self._away()
            try:
                connection.sendall(data)
            except OSError:
                self._disconnect()
                raise self._away() from None

    def _need_connection(self) -> None:
        if self._socket is None:
            raise self._away()

    def _away(self) -> WorldUnreachable:
        return WorldUnreachable(f"the world at {self.path} is away; the link keeps trying to reconnect")

    # The reader's thread

    def _keep_reading(self) -> None:
        decoder = msgspec.msgpack.Decoder(FromServer)
        while not self._closed:
            try:
                connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                connection.connect(str(self.path))
            except OSError:
                connection.close()
                time.sleep(self.retry_s)
                continue
            self._read_until_lost(connection, decoder)
            self._disconnect()

    def _read_until_lost(self, connection: socket.socket, decoder: msgspec.msgpack.Decoder[FromServer]) -> None:
        frames = Frames()
        try:
            while data := connection.recv(65536):
                for message in frames.feed(data):
                    self._take(decoder.decode(message), connection)
        except (OSError, ValueError, msgspec.DecodeError):
            pass
        finally:
            connection.close()

    def _take(self, message: FromServer, connection: socket.socket) -> None:
        with self._changed:
            if isinstance(message, Reply):
                if message.call_id in self._replies:
                    self._replies[message.call_id] = message
            else:
                self._states = {s.robot_id: s for s in message.states}
                self._time_s = message.time_s
            if isinstance(message, Hello):
                self._info, self._socket = message.info, connection
            if isinstance(message, Push):
                self._factor = message.real_time_factor
                self._observations.extend(message.observations)
            self._changed.notify_all()

    def _disconnect(self) -> None:
        with self._changed:
            connection, self._socket = self._socket, None
            self._changed.notify_all()
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
