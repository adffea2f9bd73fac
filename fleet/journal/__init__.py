"""The journal: append-only, durable, checksummed; the only truth there is."""
