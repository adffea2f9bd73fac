"""Which robot does what: a problem in, a plan out. Pure: no clock, no randomness, no state of its own."""
