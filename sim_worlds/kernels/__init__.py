"""The hot loops, in numba: plain arrays in and out, no randomness, no threads, no fastmath, so the same bits always."""
