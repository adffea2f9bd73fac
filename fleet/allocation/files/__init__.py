"""Instances and plans as files: our own JSON, and the time-window instances of Solomon and of VRPLIB."""
