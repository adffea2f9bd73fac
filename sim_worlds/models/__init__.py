"""Robot models, one YAML file each; see `sim_worlds.profiles`."""
