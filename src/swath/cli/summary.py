"""What a converting command says at its end, or instead of its work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from swath.cli.options import Format
from swath.cli.output import print_object, print_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from swath.engine.plan import Plan
    from swath.engine.run import Outcome


def report(outcome: Outcome, form: Format) -> None:
    """Print what a run came to, and leave with status 3 where rows were set aside."""
    content = outcome.dataset.manifest.content
    rejected = sum(content["rejects"].values())
    if form is Format.json:
        print_object(_as_object(outcome, content))
    else:
        rows = [_table_row(name, table, content) for name, table in content["tables"].items() if table["rows"]]
        print_rows(rows, ("table", "rows", "files", "bytes"), form.value)
    if form is Format.table:
        _say_more(outcome, content)
    if rejected:
        where = outcome.dataset.root
        _note(rejected, f'swath query {where} "SELECT reason, count(*) FROM quarantine GROUP BY reason"')


def report_files(paths: list[Path], outcome: Outcome, rejects_file: Path) -> None:
    """Print which files were written, and leave with status 3 where rows were left out of them."""
    for path in paths:
        typer.echo(str(path))
    rejects = outcome.dataset.manifest.content["rejects"]
    if rejects:
        listed = ", ".join(f"{number:,} of {reason}" for reason, number in rejects.items())
        _note(sum(rejects.values()), f"{listed}; see {rejects_file}")


def report_steps(root: Path, outcomes: Mapping[str, Outcome], form: Format) -> None:
    """Print what the steps of a longer work came to, and leave with status 3 where rows were set aside."""
    rows, rejected = [], 0
    for step, outcome in outcomes.items():
        content = outcome.dataset.manifest.content
        rejected += sum(content["rejects"].values())
        rows += [{"step": step} | _table_row(n, t, content) for n, t in content["tables"].items() if t["rows"]]
    print_rows(rows, ("step", "table", "rows", "files", "bytes"), form.value)
    if form is Format.table:
        first = next((r for r in rows if r["table"] in ("consensus", "clusters")), rows[0] if rows else None)
        if first:
            typer.echo(f'next: swath query {root / first["step"]} "SELECT * FROM {first["table"]} LIMIT 5"')
    if rejected:
        _note(rejected, f"see the table quarantine of each step in {root}")


def _note(rejected: int, more: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"note: {rejected:,} rows could not be read and were set aside: {more}\n")
    raise typer.Exit(3)


def _table_row(name: str, table: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    files = sum(part["table"] == name for part in content["parts"])
    return {"table": name, "rows": table["rows"], "files": files, "bytes": table["bytes"]}


def _as_object(outcome: Outcome, content: dict[str, Any]) -> dict[str, Any]:
    tables = [_table_row(name, table, content) for name, table in content["tables"].items()]
    return {
        "output": str(outcome.dataset.root),
        "unchanged": outcome.unchanged,
        "seconds": round(outcome.seconds, 3),
        "tables": tables,
        "counts": content["counts"],
        "rejects": content["rejects"],
    }


def _say_more(outcome: Outcome, content: dict[str, Any]) -> None:
    shown = {name: number for name, number in content["counts"].items() if number}
    for title, numbers in (("", shown), ("set aside: ", content["rejects"])):
        for name, number in numbers.items():
            typer.echo(f"{title}{name}: {number:,}")
    root = outcome.dataset.root
    if outcome.unchanged:
        typer.echo(f"{root} is up to date: nothing changed since {content['created_at']}")
        return
    size = sum(item["size"] for item in content["inputs"])
    typer.echo(f"wrote {root} in {outcome.seconds:.1f} s ({size / 1e6 / outcome.seconds:.0f} MB/s)")
    typer.echo(f'next: swath query {root} "SELECT * FROM {next(iter(content["tables"]))} LIMIT 5"')


def show_plan(plan: Plan, form: Format) -> None:
    """Print what a run would do."""
    from swath.engine.memory import format_size  # noqa: PLC0415

    if form is Format.json:
        print_object(plan.as_json())
        return
    if form is Format.table:
        for stage in plan.stages:
            chunks = "chunks as they come" if stage.chunks is None else f"about {stage.chunks:,} chunks"
            typer.echo(f"stage {stage.name}: {chunks}")
        typer.echo(f"workers: {plan.workers} ({plan.executor})")
        typer.echo(f"memory: {format_size(plan.memory)} at most, of a budget of {format_size(plan.budget)}\n")
    print_rows(plan.columns(), ("table", "column", "dtype", "unit", "meaning"), form.value)
    if form is Format.table:
        typer.echo("\nnothing was written")
