"""The fleet's end of ROS 2. The only part of `fleet` that imports rclpy."""
