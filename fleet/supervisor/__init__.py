"""The supervisor, a pure centre: `step(state, facts, now)` gives events and commands, `fold` gives state back."""
