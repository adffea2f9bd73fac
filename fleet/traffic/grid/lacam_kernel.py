"""Search over where all robots are at once (LaCAM), compiled.

The method is of Okumura 2023, "LaCAM: search-based algorithm for quick multi-agent pathfinding", AAAI 37: depth-first
over configurations; each configuration has constraints ("robot a goes to node v next") that are tried breadth-first,
and PIBT completes a few constraints to a whole step. So it is complete: it finds a plan or shows that there is none.
All state is in the arrays, so that the search can be stopped and gone on with, and the arrays made longer in between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fleet.traffic.grid.dice_kernel import draw
from fleet.traffic.grid.pibt_kernel import AT, GOAL, HERE, THERE, TO, Crowd, Net, step_all

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float32]
NONE = -1
# Rows of `links`, [4, configurations]: from which it was reached, its first and last constraint to try, what comes
# below it on the stack.
PARENT, FIRST, LAST, BELOW = range(4)
# Rows of `limits`, [5, constraints]: the one it adds to, its robot, the robot's node, how many robots it binds, and
# which is tried next.
UPON, ROBOT, NODE, DEPTH, NEXT = range(5)
# Entries of `state`: how many configurations and constraints there are, the top of the stack, what the dice show,
# the configuration that is the goal (or NONE).
CONFIGS, LIMITS, TOP, DICE, FOUND = range(5)
MORE, DONE, NO_WAY, FULL = range(4)  # what a call ends with


class Tree(NamedTuple):
    """All that a search has found. `configs`, `orders` and `waited` are [configurations, robots]: where each robot is,
    who goes first, and how long each waits for its goal; `links` and `limits` see above; `hashed` has their numbers."""

    configs: Ints
    orders: Ints
    waited: Floats
    links: Ints
    limits: Ints
    hashed: Ints
    state: Longs


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def search(net: Net, crowd: Crowd, tree: Tree, swaps: bool, lead: int, tries: int) -> int:
    """Try up to `tries` steps from configurations on the stack, until all are at their goals, or robot `lead` is
    (NONE: all). `DONE`: `state[FOUND]` is the goal's configuration; follow `links[PARENT]` back. `FULL`: `configs` or
    `limits` has to be made longer first (all with them, `hashed` at least twice as long as `configs`, a power of two,
    and anew by `rehash`)."""
    links, limits, state, most_new = tree.links, tree.limits, tree.state, crowd.wish.shape[1]
    for _ in range(tries):
        top = state[TOP]
        if top == NONE:
            return NO_WAY
        if state[CONFIGS] >= len(tree.configs) or state[LIMITS] + most_new + 1 >= limits.shape[1]:
            return FULL
        limit = links[FIRST, top]
        if limit == NONE:
            state[TOP] = links[BELOW, top]
            continue
        links[FIRST, top] = limits[NEXT, limit]
        _branch(top, limit, net, tree)
        if not _complete(top, limit, net, crowd, swaps, tree):
            continue
        slot, known = _look_up(crowd.robots[TO], tree.configs, tree.hashed)
        if known != NONE:
            _bring_up(known, links, state)
            continue
        new = _add(top, slot, crowd.robots, tree)
        if _arrived(crowd.robots, lead):
            state[FOUND] = new
            return DONE
    return MORE


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _arrived(robots: Ints, lead: int) -> bool:
    if lead != NONE:
        return bool(robots[TO, lead] == robots[GOAL, lead])
    return bool((robots[TO] == robots[GOAL]).all())


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _branch(top: int, limit: int, net: Net, tree: Tree) -> None:
    """Add, to be tried last, one constraint for each step of the next robot in order, in random order."""
    starts, ends, links, limits, state = net.starts, net.ends, tree.links, tree.limits, tree.state
    depth = limits[DEPTH, limit]
    if depth >= tree.configs.shape[1]:
        return
    i = tree.orders[top, depth]
    at = tree.configs[top, i]
    first = state[LIMITS]
    count = starts[at + 1] - starts[at] + 1
    for k in range(count):
        new = first + k
        limits[UPON, new], limits[ROBOT, new], limits[DEPTH, new] = limit, i, depth + 1
        limits[NODE, new] = at if k == count - 1 else ends[starts[at] + k]
    for k in range(count - 1, 0, -1):
        other = draw(state, DICE) % (k + 1)
        a, b = first + k, first + other
        limits[NODE, a], limits[NODE, b] = limits[NODE, b], limits[NODE, a]
    for new in range(first, first + count):
        limits[NEXT, new] = NONE
        if links[FIRST, top] == NONE:
            links[FIRST, top] = new
        else:
            limits[NEXT, links[LAST, top]] = new
        links[LAST, top] = new
    state[LIMITS] += count


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _complete(top: int, limit: int, net: Net, crowd: Crowd, swaps: bool, tree: Tree) -> bool:
    """Write into `robots[TO]` a step of all robots that keeps the constraints; False if none was found."""
    robots, who, limits = crowd.robots, crowd.who, tree.limits
    count = tree.configs.shape[1]
    for i in range(count):
        at = tree.configs[top, i]
        robots[AT, i], robots[TO, i] = at, NONE
        who[HERE, at] = i
    good = True
    while limit != NONE and limits[DEPTH, limit] > 0:
        i, node = limits[ROBOT, limit], limits[NODE, limit]
        other = who[HERE, node]
        if who[THERE, node] != NONE or (other != NONE and other != i and robots[TO, other] == robots[AT, i]):
            good = False
            break
        robots[TO, i], who[THERE, node] = node, i
        limit = limits[UPON, limit]
    if good:
        good = step_all(net, crowd, tree.orders[top], swaps, draw(tree.state, DICE))
    for i in range(count):
        at, to = robots[AT, i], robots[TO, i]
        who[HERE, at], who[THERE, at] = NONE, NONE
        if to != NONE:
            who[THERE, to] = NONE
    return good


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _look_up(config: Ints, configs: Ints, hashed: Ints) -> tuple[int, int]:
    """The place of a configuration in the hash table, and its number there (NONE: it is new)."""
    mixed = np.uint64(0x9E3779B97F4A7C15)
    for node in config:
        mixed = (mixed ^ np.uint64(node)) * np.uint64(0x100000001B3)
        mixed ^= mixed >> np.uint64(29)
    mask = len(hashed) - 1
    slot = np.int64(mixed >> np.uint64(20)) & mask
    while hashed[slot] != NONE:
        if (configs[hashed[slot]] == config).all():
            return slot, hashed[slot]
        slot = (slot + 1) & mask
    return slot, NONE


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def rehash(configs: Ints, count: int, hashed: Ints) -> None:
    """Enter the first `count` configurations into an empty (NONE) hash table."""
    for k in range(count):
        slot, _known = _look_up(configs[k], configs, hashed)
        hashed[slot] = k


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _bring_up(known: int, links: Ints, state: Longs) -> None:
    """A configuration that was met again is tried next: it is taken from within the stack, or put back on it."""
    if state[TOP] == known:
        return
    at = state[TOP]
    while at != NONE and links[BELOW, at] != known:
        at = links[BELOW, at]
    if at != NONE:
        links[BELOW, at] = links[BELOW, known]
    elif links[FIRST, known] == NONE:
        return  # all that can follow it was tried
    links[BELOW, known] = state[TOP]
    state[TOP] = known


@njit(cache=True)  # type: ignore[untyped-decorator,unused-ignore]
def _add(parent: int, slot: int, robots: Ints, tree: Tree) -> int:
    """Enter the configuration `robots[TO]`, with nothing bound, on top of the stack; its number."""
    configs, orders, waited, state = tree.configs, tree.orders, tree.waited, tree.state
    links, limits = tree.links, tree.limits
    new, root = state[CONFIGS], state[LIMITS]
    tree.hashed[slot] = new
    limits[UPON, root], limits[DEPTH, root], limits[NEXT, root] = NONE, 0, NONE
    links[PARENT, new], links[FIRST, new], links[LAST, new], links[BELOW, new] = parent, root, root, state[TOP]
    state[TOP], state[CONFIGS], state[LIMITS] = new, new + 1, root + 1
    count = configs.shape[1]
    for i in range(count):
        configs[new, i] = robots[TO, i]
        before = waited[parent, i]
        # Who has arrived keeps only its share of one, which orders equals for good (Okumura 2023, section 4).
        waited[new, i] = before - np.floor(before) if robots[TO, i] == robots[GOAL, i] else before + 1
    for k in range(count):  # nearly sorted already
        i = orders[parent, k]
        at = k
        while at > 0 and waited[new, orders[new, at - 1]] < waited[new, i]:
            orders[new, at] = orders[new, at - 1]
            at -= 1
        orders[new, at] = i
    return int(new)
