"""Benchmarks: each module is one, run as `python -m benchmarks.NAME`. They print distributions and judge nothing."""
