"""Simulated buildings and humanoids in PyBullet: physics, onboard autonomy, faults and site sensors.

Nothing here knows ROS, threads or asyncio, so that a world can be forked. Clients talk to a world through
`sim_worlds.link.WorldLink`, in the same process or over a socket.
"""

import os

# More BLAS threads make the small matrix products of the walking policy slower, and forked rollouts unsafe.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
