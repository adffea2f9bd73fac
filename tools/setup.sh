#!/usr/bin/env bash
# Makes the virtual environment that everything runs in: packages from the lock file, this project (editable), and the
# ROS 2 interfaces built into it. Doing it again does only what has changed.
#   tools/setup.sh [VENV]                                 default: .venv
#   PYTHON=python3.10 tools/setup.sh .venv310             with another Python
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="${1:-$root/.venv}"
cd "$root"
# Called from a ROS shell or from another environment's Python: their libraries are not this environment's.
unset PYTHONPATH PYTHONHOME
if [[ -n ${_ROS_WHEELS_BOOTSTRAP_COMPLETE:-} ]]; then unset LD_LIBRARY_PATH _ROS_WHEELS_BOOTSTRAP_COMPLETE; fi

fail() { echo "error: $*" >&2; exit 1; }
say() { echo "setup: $*"; }
digest() { sha256sum "$@" | sha256sum | cut -d' ' -f1; }

as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1; fi
}

# Installs Debian packages, or says in one line what to do.  apt_install WHAT_FOR PACKAGE...
apt_install() {
    local what="$1"; shift
    command -v apt-get >/dev/null || fail "$what is missing: install it with your system's package manager ($* on Debian)"
    as_root true || fail "$what is missing: run 'sudo apt-get install $*' and try again"
    say "$what: apt-get install $*"
    as_root apt-get update -qq >/dev/null || say "apt-get update failed; trying to install all the same"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "$what could not be installed: apt-get install $* failed"
}

if [[ "${1:-}" == --chromium ]]; then # for the browser tests
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && exit 0
    done
    apt_install "Chromium (for the browser tests)" chromium
    exit 0
fi

[[ "$(uname -s)-$(uname -m)" == Linux-x86_64 ]] ||
    fail "the ROS 2 wheels are for Linux on x86_64, this is $(uname -s) on $(uname -m): use a ROS 2 installation (docs/how-to/build-with-colcon.md)"

supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 11))' 2>/dev/null; }
python=""
for candidate in ${PYTHON:-python3.11 python3.10 python3}; do
    if command -v "$candidate" >/dev/null && supported "$candidate"; then python="$(command -v "$candidate")"; break; fi
done
[[ -n $python ]] || fail "Python 3.11 or 3.10 is needed, found ${PYTHON:-$(python3 --version 2>&1 || true)}: install one, or name it with PYTHON=/path/to/python3.11"

mkdir -p "$venv"
venv="$(cd "$venv" && pwd)"
exec 9>"$venv/.setup.lock"
if command -v flock >/dev/null && ! flock -n 9; then
    say "another setup of $venv is running; waiting for it"
    flock 9
fi

stamps="$venv/.stamps"
done_before() { [[ -f "$stamps/$1" && "$(<"$stamps/$1")" == "$2" ]]; }
mark_done() { mkdir -p "$stamps"; echo "$2" >"$stamps/$1"; }

# 1. The environment. One that was copied or moved here, or is of another Python, is made anew.
version_of() { "$1" -SIc 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none; }
have="$(version_of "$venv/bin/python")"
if ! done_before environment "$venv $have" || { [[ -n ${PYTHON:-} ]] && [[ $have != "$(version_of "$python")" ]]; }; then
    say "making $venv with $("$python" --version)"
    rm -rf "$stamps"
    find "$venv" -mindepth 1 -maxdepth 1 ! -name .setup.lock -exec rm -rf {} +
    "$python" -m venv "$venv" || apt_install "Python's venv module" "$(basename "$python")-venv"
    [[ -x $venv/bin/pip ]] || "$python" -m venv "$venv" || fail "$python -m venv $venv failed"
    mark_done environment "$venv $(version_of "$venv/bin/python")"
fi

# 2. Packages, exactly those of the lock file: nothing is resolved here.
lock="$(digest requirements.lock)"
if ! done_before packages "$lock"; then
    say "installing packages from requirements.lock (about a minute)"
    rm -f "$stamps/packages"
    "$venv/bin/python" -m pip install --disable-pip-version-check -qq --no-deps --require-hashes -r requirements.lock ||
        fail "installing the packages of requirements.lock failed (above)"
    # What the lock file no longer names goes, so that nothing works here only because it once was there.
    mapfile -t extra < <("$venv/bin/python" -I - requirements.lock <<'PYTHON'
import importlib.metadata, re, sys
# The ROS wheels carry second records of themselves, which pip did not make (no INSTALLER).
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
keep = {"pip", "humanoid-fleet", "humanoid-fleet-msgs"}
keep |= {normal(m[1]) for m in re.finditer(r"^([\w.-]+)==", open(sys.argv[1]).read(), re.MULTILINE)}
print(*sorted({normal(d.metadata["Name"]) for d in importlib.metadata.distributions() if d.read_text("INSTALLER")} - keep), sep="\n")
PYTHON
    )
    if [[ -n ${extra[*]} ]]; then
        say "removing ${extra[*]}"
        "$venv/bin/python" -m pip uninstall --disable-pip-version-check -qq --yes "${extra[@]}"
    fi
    mark_done packages "$lock"
fi

# 3. This project, editable.
project="$(digest pyproject.toml)"
if ! done_before project "$project"; then
    say "installing humanoid-fleet (editable)"
    "$venv/bin/python" -m pip install --disable-pip-version-check -qq --no-index --no-deps --no-build-isolation --editable . ||
        fail "installing the project failed (above)"
    mark_done project "$project"
fi

# 4. The ROS 2 interfaces.
mapfile -t sources < <(find interfaces/humanoid_fleet_msgs -type f -not -path '*/build/*' | LC_ALL=C sort)
built_with="$(grep -E '^(ros-|numpy|cmake|ninja|empy|lark|catkin)' requirements.lock | sha256sum | cut -d' ' -f1)"
interfaces="$built_with $(digest "${sources[@]}" tools/build_interfaces.sh tools/drop_missing_include_dirs.cmake)"
if ! done_before interfaces "$interfaces"; then
    if ! command -v c++ >/dev/null; then apt_install "a C++ compiler" g++; fi
    include="$("$venv/bin/python" -Ic 'import sysconfig; print(sysconfig.get_path("include"))')"
    if [[ ! -f $include/Python.h ]]; then
        apt_install "Python's C headers ($include/Python.h)" "$("$venv/bin/python" -Ic 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')"
    fi
    say "building interfaces/humanoid_fleet_msgs (about a minute)"
    tools/build_interfaces.sh "$venv"
    mark_done interfaces "$interfaces"
fi

# 5. What is compiled when first used is compiled now, in two processes. The compiler does not see when a function that
# another module's function calls has changed: what was compiled from other sources goes first.
mapfile -t kernels < <(grep -rl --include='*.py' njit fleet sim_worlds | LC_ALL=C sort)
compiled="$lock $(digest "${kernels[@]}")"
if ! done_before compiled "$compiled"; then
    say "compiling the planners and the simulated worlds (about a minute)"
    find fleet sim_worlds -name '*.nb[ci]' -delete
    "$venv/bin/python" -m fleet.cli.compiling plans 9>&- & plans=$!
    "$venv/bin/python" -m fleet.cli.compiling traffic worlds 9>&- || fail "compiling failed (above)"
    wait "$plans" || fail "compiling failed (above)"
    mark_done compiled "$compiled"
fi
touch "$venv/READY"
