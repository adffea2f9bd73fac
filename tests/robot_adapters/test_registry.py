"""Adapters by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from fleet.model.errors import NotFound
from robot_adapters import registry
from robot_adapters.scripted import ScriptedHumanoid


def test_our_three_adapters_are_registered_and_load():
    assert {"scripted", "sim_g1", "sim_kinematic"} <= set(registry.known_adapters())
    assert registry.adapter_class("scripted") is ScriptedHumanoid
    for name in registry.known_adapters():
        assert registry.adapter_class(name)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(NotFound, match="'unicorn'; known: scripted, sim_g1, sim_kinematic"):
        registry.adapter_class("unicorn")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no_such_module_here:X", "ModuleNotFoundError"),
        ("robot_adapters.scripted:Nope", "AttributeError"),
        ("robot_adapters.scripted:Script", "expected a subclass of robot_adapters.base.HumanoidAdapter"),
    ],
)
def test_one_that_cannot_be_used_says_why(monkeypatch, target, says):
    broken = {"broken": EntryPoint("broken", target, registry.GROUP)}
    monkeypatch.setattr(registry, "known_adapters", lambda: broken)
    with pytest.raises(registry.BadAdapter, match=says):
        registry.adapter_class("broken")
