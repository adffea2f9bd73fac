"""The solver: insertion and large-neighbourhood search, compiled. Nothing is compiled or loaded before it is asked."""

from fleet.allocation.solver.planner import Change, Planner
from fleet.allocation.solver.solving import solve, warm_up

__all__ = ["Change", "Planner", "solve", "warm_up"]
