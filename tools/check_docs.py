"""Check the documents: every relative link and every `path/like.this` of the repository that they name exists.

    python tools/check_docs.py [FILE.md ...]        default: every *.md that git knows
Exit code 0: all there; 1: the missing ones are listed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^\s*(```|~~~)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
NAMED = re.compile(
    r"`((?:fleet|robot_adapters|sim_worlds|api|launch|scenarios|benchmarks|tests|docs|tools|interfaces)/[\w./-]+)`"
)


def prose(text: str) -> list[tuple[int, str]]:
    """The numbered lines that are not in a fenced block."""
    lines, fenced = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            lines.append((number, line))
    return lines


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    found = (HEADING.match(line) for _, line in prose(text))
    return {re.sub(r"[^\w\- ]", "", m[1].lower()).replace(" ", "-") for m in found if m}


def problems(path: Path, root: Path = ROOT) -> list[str]:
    """What the document at `path` names and does not exist, one line each."""
    text, found = path.read_text(encoding="utf-8"), []
    for number, line in prose(text):
        where = f"{path.relative_to(root)}:{number}"
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            other = (path.parent / file).resolve() if file else path
            if not other.exists():
                found.append(f"{where}: no such file: {target}")
            elif anchor and other.suffix == ".md" and anchor not in anchors(other.read_text(encoding="utf-8")):
                found.append(f"{where}: no such heading: {target}")
        found += [f"{where}: no such file: {name}" for name in NAMED.findall(line) if not (root / name).exists()]
    return found


def main() -> int:
    if len(sys.argv) > 1:
        files = [Path(a).resolve() for a in sys.argv[1:]]
    else:
        known = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        files = [ROOT / name for name in known.splitlines()]
    found = [p for file in files if file.exists() for p in problems(file)]
    print("\n".join(found) or f"{len(files)} documents, every link and file is there")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
