"""From what a person says to what exists: candidates with scores, offline, and nothing that is not in the world."""
