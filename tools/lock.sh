#!/usr/bin/env bash
# Writes requirements.lock from pyproject.toml: every extra, every supported Python, with hashes.
# --no-config and --no-annotate keep this machine's settings and paths out of it.
#   tools/lock.sh [VENV] [--upgrade | --upgrade-package NAME]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$root/.venv"
if [[ $# -gt 0 && $1 != -* ]]; then venv="$1"; shift; fi
cd "$root"
"$venv/bin/uv" pip compile --universal --python-version 3.10 --all-extras --generate-hashes \
    --no-annotate --no-emit-index-url --custom-compile-command "make lock" --quiet "$@" \
    pyproject.toml --output-file requirements.lock
if grep -nE '(https?|file)://|/(root|home|opt|work|tmp)/' requirements.lock; then
    echo "error: requirements.lock names a registry or a path of this machine (above); do not commit it" >&2
    exit 1
fi
