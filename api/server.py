"""Serving the app: uvicorn, started from a program, with clean ends. Knows nothing of ROS; the caller does."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from api.settings import ApiSettings
from fleet.model.errors import FleetError

log = logging.getLogger(__name__)


class AddressInUse(FleetError):
    """Something else listens there already, or the address is not this machine's."""


class Server(uvicorn.Server):
    """A uvicorn server whose port is known before it serves: `port` is the real one also where 0 was asked for.

    Use `run()` on the main thread (SIGINT and SIGTERM end it), or `await serve()` on a loop of your own. It ends
    within `graceful_s` of being asked to, whatever the clients do.
    """

    def __init__(
        self, app: FastAPI, settings: ApiSettings, *, on_ready: Callable[[str], None] | None = None, graceful_s: int = 3
    ) -> None:
        """Take the address. Raises `AddressInUse`."""
        self._socket = _listen(settings.host, settings.port)
        self._on_ready = on_ready
        self.port: int = self._socket.getsockname()[1]
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=self.port,
                log_config=None,  # the process says how it logs
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=graceful_s,
                ws_max_size=64 * 1024,
                ws_ping_interval=20.0,
                ws_ping_timeout=20.0,
                h11_max_incomplete_event_size=64 * 1024,
            )
        )
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{self.port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's own, and then the word that it is done."""
        await super().startup(sockets)
        if self.started and self._on_ready is not None:
            self._on_ready(self.url)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until asked to end."""
        try:
            await super().serve(sockets or [self._socket])
        finally:
            self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # A restart must not wait for the last one's connections to be forgotten.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise AddressInUse(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    return listener


def login_url(base: str, token: str) -> str:
    """The one-time link that lets its reader in."""
    return f"{base}/login?token={token}"
