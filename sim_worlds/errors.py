"""The error tree of simulated worlds. Each text says what was wrong, where, and what would be right."""

from __future__ import annotations


class SimError(Exception):
    """Root of everything a world or a link to one raises on purpose."""

    retriable = False


class InputError(SimError):
    """A file or a specification that cannot be used."""


class SiteError(InputError):
    """A site file is wrong; the text names file, line, field, value and what would be right."""


class SpecError(InputError):
    """A robot, model or fault specification is wrong."""


class CheckpointError(InputError):
    """A checkpoint is damaged, from another version, or of another site."""


class NotInHands(SimError):
    """Hands cannot take a box that they are not at; the text says how far off they are."""

    retriable = True


class Refused(SimError):
    """A robot does not take a command. `code` is for programs, the text for people."""

    def __init__(self, code: str, detail: str, retriable: bool = False) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retriable = code, detail, retriable


class LinkDown(SimError):
    """The robot cannot be reached now; whether it got the command is not known."""

    retriable = True


class WorldUnreachable(SimError):
    """No connection to the world's process; the link keeps trying to reconnect."""

    retriable = True
