"""Arrays of many objects in one kernel: their addresses in a table, read back as arrays."""

from __future__ import annotations

from typing import Any

import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _as_pointer(_typing: Any, address: Any) -> Any:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


as_pointer: Any = intrinsic(_as_pointer)
"""In a kernel: the address (an integer) as a pointer, for `carray`. Whoever keeps the address keeps the array alive."""
carray: Any = numba.carray  # type: ignore[attr-defined,unused-ignore]
"""In a kernel: the array of this shape and type at a pointer."""
