"""Finding a free port and a free ROS domain, and saying so when one is taken."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

from fleet.model.errors import FleetError, InvalidField

_DDS_BASE_PORT, _DDS_DOMAIN_GAIN = 7400, 250  # DDSI-RTPS 2.5, 9.6.1.1: where domain d's discovery listens
_COORDINATOR_BASE_PORT = 32768  # domain_coordinator holds this port plus the domain while a domain is taken
LAST_DOMAIN = 101


class NothingFree(FleetError):
    """No port or no domain is left."""


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    """A port that is free now, chosen by the operating system."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def domain_in_use(domain_id: int) -> bool:
    """Whether a ROS node of this machine takes part in the domain: its discovery port is then bound (and shared only
    with those who ask for it, which this probe does not)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", _DDS_BASE_PORT + _DDS_DOMAIN_GAIN * domain_id))
        except OSError:
            return True
    return False


class PortClaim:
    """A port that no other deployment started by this program takes while this process lives: between the moment that
    a port is found free and the moment that the API listens there, another one may look."""

    def __init__(self, host: str, preferred: int, *, exactly: bool) -> None:
        """Claim `preferred`; where it is taken another one, unless `exactly` that is wanted. 0 means any.

        Raises:
            InvalidField: exactly that one was wanted, and it is taken.
        """
        while True:
            port = preferred or free_port(host)
            file = _lock(Path(tempfile.gettempdir()) / f"humanoid-fleet-{os.getuid()}-port-{port}.lock")
            if file is not None and port_is_free(host, port):
                self.port, self._file = port, file
                return
            if file is not None:
                file.close()
            if exactly and preferred:
                raise InvalidField("api.port", port, f"a port that is free at {host} (--port chooses another one)")
            preferred = 0

    def release(self) -> None:
        """Give it back; the kernel does so too when the process ends."""
        self._file.close()

    def __enter__(self) -> PortClaim:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class DomainClaim:
    """A domain that no other deployment started by this program takes while this process lives. ROS nodes started
    by others are seen by their port; the reservation keeps apart what starts at the same moment, and is the same as
    that of ROS's own `domain_coordinator`, which tests use."""

    def __init__(self, preferred: int) -> None:
        self.domain_id, self._reserved = self._claim(preferred)

    @staticmethod
    def _claim(preferred: int) -> tuple[int, socket.socket]:
        for domain_id in (preferred, *(d for d in range(1, LAST_DOMAIN + 1) if d != preferred)):
            reserved = _reserve(domain_id)
            if reserved is None:
                continue
            if not domain_in_use(domain_id):
                return domain_id, reserved
            reserved.close()
        raise NothingFree(f"every ROS domain from 0 to {LAST_DOMAIN} is in use on this machine: stop something first")

    def release(self) -> None:
        """Give it back; the kernel does so too when the process ends."""
        self._reserved.close()


def _reserve(domain_id: int) -> socket.socket | None:
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        probe.bind(("", _COORDINATOR_BASE_PORT + domain_id))
    except OSError:
        probe.close()
        return None
    return probe


def _lock(path: Path) -> IO[str] | None:
    try:
        file = path.open("w")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
