"""A proposer behind an endpoint that speaks the chat-completions protocol, as most servers of local models do.

Off unless its settings are given. What is sent: the instruction, its reason, and the names in this site's inventory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from fleet.clock import SystemClock
from fleet.grounding.proposer import briefing, plans_in
from fleet.grounding.world import Known
from fleet.model.errors import InvalidField
from fleet.model.instructions import Proposed

ENDPOINT, MODEL, KEY, WITHIN = "FLEET_LLM_ENDPOINT", "FLEET_LLM_MODEL", "FLEET_LLM_KEY", "FLEET_LLM_TIMEOUT_S"
_MOST_BYTES = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenAICompatible:
    """Asks `model` at `endpoint` (such as `http://localhost:8000/v1`). It gives up after `within_s`, whatever comes."""

    endpoint: str
    model: str
    key: str = ""
    within_s: float = 8.0

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.endpoint!r}, {self.model!r})"  # never the key

    def propose(self, text: str, why: str, known: Known) -> Proposed:
        """See `Proposer`."""
        try:
            answer = self._ask(text, why, known)
        except (httpx.HTTPError, httpx.InvalidURL, _Refused) as error:
            kind = "" if isinstance(error, _Refused) else f"{type(error).__name__}: "
            return Proposed(model=self.model, problem=f"{kind}{error}"[:200])
        return plans_in(answer, self.model)

    def _ask(self, text: str, why: str, known: Known) -> str:
        said = json.dumps({"instruction": text, "why": why}, ensure_ascii=False)
        body = {
            "model": self.model,
            "temperature": 0,
            "messages": [{"role": "system", "content": briefing(known)}, {"role": "user", "content": said}],
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        url = self.endpoint.rstrip("/") + "/chat/completions"
        with httpx.Client(timeout=self.within_s) as client:
            with client.stream("POST", url, json=body, headers=headers) as response:
                content = self._read(response)
                status = response.status_code
        if status != 200:
            raise _Refused(f"it answered {status}: {content[:120]!r}")
        return _message(content)

    def _read(self, response: httpx.Response) -> str:
        """The body, as far as that is bearable: a server that drips or pours must not hold up whoever waits."""
        clock = SystemClock()
        end, content = clock.steady_s() + self.within_s, b""
        for part in response.iter_bytes():
            content += part
            if len(content) > _MOST_BYTES:
                raise _Refused(f"its answer is longer than {_MOST_BYTES} bytes")
            if clock.steady_s() > end:
                raise _Refused(f"no whole answer within {self.within_s:g} s")
        return content.decode("utf-8", errors="replace")


class _Refused(Exception):
    """The answer cannot be used; says why."""


def _message(content: str) -> str:
    try:
        answer = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _Refused(f"its answer is no chat completion: {content[:120]!r}") from None
    if not isinstance(answer, str):
        raise _Refused("its answer has no text")
    return answer


def proposer_from(environment: Mapping[str, str]) -> OpenAICompatible | None:
    """The proposer that the environment describes; None (the default) without an endpoint.

    Raises:
        InvalidField: naming the variable.
    """
    endpoint = environment.get(ENDPOINT, "").strip()
    if not endpoint:
        return None
    if not endpoint.startswith(("http://", "https://")):
        raise InvalidField(ENDPOINT, endpoint, "the address of a server, such as http://localhost:8000/v1")
    model = environment.get(MODEL, "").strip()
    if not model:
        raise InvalidField(MODEL, model, f"the model's name, because {ENDPOINT} is set")
    said = environment.get(WITHIN, "8")
    try:
        within_s = float(said)
    except ValueError:
        within_s = 0.0
    if not 0.1 <= within_s <= 60:
        raise InvalidField(WITHIN, said, "seconds from 0.1 to 60")
    return OpenAICompatible(endpoint=endpoint, model=model, key=environment.get(KEY, ""), within_s=within_s)
