"""The contract between the fleet and one humanoid robot, and the adapters that fulfil it."""
