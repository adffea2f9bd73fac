"""Names and qualities of service, the same at both ends. All names are relative, so that a namespace can be put before.

Fleet-level topics carry what the supervisor needs; a host's services and its action are below the host's name.
"""

from __future__ import annotations

import re

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from fleet.model.errors import InvalidField

ROBOT_STATES = "fleet/robot_states"
ROBOT_DESCRIPTIONS = "fleet/robot_descriptions"
OBSERVATIONS = "fleet/observations"
HOLD_ALL = "fleet/hold_all"
SUPERVISOR_HEARTBEAT = "fleet/supervisor_heartbeat"
ROUTES = "fleet/routes"
TRAFFIC = "fleet/traffic"
DIAGNOSTICS = "/diagnostics"
CLOCK = "/clock"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def below_host(host: str, what: str) -> str:
    """The name of a host's service or action: `execute_skill`, `hold`, `cancel`, `lease`, `describe`, `recover`."""
    return f"{host}/{what}"


def check_host_name(host: str) -> str:
    """The name, if ROS takes it. Raises `InvalidField` otherwise."""
    if not _NAME.fullmatch(host):
        raise InvalidField("host", host, "letters, digits and _ only, beginning with a letter")
    return host


def namespace_of(robot_id: str) -> str:
    """The namespace of a robot's own node and topics: its id, with what ROS does not take replaced by `_`.

    Raises:
        InvalidField: nothing usable is left.
    """
    name = re.sub(r"[^A-Za-z0-9_]", "_", robot_id)
    if not name or not name.strip("_"):
        raise InvalidField("robot_id", robot_id, "an id with letters or digits")
    return name if name[0].isalpha() else f"r_{name}"


def stream(depth: int = 100) -> QoSProfile:
    """States and observations: reliable, so that none is lost that the journal should have; nothing is kept for late
    joiners, the next one comes within half a second."""
    return QoSProfile(
        depth=depth,
        history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.VOLATILE,
    )


def latched(depth: int = 1) -> QoSProfile:
    """What late joiners must get: reliable and transient local, at both ends. A subscriber that hears several
    publishers needs a depth for all of them."""
    return QoSProfile(
        depth=depth,
        history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


def service() -> QoSProfile:
    """Services and actions: ROS's default depth of 10 silently drops requests when a supervisor sends a batch."""
    return stream(1000)


def heartbeat() -> QoSProfile:
    """Only the newest counts."""
    return QoSProfile(
        depth=1,
        history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.VOLATILE,
    )
