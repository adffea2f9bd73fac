from __future__ import annotations

from pathlib import Path

import pytest

from fleet.deployment.fields import FileError
from fleet.escalation.queue.rules import OversightRules, ShiftHours, second_of
from fleet.escalation.queue.rules_file import load_rules, rules_from_text
from fleet.model.severity import Severity
from tests.fleet.escalation.queue.desks import HALL

ROOT = Path(__file__).resolve().parents[4]
ZONES = ("hall",)


def test_the_shipped_file_is_good() -> None:
    rules = load_rules(ROOT / "scenarios" / "oversight" / "ward.yaml")
    policy = rules.policy_for("robot_fallen", Severity.HIGH, "store", "after_a_fall")
    assert (policy.policy_id, policy.shelve_at_most_s) == ("falls", 0.0)
    assert rules.policy_for("robot_silent", Severity.MEDIUM, "store", "x").policy_id == "ward"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "expected"),
    [
        ("{name: Lea, role: lead}", "{name: Mia, role: lead}", 6, "people[2].name", "used once"),
        ("shifts: [late]", "shifts: [night]", 5, "people[1].shifts[0]", "one of the shifts: late"),
        ('begins: "14:00"', 'begins: "25:00"', 8, "shifts[0].begins", "HH:MM"),
        ('begins: "14:00"', "begins: 14:00", 8, "shifts[0].begins", "HH:MM"),
        ('["role:operator"]', "[]", 12, "policies[0].tiers[0].to", "at least one"),
        ('["role:operator"]', '["role:nurse"]', 12, "policies[0].tiers[0].to[0]", "role:lead, role:operator"),
        ('["role:operator"]', "[Zoe]", 12, "policies[0].tiers[0].to[0]", "one of the people"),
        ('["role:operator"]', '["group:all"]', 12, "policies[0].tiers[0].to[0]", "a name, role:NAME, or accountable"),
        ("within_s: 30}", "within_s: 0}", 12, "policies[0].tiers[0].within_s", "from 1 to"),
        ("shelve_at_most_s: 600", "group_by: [colour]", 15, "policies[0].group_by[0]", "cause, zone"),
        ("- {policy: hall}", "- {policy: ward}", 17, "routes[0].policy", "one of the policies: hall"),
        ("- {policy: hall}", "- {policy: hall, causes: [boredom]}", 17, "routes[0].causes[0]", "one of the causes"),
        ("- {policy: hall}", "- {policy: hall, zones: [moon]}", 17, "routes[0].zones[0]", "a zone of the site: hall"),
        ("- {policy: hall}", "- {policy: hall, zones: [hall]}", 17, "routes[0]", "every question goes somewhere"),
        ("- {policy: hall}", "- {policy: hall}\ncolour: red", 18, "colour", "unknown field"),
        ("- {policy: hall}", "- {policy: hall}\nflood: {more_than: 3}", 18, "flood", "at most more_than"),
        (
            "- {policy: hall}",
            "- {policy: hall}\ninhibit: [{source: [x], target: [robot_silent], equal: [zone]}]",
            18,
            "inhibit[0].source[0]",
            "one of the causes",
        ),
        (
            "- {policy: hall}",
            "- {policy: hall}\nwebhooks: [{id: w, kind: pagerduty, url: 'ftp://x', key_env: K}]",
            18,
            "webhooks[0].url",
            "https://",
        ),
        (
            "- {policy: hall}",
            "- {policy: hall}\nwebhooks: [{id: w, kind: pagerduty, url: 'https://x'}]",
            18,
            "webhooks[0]",
            "either key_env or key_file",
        ),
        (
            "- {policy: hall}",
            "- {policy: hall}\nwebhooks: [{id: w, kind: teams, url: 'https://x'}]",
            18,
            "webhooks[0].kind",
            "pagerduty, alertmanager",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, field: str, expected: str) -> None:
    assert old in HALL
    with pytest.raises(FileError) as told:
        rules_from_text(HALL.replace(old, new, 1), "o.yaml", zones=ZONES)
    text = str(told.value)
    assert text.startswith(f"o.yaml, line {line}: "), text
    assert field in text, text
    assert expected in text, text


def test_a_shift_may_go_over_midnight() -> None:
    night = ShiftHours(id="night", begins="22:00", ends="06:00")
    assert night.on(second_of("23:00"))
    assert night.on(second_of("05:59"))
    assert not night.on(second_of("06:00"))


def test_files_of_secrets_are_from_the_file_that_names_them(tmp_path: Path) -> None:
    text = HALL + "webhooks: [{id: w, kind: pagerduty, url: 'https://x', key_file: pd.key}]\n"
    (hook,) = rules_from_text(text, folder=tmp_path).webhooks
    assert hook.key_file == str(tmp_path / "pd.key")


def test_the_load_is_shared_by_operators_on_shift() -> None:
    rules = rules_from_text(HALL)
    assert rules.operators(10 * 3600.0) == 1
    assert rules.operators(15 * 3600.0) == 2
    assert OversightRules().operators(0.0) == 1
