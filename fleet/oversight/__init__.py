"""Oversight of the overseers: how questions, and the people who answer them, fare."""
