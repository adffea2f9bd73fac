"""Printing the report on a shift (`fleet.report`), from its record or from what the API sends."""

from __future__ import annotations

from typing import Any

from fleet.cli.output import print_table, say, seconds


def print_report(report: dict[str, Any]) -> None:
    """Counts, then tasks, robots and questions. `report` is `fleet.report.Report` as plain data."""
    say(
        f"{report['tasks']} tasks: {report['done']} done, {report['failed']} failed, {report['cancelled']} cancelled, "
        f"{report['open']} open; {report['late']} late"
    )
    say(
        f"{report['questions']} questions: {report['answered_by_people']} answered by people, "
        f"{report['answered_in_advance']} by their standing orders, "
        f"{report['safe_defaults']} left to their safe default"
    )
    say("")
    print_table(("task", "skill", "state", "robot", "tries", "ended at", "why it is so"), _tasks(report), "no tasks")
    say("")
    print_table(("robot", "model", "done", "in use", "battery", "lost contact", "falls", "remark"), _robots(report))
    for line in report["question_lines"]:
        say("")
        _question(line)


def _tasks(report: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (
            t["task_id"],
            t["skill"],
            t["state"] + (" LATE" if t["late"] else ""),
            t["robot_id"],
            t["attempts"],
            seconds(t["finished_at_s"]),
            t["because"],
        )
        for t in report["task_lines"]
    ]


def _robots(report: dict[str, Any]) -> list[tuple[object, ...]]:
    return [
        (
            r["robot_id"],
            r["model"],
            r["tasks_done"],
            f"{r['use']:.0%}",
            f"{r['battery_fraction']:.0%}" if r["battery_fraction"] is not None else None,
            r["contact_losses"],
            r["falls"],
            r["aside_because"],
        )
        for r in report["robot_lines"]
    ]


def _question(line: dict[str, Any]) -> None:
    say(f"{line['escalation_id']} ({line['cause']}, {line['state']}): {line['question']}")
    if line["operator"] is None:
        say("    not answered")
        return
    after = seconds(line["answered_after_s"])
    by = "safe default, answered for by" if line["how"] == "safe_default" else "answered by"
    say(f"    {by} {line['operator']} after {after}: {line['option']}")
    say(f"    because: {line['reason'] or '-'}")
    if line["carried_out"]:
        say(f"    {line['carried_out']}")
