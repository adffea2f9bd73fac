"""The accountable record: an append-only log that anybody can check, without trusting who keeps it."""
