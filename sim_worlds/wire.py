"""Messages between a world's process and its clients: msgpack with a length before each, over a Unix socket."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from sim_worlds.errors import LinkDown, Refused, SimError
from sim_worlds.records import AnyPrimitive, BodyState, Effect, Observation, PrimitiveStatus, Way, WorldInfo

_LENGTH = struct.Struct(">I")
MAX_BYTES = 16 * 1024 * 1024


class Call(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A method of `WorldLink` with its arguments; `text` is a reason, a command_id or a ticket, `data` an encoded
    `rollouts.Request`, `way` what is to be followed."""

    call_id: int
    method: str
    robot_id: str = ""
    primitive: AnyPrimitive | None = None
    text: str = ""
    data: bytes = b""
    way: Way | None = None


class Problem(msgspec.Struct, frozen=True):
    kind: str
    code: str
    detail: str
    retriable: bool


class Reply(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """`text` is a ticket, `data` an encoded `rollouts.EvaluationStatus`."""

    call_id: int
    status: PrimitiveStatus | None = None
    effects: tuple[Effect, ...] = ()
    problem: Problem | None = None
    text: str = ""
    data: bytes = b""


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The first message to a client."""

    info: WorldInfo
    states: tuple[BodyState, ...]
    time_s: float


class Push(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """The world as it reports itself now, many times a second."""

    time_s: float
    tick: int
    real_time_factor: float
    states: tuple[BodyState, ...]
    observations: tuple[Observation, ...] = ()


FromServer = Hello | Push | Reply
_encoder = msgspec.msgpack.Encoder()


def framed(message: msgspec.Struct) -> bytes:
    data = _encoder.encode(message)
    return _LENGTH.pack(len(data)) + data


class Frames:
    """Bytes as they come in, cut into messages."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._buffer, self._most = bytearray(), most

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises `ValueError` for a message that is too long to be one."""
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > self._most:
                raise ValueError(f"a message of {length} bytes; expected at most {self._most}")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                return
            yield bytes(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]


def to_problem(error: SimError) -> Problem:
    return Problem(type(error).__name__, getattr(error, "code", ""), str(error), error.retriable)


def to_error(problem: Problem) -> SimError:
    if problem.kind == "Refused":
        return Refused(problem.code, problem.detail, problem.retriable)
    if problem.kind == "OptionError":
        from sim_worlds.rollouts.checks import OptionError  # which needs this module

        return OptionError(problem.detail)
    return LinkDown(problem.detail) if problem.kind == "LinkDown" else SimError(problem.detail)
