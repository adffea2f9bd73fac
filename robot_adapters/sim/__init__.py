"""Adapters for simulated humanoids: skills composed from the primitives of a robot's own (simulated) computer."""
