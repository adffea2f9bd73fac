"""From a deployment file to running processes: reading it, what it starts, and keeping that running."""
