"""The way in for people and programs: HTTP and WebSocket, login and roles, and the operator console.

The API never changes what the fleet is or does: it puts requests into the store, follows the journal, and, to stop
robots, tells them directly. Depends on `fleet` and on nothing that knows ROS.
"""
