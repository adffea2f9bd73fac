# shellcheck shell=bash
# Source this to use .venv's ROS 2 from a shell or from programs other than .venv's Python:  . tools/env.sh [VENV]
# .venv's Python does not need it, see docs/how-to/ros-without-ros.md.
_hf_venv="$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../.venv}" && pwd)" || return 1
_hf_libs="$_hf_venv/lib"
for _hf_dir in "$_hf_venv"/lib/python3.*/site-packages/ros_*.libs; do
    [[ -d $_hf_dir ]] && _hf_libs="$_hf_libs:$_hf_dir"
done
export VIRTUAL_ENV="$_hf_venv" PATH="$_hf_venv/bin:$PATH"
export AMENT_PREFIX_PATH="$_hf_venv" LD_LIBRARY_PATH="$_hf_libs" _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
unset PYTHONPATH PYTHONHOME _hf_venv _hf_libs _hf_dir
