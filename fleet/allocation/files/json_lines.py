"""JSON for people who make mistakes: where in a text a value is, and texts read without what JSON does not allow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fleet.deployment.fields import FileError

_TOKEN = re.compile(r'[\s]*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)


def read_text(path: Path | str) -> str:
    """The file's text. Raises `FileError`."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise FileError(str(path), 1, "the file", reason, "a file in UTF-8 that can be read") from None


class _Twice(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_number(text: str) -> float:
    raise _Twice(text)


def parse(text: str, file: str) -> Any:
    """The JSON document. Raises `FileError` for what is not JSON (NaN and Infinity are not), and names used twice."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as problem:
        raise FileError(file, problem.lineno, "the file", problem.msg, "well-formed JSON") from None
    except _Twice as problem:
        name = str(problem)
        if name in ("NaN", "Infinity", "-Infinity"):
            found = re.search(rf"(?<![\w\"]){name}(?![\w\"])", text)
            line = text.count("\n", 0, found.start()) + 1 if found else 1
            raise FileError(file, line, "a number", name, "a finite number, or null where that is allowed") from None
        raise FileError(file, 1, name, "there twice", "each field of a mapping once") from None
    except RecursionError:
        raise FileError(file, 1, "the file", "nesting without end", "well-formed JSON") from None


def line_of(text: str, path: str) -> int:
    """The line, from 1, of the value at a path such as `tasks[3].stops[0]` in a well-formed document; of the nearest
    value around it where there is none."""
    wanted = [int(p[1:]) if p.startswith("[") else p for p in path.replace("]", "").replace("[", ".[").split(".") if p]
    walk: list[list[Any]] = []  # the containers that are open: [is it a list, key or index]
    line, depth_right, best = 1, 0, 1
    awaits_key, key = False, ""
    for match in _TOKEN.finditer(text):
        token, start = match.group(1), match.start(1)
        line += text.count("\n", match.start(), start)
        if token == "}" or token == "]":
            walk.pop()
            depth_right = min(depth_right, len(walk))
            awaits_key = False
        elif token == ",":
            awaits_key = bool(walk) and not walk[-1][0]
            if walk and walk[-1][0]:
                walk[-1][1] += 1
        elif awaits_key and token.startswith('"'):
            key, awaits_key = json.loads(token), False
            walk[-1][1] = key
        elif token != ":":
            here = [level[1] for level in walk]
            if len(here) > depth_right and here == wanted[: len(here)]:
                depth_right, best = len(here), line
                if here == wanted:
                    return line
            if token in "{[":
                walk.append([token == "[", 0 if token == "[" else None])
                awaits_key = token == "{"
        line += text.count("\n", start, match.end())
    return best
