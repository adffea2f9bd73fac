"""What every route works with, gathered once by `create_app`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.auth.attempts import Attempts
from api.auth.identity import User, admin, operator, viewer
from api.auth.users import UserStore
from api.ports import Explains, StopLine, Telemetry
from api.projection import Projection
from api.settings import ApiSettings
from fleet.audit.keeper import AuditKeeper
from fleet.clock import Clock
from fleet.grounding.proposer import Proposer
from fleet.journal.base import JournalReader, RequestStore
from fleet.model.site import SiteMap
from fleet.supervisor.state import FleetState

T = TypeVar("T")
_LAST_MOMENT_S = 3.0


class Store(JournalReader, RequestStore, Protocol):
    """The store as the API uses it: it reads the journal and puts requests."""


@dataclass(kw_only=True)
class ApiContext:
    """The parts of one API process. `state` is the fleet as this process knows it."""

    settings: ApiSettings
    store: Store
    projection: Projection
    stop_line: StopLine
    telemetry: Telemetry
    clock: Clock
    site: SiteMap
    users: UserStore
    proposer: Proposer | None = None  # a language model that is asked what an instruction may mean; never trusted
    audit: AuditKeeper | None = None  # where the accountable record is kept and read
    explains: Explains | None = None  # why a task has the robot it has
    attempts: Attempts = field(default_factory=Attempts)
    recording: set[asyncio.Task[bool]] = field(default_factory=set)
    holds: Counter[str | None] = field(default_factory=Counter)  # holds told here, by robot (None: all)
    streams: int = 0  # clients that follow the stream now
    _following: set[asyncio.Task[None]] = field(default_factory=set)
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "api-store"))
    _stop_threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "api-stop"))

    @property
    def state(self) -> FleetState:
        """The newest fold of the journal. Routes must not wait between two looks at it and expect the same."""
        return self.projection.state

    async def in_thread(self, call: Callable[..., T], *arguments: object) -> T:
        """Run a blocking call of the store or the user file away from the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)

    async def in_stop_thread(self, call: Callable[..., T], *arguments: object) -> T:
        """The same for what records a stop: these threads do nothing else, so they are never all taken."""
        return await asyncio.get_running_loop().run_in_executor(self._stop_threads, call, *arguments)

    def follow(self, work: Coroutine[object, object, None]) -> None:
        """See to something after the answer has been given."""
        task = asyncio.create_task(work)
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def close(self) -> None:
        """End. Stops that are not on record yet get a last moment for that."""
        if self.recording:
            await asyncio.wait(set(self.recording), timeout=_LAST_MOMENT_S)
        for task in (*self.recording, *self._following):
            task.cancel()
        # Threads that still write finish what they write.
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stop_threads.shutdown(wait=False)


def context_of(connection: HTTPConnection) -> ApiContext:
    """The context of the app that serves this connection."""
    found = connection.app.state.api
    assert isinstance(found, ApiContext)
    return found


Ctx = Annotated[ApiContext, Depends(context_of)]
Viewer = Annotated[User, Depends(viewer)]
Operator = Annotated[User, Depends(operator)]
Admin = Annotated[User, Depends(admin)]
