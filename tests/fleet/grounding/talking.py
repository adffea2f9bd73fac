"""A real HTTP server that speaks the chat-completions protocol, and says what a test wants it to say."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Model(ThreadingHTTPServer):
    """`content` is the assistant's text; `raw` (if set) is sent instead of a chat completion. `heard` are the calls."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.raw, self.status = '{"plans": []}', None, 200
        self.drip = threading.Event()  # set: it sends a byte now and then, and never ends
        self.gone = threading.Event()
        self.heard: list[dict[str, Any]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def says(self, *plans: object) -> None:
        self.content = json.dumps({"plans": plans})


class _Handler(BaseHTTPRequestHandler):
    server: Model

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append({"path": self.path, "key": self.headers.get("Authorization", ""), **asked})
        answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": self.server.content}}]}).encode()
        body = self.server.raw if self.server.raw is not None else answer
        with contextlib.suppress(OSError):
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            while self.server.drip.is_set() and not self.server.gone.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def talking() -> Iterator[Model]:
    """The server, while it runs."""
    model = Model()
    thread = threading.Thread(target=model.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.gone.set()
        model.shutdown()
        model.server_close()
        thread.join(5)


def plan(score: float, *steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"score": score, "steps": [{"skill": s, "parameters": p} for s, p in steps]}
