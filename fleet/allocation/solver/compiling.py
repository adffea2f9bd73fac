"""How the solver's code is compiled: two decorators, so that what they hide is in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])
_njit = cast(Any, njit)


def compiled(function: F) -> F:
    """Compiled, and kept on disk. It must not make arrays: they are not counted here, which is what makes calls that
    hand on many arrays several times faster (numba's option for that is a private one)."""
    return cast(F, _njit(cache=True, _nrt=False)(function))


def compiled_with_arrays(function: F) -> F:
    """Compiled, and kept on disk; for those that make arrays. Only such may call such."""
    return cast(F, _njit(cache=True)(function))
