"""Instances in Solomon's and VRPLIB's form; the files in data/ are made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fleet.allocation.files.load import load_instance
from fleet.allocation.files.solomon import instance_from_solomon
from fleet.allocation.files.vrplib import instance_from_vrplib
from fleet.deployment.fields import FileError

DATA = Path(__file__).parent / "data"
SOLOMON, RING, MATRIX = (DATA / name for name in ("corner.txt", "ring.vrp", "matrix.vrp"))


def test_a_solomon_file_becomes_robots_that_leave_the_depot_and_tasks_with_windows():
    loaded = load_instance(SOLOMON)
    instance = loaded.instance
    assert (instance.name, len(instance.robots), len(instance.tasks)) == ("CORNER7", 3, 7)
    first = instance.tasks[0]
    assert (first.task_id, first.stops, first.earliest_s, first.work_s) == ("customer_1", (1,), 0.0, 10.0)
    assert first.latest_s == 110.0, "the window is for the start of the service"
    assert instance.tasks[3].latest_s == pytest.approx(240 - np.hypot(20, 15)), (
        "it must be back before the depot closes"
    )
    assert any("capacities are left out" in line for line in loaded.remarks)


def test_distances_are_those_of_the_vrplib_package():
    vrplib = pytest.importorskip("vrplib")
    for path, form in ((SOLOMON, "solomon"), (RING, "vrplib"), (MATRIX, "vrplib")):
        theirs = vrplib.read_instance(str(path), instance_format=form)["edge_weight"]
        np.testing.assert_allclose(load_instance(path).instance.distances_m, theirs, atol=1e-5)


def test_a_depot_that_is_not_the_first_node_comes_first():
    text = RING.read_text().replace("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n4\n")
    instance = instance_from_vrplib(text).instance
    assert [t.task_id for t in instance.tasks] == [f"customer_{n}" for n in (1, 2, 3, 5, 6)]
    assert instance.distances_m[0, 1] == pytest.approx(np.hypot(18, 24))


def test_half_a_matrix_is_mirrored():
    text = MATRIX.read_text().replace("FULL_MATRIX", "LOWER_ROW")
    head, tail = text.split("EDGE_WEIGHT_SECTION\n")
    rest = tail[tail.index("SERVICE_TIME_SECTION") :]
    instance = instance_from_vrplib(f"{head}EDGE_WEIGHT_SECTION\n1\n2 3\n4 5 6\n{rest}").instance
    assert instance.distances_m.tolist() == [[0, 1, 2, 4], [1, 0, 3, 5], [2, 3, 0, 6], [4, 5, 6, 0]]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("  3         50", "  0         50", 5, "NUMBER: got '0', expected a whole number from 1"),
        ("  3         50", "  3", 5, "VEHICLE: got '3', expected two numbers"),
        ("    2      25 ", "    1      25 ", 12, "CUST NO.: got 1, expected each customer once"),
        ("30         90", "30         20", 12, "DUE DATE: got 20.0, expected READY TIME, 30, or later"),
        ("40         20         20 ", "40         x          20 ", 13, "YCOORD.: got 'x', expected a finite number"),
        ("40         20         20 ", "40         nan        20 ", 13, "YCOORD.: got 'nan'"),
        ("    4      40 ", "    4         ", 14, "expected 7 numbers: CUST NO., XCOORD."),
        ("CUSTOMER\n", "\n", 17, "CUSTOMER: got 'nothing'"),
    ],
)
def test_a_mistake_in_a_solomon_file_is_named_with_its_line(right, wrong, line, says):
    text = SOLOMON.read_text()
    assert right in text
    with pytest.raises(FileError) as error:
        instance_from_solomon(text.replace(right, wrong, 1), "c.txt")
    assert str(error.value).startswith(f"c.txt, line {line}: "), error.value
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ("DIMENSION : 6", "DIMENSION : six", 4, "DIMENSION: got 'six', expected a whole number"),
        ("DIMENSION : 6", "DIMENSION : 7", 9, "NODE_COORD_SECTION: got 'nothing for node 7'"),
        ("DIMENSION : 6\n", "", 32, "DIMENSION: got 'nothing'"),
        ("EUC_2D", "GEO", 8, "EDGE_WEIGHT_TYPE: got 'GEO', expected one of EXPLICIT, EUC_2D"),
        ("3	78	60", "2	78	60", 12, "NODE_COORD_SECTION.node: got 2, expected each node once"),
        ("3	78	60", "3	78	inf", 12, "y: got 'inf'"),
        ("3	20	200", "3	20	10", 26, "closes: got 10.0, expected 20, when it opens, or later"),
        ("DEMAND_SECTION", "BACKHAUL_SECTION", 16, "BACKHAUL_SECTION: got 'unknown section'"),
        ("1\n-1\n", "1\n2\n-1\n", 30, "DEPOT_SECTION: got '2 depots', expected one depot"),
        ("COMMENT : made", "COMMENTS : made", 2, "COMMENTS: got 'unknown'"),
        ("NAME : ring-n6-k2", "1 2 3", 1, "expected a name with a value"),
        ("VEHICLES : 2", "VEHICLES : 2\nVEHICLES : 3", 6, "VEHICLES: got 'there twice'"),
    ],
)
def test_a_mistake_in_a_vrplib_file_is_named_with_its_line(right, wrong, line, says):
    text = RING.read_text()
    assert right in text
    with pytest.raises(FileError) as error:
        instance_from_vrplib(text.replace(right, wrong, 1), "r.vrp")
    assert f"r.vrp, line {line}: " in str(error.value), error.value
    assert says in str(error.value)


def test_a_matrix_with_too_few_numbers_or_no_form_is_refused():
    text = MATRIX.read_text()
    with pytest.raises(FileError, match="got '15 numbers', expected 16, for 4 nodes in FULL_MATRIX"):
        instance_from_vrplib(text.replace("0 10 20 30", "0 10 20", 1))
    with pytest.raises(FileError, match="EDGE_WEIGHT_FORMAT: got 'UPPER_ROW', expected one of FULL_MATRIX, LOWER_ROW"):
        instance_from_vrplib(text.replace("FULL_MATRIX", "UPPER_ROW"))
