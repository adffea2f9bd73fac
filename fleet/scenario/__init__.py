"""Scenarios: what is to happen to a fleet, what must come of it, and the record of a run. No simulator in here."""
