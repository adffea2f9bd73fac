"""Orchestration for fleets of humanoid robots: robots execute, people direct."""

__version__ = "0.1.0"
