"""Bodies: the walking G1 (torque control under the real URDF) and kinematic humanoids calibrated from it."""
