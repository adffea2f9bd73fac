"""What every adapter must do, as tests that anyone can run against theirs:

    pytest --pyargs robot_adapters.conformance --adapter NAME

NAME is an entry point of the group `humanoid_fleet.conformance`, or `package.module:function`; it makes a
`robot_adapters.conformance.rig.Rig`. See docs/how-to/write-an-adapter.md.
"""
