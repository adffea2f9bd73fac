"""Act or ask: whether a decision may be made without a person, with every number that led to it."""
