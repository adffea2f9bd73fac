"""Instances as JSON: read, written, refused; the schema and the page say what the reader does."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.allocation.appending import append
from fleet.allocation.files.fields import RECORDS
from fleet.allocation.files.json_lines import line_of
from fleet.allocation.files.load import load_instance
from fleet.allocation.files.plan_reading import plan_from_json
from fleet.allocation.files.reading import instance_from_json
from fleet.allocation.files.reference import INTRODUCTION, files
from fleet.allocation.files.schema import instance_schema, plan_schema
from fleet.allocation.files.writing import instance_document, instance_text, plan_document
from fleet.allocation.generating import FEATURES, generated
from fleet.allocation.instance import Instance
from fleet.deployment.fields import FileError

ROOT = Path(__file__).resolve().parents[4]
GOOD = """\
{
 "format": "fleet-plan-instance", "version": 1,
 "locations": ["dock", "shelf"],
 "points_m": [[0, 0], [3, 4]],
 "robots": [
  {"robot_id": "a", "at": "dock"},
  {"robot_id": "b", "at": 1, "battery_wh": 30, "capacity_wh": 40}
 ],
 "tasks": [
  {"task_id": "t", "stops": ["shelf", 0], "work_s": 5, "due_s": null},
  {"task_id": "u", "after": ["t"]}
 ]
}
"""


def same(a: Instance, b: Instance) -> bool:
    names = {f.name for f in dataclasses.fields(Instance)} - {"distances_m"}
    return all(getattr(a, n) == getattr(b, n) for n in names) and np.array_equal(a.distances_m, b.distances_m)


def test_places_are_named_or_numbered_and_points_give_straight_lines():
    instance = instance_from_json(GOOD)
    assert [r.at for r in instance.robots] == [0, 1]
    assert instance.tasks[0].stops == (1, 0)
    assert instance.distances_m.tolist() == [[0.0, 5.0], [5.0, 0.0]]
    assert instance.robots[0].battery_wh == math.inf
    assert instance.tasks[0].due_s is None


@given(seed=st.integers(0, 1000), features=st.sets(st.sampled_from(sorted(FEATURES))))
@settings(max_examples=15, deadline=None)
def test_what_was_written_is_read_as_the_same(seed, features):
    instance = generated(3, 8, seed=seed, features=sorted(features))
    assert same(instance_from_json(instance_text(instance)), instance)
    solution = append(instance)
    again = plan_from_json(json.dumps(plan_document(instance, solution)))
    assert (again.routes, again.unplaced, again.cost) == (solution.routes, solution.unplaced, solution.cost)


def test_what_is_written_fits_the_schemas():
    instance = generated(4, 12, seed=1, features=tuple(FEATURES))
    for schema, document in (
        (instance_schema(), instance_document(instance)),
        (instance_schema(), json.loads(GOOD)),
        (plan_schema(), plan_document(instance, append(instance))),
    ):
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(document)


def test_every_field_of_the_records_can_be_in_a_file():
    for record, fields in RECORDS.values():
        assert {f.name for f in dataclasses.fields(record)} == set(fields)
    assert {f.name for f in dataclasses.fields(Instance)} <= set(instance_schema()["properties"])


def test_the_reference_is_what_the_program_says():
    for name, text in files().items():
        again = "run `python -m fleet.allocation.files.reference`"
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, again


def test_the_example_of_the_reference_can_be_read():
    instance = instance_from_json(INTRODUCTION.split("```json\n")[1].split("```")[0])
    assert not append(instance).unplaced


@pytest.mark.parametrize(
    ("right", "wrong", "line", "says"),
    [
        ('"at": "dock"', '"at": "attic"', 6, "robots[0].at: got 'attic', expected a location: a number from 0 to 1"),
        ('"at": 1', '"at": 2', 7, "robots[1].at: got 2, expected a location"),
        ('"at": 1', '"at": true', 7, "robots[1].at: got True"),
        ('"work_s": 5', '"work_s": -5', 10, "tasks[0].work_s: got -5, expected a finite number >= 0 s"),
        ('"work_s": 5', '"work_s": NaN', 10, "got 'NaN', expected a finite number"),
        ('"work_s": 5', '"work_s": 1e999', 10, "tasks[0].work_s: got inf, expected a finite number >= 0 s"),
        ('"work_s": 5', '"work_s": "5"', 10, "tasks[0].work_s: got '5'"),
        ('"work_s": 5', '"works": 5', 10, "unknown field works', expected one of the fields task_id, stops"),
        ('"after": ["t"]', '"after": ["u"]', 11, "tasks[1].after: got 'u -> u'"),
        ('"after": ["t"]', '"after": ["x"]', 11, "tasks[1].after"),
        ('"after": ["t"]', '"team": 1.5', 11, "tasks[1].team: got 1.5, expected a whole number >= 1"),
        ('"after": ["t"]', '"team": 3', 11, "tasks[1].team: got 3"),
        ('"task_id": "u"', '"task_id": "t"', 11, "tasks[1].task_id: got 't'"),
        ('"robot_id": "a", ', "", 6, "robots[0].robot_id: got 'nothing', expected a name"),
        ("[3, 4]", "[3]", 4, "points_m[1]: got 'a list', expected [x, y] in m"),
        ("[3, 4]", "[3, null]", 4, "points_m[1][1]: got None, expected a finite number m"),
        ('"points_m": [[0, 0], [3, 4]]', '"distances_m": [[0, 1], [1]]', 4, "distances_m[1]: got '1 entries'"),
        ('"points_m": [[0, 0], [3, 4]]', '"distances_m": [[0, -1], [1, 0]]', 4, "distances_m[0][1]: got -1"),
        ('"points_m": [[0, 0], [3, 4]]', '"distances_m": [[0, 1], [1, 2]]', 4, "distances_m[1][1]: got 2, expected 0"),
        ('"version": 1', '"version": 2', 2, "version: got 2, expected 1"),
        ('["dock", "shelf"]', '["dock", "dock"]', 3, "locations[1]: got 'dock', expected each name once"),
        ('["dock", "shelf"]', '["dock"]', 3, "locations: got '1 names', expected 2 names"),
        ('"version": 1', '"version": 1, "version": 1', 1, "version: got 'there twice'"),
        ('"version": 1,', '"version": 1', 3, "expected well-formed JSON"),
    ],
)
def test_a_mistake_is_named_with_its_line(right, wrong, line, says):
    assert right in GOOD
    with pytest.raises(FileError) as error:
        instance_from_json(GOOD.replace(right, wrong, 1), "instance.json")
    assert str(error.value).startswith(f"instance.json, line {line}: "), error.value
    assert says in str(error.value)


def test_what_is_no_instance_is_refused(tmp_path):
    for text, says in (("", "got 'nothing'"), ("hello\n", "got 'hello'"), ("[]", "got 'a list'")):
        path = tmp_path / "file"
        path.write_text(text)
        with pytest.raises(FileError, match="line 1: the file") as error:
            load_instance(path)
        assert says in str(error.value)
    with pytest.raises(FileError, match="No such file"):
        load_instance(tmp_path / "nowhere.json")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="UTF-8"):
        load_instance(tmp_path / "bytes")


def test_the_line_of_a_value_is_found_wherever_it_is():
    text = '{"a": {"b": [1,\n 2, {"c": "x, ]\\" }"}\n,[3]]},\n "d": null}'
    assert [line_of(text, p) for p in ("a", "a.b[1]", "a.b[2].c", "a.b[3][0]", "d")] == [1, 2, 2, 3, 4]
    assert line_of(text, "a.b[2].missing") == 2
    assert line_of(text, "e") == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "x"}, "format: got 'x', expected 'fleet-plan'"),
        ({"routes": []}, "routes: got 'a list', expected lists of visits by robot"),
        ({"routes": {"a": [{"task_id": "t"}]}}, "routes.a[0].leaves_s: got None, expected a finite number"),
        ({"routes": {"a": [{"task": "t"}]}}, "unknown field task"),
        ({"cost": None}, "cost: got None, expected a finite number"),
        ({"unplaced": {"t": 3}}, "unplaced.t: got 3, expected a reason in words"),
        ({"colour": "blue"}, "unknown field colour"),
    ],
)
def test_a_plan_that_is_none_is_refused(change, says):
    document = {"format": "fleet-plan", "version": 1, "cost": 0.0, "terms": {}, "routes": {}, "unplaced": {}}
    with pytest.raises(FileError) as error:
        plan_from_json(json.dumps({**document, **change}), "plan.json")
    assert says in str(error.value)
