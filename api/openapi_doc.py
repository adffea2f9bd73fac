"""Writes docs/reference/http-api.md from the OpenAPI document: `python -m api.openapi_doc` (`--check` compares)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.app import frame

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "http-api.md"

_STREAM = """
### `WebSocket /v1/stream`

The journal as it comes. Role: **viewer**, by the header `Authorization: Bearer TOKEN`, by the subprotocols `fleet.v1`
and `bearer.TOKEN` (for browsers that have no cookie), or by the session cookie from the same origin.

Query: `after` (records with a higher `seq`; without it: from now on), `kind` (only these kinds of events; may be
repeated). Messages are JSON objects with a `type`:

| type | members | when |
| --- | --- | --- |
| `hello` | `head`, `after`, `now_s` | first |
| `event` | as in `GET /v1/events` | for every record |
| `heartbeat` | `head`, `now_s` | every 5 s |

Close codes: 4401 logged out, 4408 too slow (no data was taken for 5 s), 4409 `after` is ahead of the journal, 4500 the
journal cannot be followed, 1001 or 1012 the server ends. After each of them a client may come back with `after` set to
the last `seq` that it has: nothing is lost and nothing comes twice. A client that may not listen gets a plain HTTP 401,
403 or 422 with a problem.
""".strip()


def markdown() -> str:
    """The reference as one text."""
    document = frame().openapi()
    schemas = document["components"]["schemas"]
    lines = [
        "# HTTP API",
        "",
        "Written by `python -m api.openapi_doc` from the document that the API serves at `/v1/openapi.json`.",
        "",
        document["info"]["description"],
        "",
    ]
    operations = list(_operations(document))
    lines += ["| call | role | what |", "| --- | --- | --- |"]
    lines += [f"| `{m} {p}` | {o['x-role']} | {o['summary']} |" for m, p, o in operations]
    lines += ["| `WebSocket /v1/stream` | viewer | The journal as it comes |"]
    for tag in document["tags"]:
        lines += ["", f"## {tag['name'].capitalize()}", "", tag["description"]]
        for method, path, operation in operations:
            if operation["tags"] == [tag["name"]]:
                lines += ["", *_operation(method, path, operation, schemas)]
        if tag["name"] == "events":
            lines += ["", _STREAM]
    lines += ["", "## Bodies", ""]
    for name in _bodies(operations, schemas):
        lines += [*_schema(name, schemas[name]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    order = [tag["name"] for tag in document["tags"]]
    found = [
        (order.index(operation["tags"][0]), method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    for _, method, path, operation in sorted(found, key=lambda entry: entry[0]):
        yield method, path, operation


def _operation(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    role = operation["x-role"]
    lines = [f"### `{method} {path}`", "", f"**{operation['summary']}** · {_flat(operation.get('description', ''))}"]
    lines += ["", f"Role: **{role}**." if role != "none" else "Needs no login."]
    query = [p for p in operation.get("parameters", ()) if p["in"] in ("query", "header")]
    if query:
        lines += ["", "| parameter | type | |", "| --- | --- | --- |"]
        lines += [_row(p["name"], p["schema"], p.get("required", False), p.get("description", "")) for p in query]
    body = operation.get("requestBody")
    if body is not None:
        schema = body["content"]["application/json"]["schema"]
        name = _reference(schema) or schema["title"]
        lines += ["", f"Body: [{name}](#{name.lower()})."]
        for example in schemas.get(name, schema).get("examples", [])[:1]:
            lines += ["", "```json", json.dumps(example, indent=2), "```"]
    lines += ["", "| answer | |", "| --- | --- |"]
    for status, answer in operation["responses"].items():
        name = next((_reference(c["schema"]) for c in answer.get("content", {}).values() if "schema" in c), "")
        shown = f" (`{name}`)" if name and status < "400" else ""
        lines.append(f"| {status} | {answer['description']}{shown} |")
    return lines


def _bodies(operations: list[tuple[str, str, dict[str, Any]]], schemas: dict[str, Any]) -> list[str]:
    """Names of the schemas that callers send, and those inside them."""
    names: dict[str, None] = {"ReasonIn": None}
    queue = [json.dumps(o["requestBody"]) for _, _, o in operations if "requestBody" in o]
    while queue:
        text = queue.pop()
        for part in text.split('"#/components/schemas/')[1:]:
            name = part.partition('"')[0]
            if name not in names:
                names[name] = None
                queue.append(json.dumps(schemas[name]))
    return sorted(name for name in names if "properties" in schemas[name])


def _schema(name: str, schema: dict[str, Any]) -> list[str]:
    lines = [f"### {name}", "", _flat(schema.get("description", "")), "", "| field | type | |", "| --- | --- | --- |"]
    required = schema.get("required", ())
    for field, about in schema["properties"].items():
        lines.append(_row(field, about, field in required, about.get("description", "")))
    return lines


def _row(name: str, schema: dict[str, Any], required: bool, text: str) -> str:
    remarks = [text] if text else []
    if required:
        remarks.insert(0, "required")
    elif schema.get("default") not in (None, "", [], {}):
        remarks.append(f"default {json.dumps(schema['default'])}")
    return f"| `{name}` | {_type(schema)} | {'; '.join(remarks)} |"


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(s) for s in schema["anyOf"] if s.get("type") != "null")
    reference = _reference(schema)
    if reference:
        return reference
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = " " + f"{_bound(low)}..{_bound(high)}" if low is not None or high is not None else ""
    return f"{schema.get('type', 'any')}{bounds}"


def _bound(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _flat(text: str) -> str:
    return " ".join(text.split())


def main() -> int:
    """Write the file, or compare it. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    wanted, check = markdown(), parser.parse_args().check
    if check:
        if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == wanted:
            return 0
        print(f"{TARGET} is not up to date: run `python -m api.openapi_doc`", file=sys.stderr)
        return 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
