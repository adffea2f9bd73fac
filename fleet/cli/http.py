"""The HTTP API as the command line and the demo's operator use it: nothing goes past it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from fleet.model.errors import FleetError, LinkDown

SETTLE_WITHIN_S = 30.0
_BAD_INPUT = (400, 404, 405, 413, 415, 422)


class ApiProblem(FleetError):
    """The API refused. `status` and `code` are for programs (`code` as in api/problems), the text is for people."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        code = str(body.get("code", ""))
        detail = str(body.get("detail") or body.get("title") or "no reason was given")
        super().__init__(f"{detail} ({status}{' ' + code if code else ''})")
        self.status, self.code, self.detail, self.body = status, code, detail, dict(body)
        self.retriable = status in (429, 502, 503, 504)

    @property
    def bad_input(self) -> bool:
        """Whether what was asked for is wrong in itself."""
        return self.status in _BAD_INPUT


class FleetClient:
    """One person's session with the API.

    Args:
        url: the API's address, e.g. http://127.0.0.1:8080.
        token: the session's token, empty before the login.
        patience_s: for how long a call is repeated while the API is away. Calls that change something carry an
            idempotency key, so that repeating them is safe.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        patience_s: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        steady: Callable[[], float] = time.monotonic,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._patience_s, self._sleep, self._steady = patience_s, sleep, steady
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=15.0, transport=transport)

    def __enter__(self) -> FleetClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def login(self, *, token: str = "", name: str = "", password: str = "") -> dict[str, Any]:
        """Log in with a one-time token, or with name and password; the session is used from here on."""
        body = {k: v for k, v in (("token", token), ("name", name), ("password", password)) if v}
        answer: dict[str, Any] = self.call("POST", "/v1/login", body)
        # The bearer token alone: a cookie beside it would make every call subject to the same-origin check.
        self._http.cookies.clear()
        self._http.headers["Authorization"] = f"Bearer {answer['token']}"
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        """GET; parameters that are None are left out."""
        return self.call("GET", path, parameters={k: v for k, v in parameters.items() if v is not None})

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """POST with an idempotency key (a new one by default); waits until the supervisor has settled it."""
        return self.call("POST", path, body if body is not None else {}, key=key or str(uuid.uuid4()))

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All items of a list with a cursor."""
        cursor: str | None = None
        while True:
            page = self.get(path, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page.get("next")
            if not cursor:
                return

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Any:
        """One call. Raises `ApiProblem` when refused, `LinkDown` when nobody answers."""
        end = self._steady() + self._patience_s
        while True:
            try:
                return self._once(method, path, body, key, parameters)
            except LinkDown:
                if self._steady() >= end:
                    raise
            except ApiProblem as problem:
                if not problem.retriable or self._steady() >= end:
                    raise
            self._sleep(0.25)

    def _once(self, method: str, path: str, body: Any, key: str | None, parameters: Mapping[str, Any] | None) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self._send(method, path, json=body, params=parameters, headers=headers)
        if answer.status_code == 202:
            return self._settled(answer.headers["Location"])
        return _content(answer)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise LinkDown(f"{self.url} does not answer ({reason}): is `fleet up` running there?") from error

    def _settled(self, location: str) -> Any:
        """Poll a request that is durable but not yet settled (no supervisor leads, or it is busy).

        Raises:
            ApiProblem: it was refused; or it is still pending after a while, with code `pending`.
        """
        end = self._steady() + max(SETTLE_WITHIN_S, self._patience_s)
        while True:
            request = _content(self._send("GET", location))
            if request["state"] == "accepted":
                return {"request": request}
            if request["state"] == "refused":
                raise ApiProblem(409, {"code": request["problem"], "detail": request["detail"]})
            if self._steady() >= end:
                detail = f"request {request['request_id']} is stored, but no supervisor has taken it up yet"
                raise ApiProblem(202, {"code": "pending", "detail": detail})
            self._sleep(0.2)


def _content(answer: httpx.Response) -> Any:
    try:
        content = answer.json() if answer.content else {}
    except ValueError:
        content = {"detail": answer.text[:200]}
    if answer.status_code >= 400:
        raise ApiProblem(answer.status_code, content if isinstance(content, Mapping) else {"detail": str(content)})
    return content
