"""How facts come in and commands go out: in-process with virtual time, or over ROS 2 (`fleet.ros`)."""
