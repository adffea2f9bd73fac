"""Adapters on ROS 2: one process serves the robots of one host. See `robot_adapters.ros.run.run_host`."""
