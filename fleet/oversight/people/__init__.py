"""How people decide: measured on a sample, told to themselves first."""
