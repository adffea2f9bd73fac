"""Instances in the form that Solomon gave them, which Homberger and Gehring kept: `C101.txt` and its like."""

from __future__ import annotations

from typing import NoReturn

from fleet.allocation.files.routing import MAX_VEHICLES, Customer, Loaded, between_points, routing_instance
from fleet.allocation.files.words import Line, lines_of
from fleet.deployment.fields import FileError

COLUMNS = ("CUST NO.", "XCOORD.", "YCOORD.", "DEMAND", "READY TIME", "DUE DATE", "SERVICE TIME")
FORM = "a name, VEHICLE, NUMBER CAPACITY, two numbers, CUSTOMER, the headings of the columns, then one line a customer"


def looks_like_solomon(text: str) -> bool:
    """Whether it has Solomon's headings."""
    words = {line.strip().upper() for line in text.splitlines()[:12]}
    return "VEHICLE" in words


def instance_from_solomon(text: str, file: str = "the text") -> Loaded:
    """The instance of a text; the first customer is the depot. Raises `FileError`."""
    lines = lines_of(text, file)
    where = {line.text.strip().upper(): place for place, line in reversed(list(enumerate(lines)))}
    if not lines or "VEHICLE" not in where:
        _missing(file, lines, "VEHICLE")
    if "CUSTOMER" not in where:
        _missing(file, lines, "CUSTOMER")
    begin, end = where["VEHICLE"], where["CUSTOMER"]
    if end != begin + 3:
        lines[begin].fail("VEHICLE", f"{max(0, end - begin - 1)} lines", "NUMBER CAPACITY, and two numbers below it")
    fleet = lines[begin + 2]
    if len(fleet.words) != 2:
        fleet.fail("VEHICLE", fleet.text.strip(), "two numbers: NUMBER CAPACITY")
    vehicles = fleet.whole(fleet.words[0], "NUMBER", 1, MAX_VEHICLES)
    fleet.number_of(fleet.words[1], "CAPACITY", 0)
    rows = lines[end + 2 :]  # the headings of the columns in between
    if not rows:
        _missing(file, lines, "the depot")
    points, customers = _customers(rows)
    name = lines[0].text.strip() if begin else ""
    return routing_instance(name, vehicles, customers[0], customers[1:], between_points(points), loads=True)


def _missing(file: str, lines: list[Line], what: str) -> NoReturn:
    raise FileError(file, lines[-1].number if lines else 1, what, "nothing", FORM)


def _customers(rows: list[Line]) -> tuple[list[tuple[float, float]], list[Customer]]:
    points, customers, seen = [], [], set[int]()
    for row in rows:
        _, x, y, demand, ready, due, service = row.numbers(COLUMNS)
        number = row.whole(row.words[0], "CUST NO.", 0, 10**6)
        if number in seen:
            row.fail("CUST NO.", number, "each customer once")
        seen.add(number)
        for field, value in (("DEMAND", demand), ("READY TIME", ready), ("SERVICE TIME", service)):
            if value < 0:
                row.fail(field, value, "a finite number >= 0")
        if due < ready:
            row.fail("DUE DATE", due, f"READY TIME, {ready:g}, or later")
        points.append((x, y))
        customers.append(Customer(number=number, opens_s=ready, closes_s=due, service_s=service))
    return points, customers
