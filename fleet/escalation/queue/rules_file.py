"""Reading the file of the queue's rules. Every complaint names file, line, field, value, and what would be right."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from fleet.deployment.fields import Source, parse_yaml, read, read_yaml
from fleet.escalation.queue.rules import GROUP_PARTS, OversightRules, second_of
from fleet.model.escalation import Cause

_CAUSES = tuple(c.value for c in Cause)


def load_rules(path: Path | str, zones: Collection[str] | None = None) -> OversightRules:
    """Read and check a file of rules. `zones`: those of the site, where it is known. Raises `FileError`."""
    return _checked(read_yaml(path), zones, Path(path).resolve().parent)


def rules_of(path: str | None, zones: Collection[str]) -> OversightRules:
    """The rules of a deployment or scenario; the built-in ones without a file. Raises `FileError`."""
    return load_rules(path, zones) if path is not None else OversightRules()


def rules_from_text(
    text: str, name: str = "oversight.yaml", zones: Collection[str] | None = None, folder: Path | None = None
) -> OversightRules:
    """Like `load_rules`, from text; files that it names are from `folder`."""
    return _checked(parse_yaml(text, name), zones, folder or Path.cwd())


def _checked(source: Source, zones: Collection[str] | None, folder: Path) -> OversightRules:
    rules = read(OversightRules, source)
    _once(source, "people", [p.name for p in rules.people], "name")
    _once(source, "shifts", [s.id for s in rules.shifts], "id")
    _once(source, "policies", [p.id for p in rules.policies], "id")
    _once(source, "webhooks", [w.id for w in rules.webhooks], "id")
    _check_people(source, rules, zones)
    _check_policies(source, rules)
    _check_routes(source, rules, zones)
    _check_inhibitions(source, rules)
    if rules.flood.over_at > rules.flood.more_than:
        source.find("flood.over_at").fail(f"at most more_than ({rules.flood.more_than})")
    _check_webhooks(source, rules)
    hooks = (
        replace(w, key_file=_absolute(w.key_file, folder), hmac_file=_absolute(w.hmac_file, folder))
        for w in rules.webhooks
    )
    return replace(rules, webhooks=tuple(hooks))


def _absolute(path: str, folder: Path) -> str:
    return str((folder / Path(path).expanduser()).resolve()) if path else ""


def _once(source: Source, at: str, names: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            source.find(f"{at}[{i}].{field}").fail("a value used once; it is there already")
        seen.add(name)


def _known(source: Source, at: str, names: Iterable[str], known: Collection[str], what: str) -> None:
    for i, name in enumerate(names):
        if name not in known:
            source.find(f"{at}[{i}]").fail(f"{what}: " + (", ".join(known) or "none is given"))


def _check_people(source: Source, rules: OversightRules, zones: Collection[str] | None) -> None:
    for i, shift in enumerate(rules.shifts):
        for field in ("begins", "ends"):
            try:
                second_of(getattr(shift, field))
            except ValueError:
                source.find(f"shifts[{i}].{field}").fail('a time of day in quotes, "HH:MM"')
    for i, person in enumerate(rules.people):
        _known(source, f"people[{i}].shifts", person.shifts, [s.id for s in rules.shifts], "one of the shifts")
        if zones is not None:
            _known(source, f"people[{i}].zones", person.zones, zones, "a zone of the site")


def _check_policies(source: Source, rules: OversightRules) -> None:
    if not rules.policies:
        source.find("policies").fail("at least one policy", "an empty list")
    names, roles = {p.name for p in rules.people}, {p.role for p in rules.people}
    for i, policy in enumerate(rules.policies):
        at = f"policies[{i}]"
        if not policy.tiers:
            source.find(f"{at}.tiers").fail("at least one tier", "an empty list")
        _known(source, f"{at}.group_by", policy.group_by, GROUP_PARTS, "one of")
        for j, tier in enumerate(policy.tiers):
            if not tier.to:
                source.find(f"{at}.tiers[{j}].to").fail("at least one to tell", "an empty list")
            for k, to in enumerate(tier.to):
                kind, colon, role = to.partition(":")
                where = source.find(f"{at}.tiers[{j}].to[{k}]")
                if colon and (kind != "role" or not role):
                    where.fail("a name, role:NAME, or accountable")
                if colon and roles and role not in roles:
                    where.fail("a role that somebody has: " + ", ".join(f"role:{r}" for r in sorted(roles)))
                if not colon and names and to != "accountable" and to not in names:
                    where.fail("one of the people (" + ", ".join(sorted(names)) + "), role:NAME, or accountable")


def _check_routes(source: Source, rules: OversightRules, zones: Collection[str] | None) -> None:
    policies = [p.id for p in rules.policies]
    for i, route in enumerate(rules.routes):
        at = f"routes[{i}]"
        if route.policy not in policies:
            source.find(f"{at}.policy").fail("one of the policies: " + ", ".join(policies))
        _known(source, f"{at}.causes", route.causes, _CAUSES, "one of the causes")
        if zones is not None:
            _known(source, f"{at}.zones", route.zones, zones, "a zone of the site")
    last = rules.routes[-1] if rules.routes else None
    if last is None or last.causes or last.severities or last.zones or last.decision_classes:
        where = source.find(f"routes[{len(rules.routes) - 1}]") if rules.routes else source.find("routes")
        where.fail("a last route with nothing but policy, so that every question goes somewhere", "none")


def _check_inhibitions(source: Source, rules: OversightRules) -> None:
    for i, rule in enumerate(rules.inhibit):
        _known(source, f"inhibit[{i}].source", rule.source, _CAUSES, "one of the causes")
        _known(source, f"inhibit[{i}].target", rule.target, _CAUSES, "one of the causes")
        if not rule.source or not rule.target or not rule.equal:
            source.find(f"inhibit[{i}]").fail("at least one source, one target and one of equal", "an empty list")


def _check_webhooks(source: Source, rules: OversightRules) -> None:
    for i, hook in enumerate(rules.webhooks):
        at = f"webhooks[{i}]"
        if not hook.url.startswith(("http://", "https://")) or len(hook.url.split("/", 3)[2]) == 0:
            source.find(f"{at}.url").fail("an address that begins with https:// (or http://)")
        if hook.kind == "pagerduty" and bool(hook.key_env) == bool(hook.key_file):
            source.find(at).fail("either key_env or key_file, with the routing key", "both" if hook.key_env else "none")
        for kind in ("key", "hmac"):
            if getattr(hook, f"{kind}_env") and getattr(hook, f"{kind}_file"):
                source.find(f"{at}.{kind}_file").fail(f"nothing, because there is {kind}_env")
