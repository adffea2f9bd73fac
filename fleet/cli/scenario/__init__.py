"""Scenarios put together with worlds, and played: `fleet sim run`, `list`, `shrink`."""
