"""A robot's "done" is a claim. It is held against evidence from another source before it counts."""
