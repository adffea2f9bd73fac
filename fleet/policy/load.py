"""Reading policy files. Nothing is started with a file that does not check out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fleet.deployment.fields import FileError, Source, read, read_yaml
from fleet.model.errors import InvalidField
from fleet.policy.policy import Policy
from fleet.policy.records import PolicyFile

DEFAULT = Path(__file__).with_name("default.yaml")
_FILE = re.compile(r"files\[(\d+)\]\.(.*)")


def policy_of(paths: Sequence[Path | str] = (), *, default: bool = True) -> Policy:
    """The policies of the package (unless `default` is false: for tests of files alone) and of these files.

    Args:
        paths: files, or folders, whose `*.yaml` are taken in the order of their names.

    Raises:
        FileError: naming file, line, field, value, and what would be right.
    """
    if default and not paths:
        return default_policy()
    found = [DEFAULT] if default else []
    for path in map(Path, paths):
        found += _files(path)
    return _read(found)


def _read(found: Sequence[Path]) -> Policy:
    sources = [read_yaml(path) for path in found]
    files = [_file(source) for source in sources]
    try:
        return Policy(files)
    except InvalidField as error:
        match = _FILE.fullmatch(error.field)
        assert match is not None, f"a policy's complaint names its file: {error.field}"
        sources[int(match[1])].find(match[2]).fail(error.expected, error.value)


@cache
def default_policy() -> Policy:
    """The package's own policies, read once."""
    return _read([DEFAULT])


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.yaml"))
    if not found:
        raise FileError(str(path), 1, "the folder", "no *.yaml in it", "at least one policy file")
    return found


def _file(source: Source) -> PolicyFile:
    file = read(PolicyFile, source)
    for i, test in enumerate(file.tests):
        names = [*(r.name for r in file.reserved), *(limit.name for limit in file.limits)]
        if test.by and test.expect == "free":
            expected = f"no by where free is expected, or expect: reserved ({', '.join(names)})"
            source.find(f"tests[{i}].by").fail(expected)
    return file
