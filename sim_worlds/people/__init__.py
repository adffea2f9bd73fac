"""People who walk: their routines, how they keep apart, and how near the robots came to them."""

from sim_worlds.people.loader import load_people, read_people
from sim_worlds.people.spec import ROUTINES, PersonSpec, check_people

__all__ = ["ROUTINES", "PersonSpec", "check_people", "load_people", "read_people"]
