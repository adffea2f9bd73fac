"""Moved: see `sim_worlds.rollouts`."""

from sim_worlds.rollouts import RolloutFailed, fork_rollout

__all__ = ["RolloutFailed", "fork_rollout"]
