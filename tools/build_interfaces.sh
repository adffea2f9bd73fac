#!/usr/bin/env bash
# Builds interfaces/humanoid_fleet_msgs with the parts in a virtual environment (ROS 2 as wheels, CMake, Ninja) and
# installs it into that environment. In a ROS 2 installation use colcon instead: docs/how-to/build-with-colcon.md.
#   tools/build_interfaces.sh [VENV]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
venv="$(cd "${1:-$root/.venv}" && pwd)"
package=humanoid_fleet_msgs
build="$(mktemp -d "${TMPDIR:-/tmp}/$package.XXXXXX")"
log="$venv/build-$package.log"
trap 'rm -rf "$build"' EXIT

# Of the environment that this was called from, nothing about ROS or Python may reach the build.
unset PYTHONPATH PYTHONHOME COLCON_PREFIX_PATH ROS_DISTRO ROS_VERSION ROS_PYTHON_VERSION
export PATH="$venv/bin:$PATH" VIRTUAL_ENV="$venv" AMENT_PREFIX_PATH="$venv" CMAKE_PREFIX_PATH="$venv"
export LD_LIBRARY_PATH="$venv/lib" _ROS_WHEELS_BOOTSTRAP_COMPLETE=1

if ! {
    cmake -S "$root/interfaces/$package" -B "$build" -G Ninja \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX="$venv" \
        -DPython3_EXECUTABLE="$venv/bin/python" -DPython3_FIND_VIRTUALENV=ONLY \
        "-DCMAKE_PROJECT_${package}_INCLUDE=$root/tools/drop_missing_include_dirs.cmake" &&
    cmake --build "$build" --parallel "${BUILD_JOBS:-$(nproc)}" &&
    cmake --install "$build"
} >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "error: $package did not build; the whole log is $log" >&2
    exit 1
fi
