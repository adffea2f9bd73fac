"""Robots out of each other's way: maps, routes with time, reservations that follow what happened."""
