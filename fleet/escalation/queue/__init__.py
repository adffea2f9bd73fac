"""The queue of questions to people: dedupe, group, route, suppress, notify. Pure; the supervisor's step uses it."""
