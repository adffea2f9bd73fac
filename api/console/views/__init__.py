"""What the console shows, computed from the fleet's state: pure functions from records to plain JSON-ready values."""
