"""Serves one world to clients over a Unix socket, at a rate, with checkpoints. One thread, no rclpy, no asyncio."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import socket
import time
from pathlib import Path

import msgspec

from sim_worlds.checkpoint import PERIOD_S, write_atomically
from sim_worlds.errors import SimError
from sim_worlds.records import Effect, PrimitiveStatus
from sim_worlds.rollouts.checks import OptionError
from sim_worlds.rollouts.desk import Desk, RawStatus
from sim_worlds.rollouts.options import Request
from sim_worlds.wire import Call, Frames, Hello, Push, Reply, framed, to_problem
from sim_worlds.world import World

PUSH_PERIOD_S = 0.02
"""Of steady time."""
_MAX_BEHIND_S = 0.25
_MAX_UNSENT = 8 * 1024 * 1024
_SLICE_S = 0.01
"""Steady time between two looks at the sockets."""


class Client:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.frames, self.unsent = connection, Frames(), bytearray()


class Server:
    """`run()` until `stop` is set. Clients come and go; without one, the robots' watchdogs make them hold."""

    def __init__(self, world: World, path: Path, rate: float = 1.0, checkpoint: Path | None = None) -> None:
        self.world, self.path, self.rate, self.checkpoint = world, path, rate, checkpoint
        self.stop = False
        self.clients: dict[int, Client] = {}
        self.selector = selectors.DefaultSelector()
        self.listener = _listen(path)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.decoder = msgspec.msgpack.Decoder(Call)
        self.desk = Desk(world)
        self.saved_s, self.saved_effects = -math.inf, -1
        self.pushed_at = 0.0
        self.factor = 0.0
        self._window = (time.perf_counter(), world.time_s)
        self._base = self._window

    def run(self) -> None:
        """Step, listen, push, until told to stop; then write a last checkpoint and leave."""
        self._save_if_due()
        while not self.stop:
            wait = self._step_slice()
            self._listen(wait)
            now = time.perf_counter()
            if now - self.pushed_at >= PUSH_PERIOD_S:
                self._push(now)
        if self.checkpoint is not None:
            write_atomically(self.checkpoint, self.world.checkpoint())
        self.desk.close()
        for client in list(self.clients.values()):
            self._drop(client)
        self.listener.close()
        self.selector.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    # Time

    def _step_slice(self) -> float:
        """Step until time is up or the world is as far as it should be; returns how long nothing is due, in s."""
        begun = time.perf_counter()
        while True:
            now = time.perf_counter()
            ahead = self._ahead(now)
            if ahead > 0:
                return min(ahead, _SLICE_S)
            if now - begun > _SLICE_S:
                return 0.0
            self.world.step()
            self._save_if_due()

    def _ahead(self, now: float) -> float:
        """Steady seconds until the next tick is due; negative when it is late."""
        if math.isinf(self.rate):
            return -1.0
        start, simulated = self._base
        ahead = (self.world.time_s - simulated) / self.rate - (now - start)
        if ahead < -_MAX_BEHIND_S:
            # Too slow a machine: simulated time falls behind instead of running after it in bursts.
            self._base = (now, self.world.time_s)
            return 0.0
        return ahead

    def _save_if_due(self) -> None:
        """An effect is on disk before anybody outside hears of it."""
        if self.checkpoint is None:
            return
        effects = len(self.world.ledger) + len(self.world.outcomes)
        if effects != self.saved_effects or self.world.time_s - self.saved_s >= PERIOD_S:
            write_atomically(self.checkpoint, self.world.checkpoint())
            self.saved_s, self.saved_effects = self.world.time_s, effects

    # Clients

    def _listen(self, wait: float) -> None:
        for key, events in self.selector.select(wait):
            if key.fileobj is self.listener:
                self._accept()
                continue
            client: Client = key.data
            if events & selectors.EVENT_WRITE:
                self._flush(client)
            if events & selectors.EVENT_READ:
                self._read(client)

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        connection.setblocking(False)
        client = Client(connection)
        self.clients[connection.fileno()] = client
        self.selector.register(connection, selectors.EVENT_READ, client)
        self._send(client, framed(Hello(self.world.describe(), self.world.body_states(), self.world.time_s)))

    def _read(self, client: Client) -> None:
        try:
            data = client.connection.recv(65536)
            if not data:
                self._drop(client)
                return
            for message in client.frames.feed(data):
                reply = self._answer(self.decoder.decode(message))
                self._save_if_due()
                self._send(client, framed(reply))
        except BlockingIOError:
            return
        except (OSError, ValueError, msgspec.DecodeError):
            self._drop(client)

    def _answer(self, call: Call) -> Reply:
        try:
            result = self._do(call)
        except SimError as error:
            return Reply(call.call_id, problem=to_problem(error))
        if isinstance(result, PrimitiveStatus):
            return Reply(call.call_id, status=result)
        if isinstance(result, str):
            return Reply(call.call_id, text=result)
        if isinstance(result, RawStatus):
            return Reply(call.call_id, data=msgspec.msgpack.encode(result))
        return Reply(call.call_id, effects=result if isinstance(result, tuple) else ())

    def _do(self, call: Call) -> PrimitiveStatus | tuple[Effect, ...] | RawStatus | str | None:
        world, robot, text = self.world, call.robot_id, call.text
        match call.method:
            case "heartbeat":
                world.heartbeat(robot)
            case "start":
                if call.primitive is None:
                    raise SimError("start: primitive: got nothing, expected a primitive")
                return world.start(robot, call.primitive)
            case "follow":
                if call.way is None:
                    raise SimError("follow: way: got nothing, expected a way")
                world.follow(robot, call.way)
            case "cancel":
                return world.cancel(robot, text)
            case "outcome":
                return world.outcome(text)
            case "hold":
                world.hold(robot, text)
            case "resume":
                world.resume(robot)
            case "e_stop":
                world.e_stop(robot, text)
            case "release_e_stop":
                world.release_e_stop(robot)
            case "effects":
                return world.effects()
            case "evaluate":
                return self.desk.ask(_request(call.data))
            case "evaluation":
                return _small(self.desk.look(text))
            case "give_up":
                self.desk.give_up(text)
            case other:
                raise SimError(f"method: got {other!r}, expected one of WorldLink's")
        return None

    def _push(self, now: float) -> None:
        self.pushed_at = now
        self.desk.sweep()
        if now - self._window[0] > 2.0:
            self.factor = (self.world.time_s - self._window[1]) / (now - self._window[0])
            self._window = (now, self.world.time_s)
        if self.clients:
            message = framed(
                Push(
                    self.world.time_s,
                    self.world.tick,
                    self.factor,
                    self.world.body_states(),
                    self.world.drain_observations(),
                )
            )
            for client in list(self.clients.values()):
                self._send(client, message)

    def _send(self, client: Client, data: bytes) -> None:
        client.unsent += data
        if len(client.unsent) > _MAX_UNSENT:
            self._drop(client)  # it does not read; a reconnect gets it the state as it is then
            return
        self._flush(client)

    def _flush(self, client: Client) -> None:
        try:
            while client.unsent:
                sent = client.connection.send(client.unsent)
                del client.unsent[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.unsent else 0)
        if client.connection.fileno() >= 0:
            self.selector.modify(client.connection, wanted, client)

    def _drop(self, client: Client) -> None:
        number = client.connection.fileno()
        if number in self.clients:
            self.selector.unregister(client.connection)
            del self.clients[number]
        client.connection.close()
        client.unsent.clear()


def _request(data: bytes) -> Request:
    try:
        return msgspec.msgpack.decode(data, type=Request)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise OptionError(f"request: {error}; expected an encoded rollouts.Request") from None


def _small(status: RawStatus) -> RawStatus:
    """The answer, if it can be sent."""
    size = len(bytes(status.evaluation))
    if size > _MAX_UNSENT // 2:
        raise SimError(
            f"evaluation {status.ticket}: got an answer of {size} bytes, expected at most {_MAX_UNSENT // 2}; "
            "ask without replay, with a shorter horizon or with fewer options"
        )
    return status


def _listen(path: Path) -> socket.socket:
    """A listening socket. A path left over by a killed process is taken over; one that answers is not."""
    if path.exists():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                path.unlink()
            else:
                raise SimError(f"socket: got {path}, which another world serves; expected a free path")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o077)  # only this user may command robots
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(8)
    listener.setblocking(False)
    return listener
