"""PyBullet, imported without the line that it writes to standard error whenever it is."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType


def _quietly(name: str) -> ModuleType:
    """Import with file descriptor 2 on /dev/null: the line is written by C code, past `sys.stderr`."""
    if name in sys.modules:
        return sys.modules[name]
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        return importlib.import_module(name)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        return importlib.import_module(name)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


pb = _quietly("pybullet")
