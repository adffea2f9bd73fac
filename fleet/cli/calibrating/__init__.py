"""Calibration data from simulation: `fleet calibrate`."""
