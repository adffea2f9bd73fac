"""Failed logins are counted by address, and by name and address: guessing gets slow, others are not locked out."""

from __future__ import annotations

from collections import OrderedDict, deque

from api.problems import Problem

_WINDOW_S = 60.0
_PER_NAME = 5
_PER_ADDRESS = 20
_REMEMBERED = 10_000


class Attempts:
    """Failures of the last minute. For one thread; times are steady, s."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def check(self, address: str, name: str, now_s: float) -> None:
        """Raises a 429 `Problem` when there were too many failures in the last minute."""
        for key, most in self._keys(address, name):
            times = self._recent(key, now_s)
            if len(times) >= most:
                wait_s = max(1, round(times[0] + _WINDOW_S - now_s))
                detail = f"{len(times)} failed attempts in a minute; try again in {wait_s} s"
                raise Problem(429, "too_many_attempts", detail, headers={"Retry-After": str(wait_s)})

    def failed(self, address: str, name: str, now_s: float) -> None:
        """Count a failure."""
        for key, _ in self._keys(address, name):
            times = self._recent(key, now_s)
            times.append(now_s)
            self._failures[key] = times
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def _recent(self, key: tuple[str, str], now_s: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] <= now_s - _WINDOW_S:
            times.popleft()
        return times

    @staticmethod
    def _keys(address: str, name: str) -> tuple[tuple[tuple[str, str], int], ...]:
        return ((address, ""), _PER_ADDRESS), ((address, "name:" + name.casefold()), _PER_NAME)
