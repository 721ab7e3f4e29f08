"""What an output holds, finished or not."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swath.engine.dataset import Dataset, is_dataset
from swath.engine.memory import format_size
from swath.errors import OutputError


@dataclass(frozen=True)
class Inspection:
    """What was found: facts about the run, a record a table, counts, and rejects by reason."""

    about: dict[str, Any]
    tables: list[dict[str, Any]]
    counts: dict[str, int]
    rejects: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The inspection as plain JSON values."""
        return asdict(self)


def inspect(path: str | Path) -> Inspection:
    """Look at an output; raises OutputError where there is none."""
    root = Path(path)
    partial = root.with_name(root.name + ".partial")
    if is_dataset(root):
        return _finished(Dataset.open(root))
    if (partial / "_swath" / "run.json").is_file():
        return _unfinished(root, partial)
    raise OutputError(f"{path} is not a Swath output", "check the path")


def _finished(dataset: Dataset) -> Inspection:
    content = dataset.manifest.content
    about = {
        "job": content["job"],
        "made": f"{content['created_at']} in {content['seconds']} s",
        "versions": ", ".join(f"{name} {version}" for name, version in content["versions"].items()),
        "settings": json.dumps(content["settings"]),
        **{f"input {n}": _input_line(item) for n, item in enumerate(content["inputs"], 1)},
    }
    tables = [_table_line(dataset, name, table) for name, table in content["tables"].items()]
    return Inspection(about, tables, content["counts"], content["rejects"])


def _table_line(dataset: Dataset, name: str, table: dict[str, Any]) -> dict[str, Any]:
    parts = dataset.manifest.parts_of(name)
    partitions = {Path(part["path"]).parent for part in parts} if table["partition_by"] else ()
    return {
        "table": name,
        "partitions": len(partitions),
        "rows": table["rows"],
        "files": len(parts),
        "bytes": table["bytes"],
    }


def _input_line(item: dict[str, Any]) -> str:
    path = Path(item["path"])
    if not path.exists():
        state = "gone since"
    else:
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (item["size"], item["mtime_ns"])
        state = "unchanged since" if same else "changed since"
    return f"{item['path']} ({format_size(item['size'])}, {state})"


def _unfinished(root: Path, partial: Path) -> Inspection:
    known = json.loads((partial / "_swath" / "run.json").read_text(encoding="utf-8"))
    journal = partial / "_swath" / "journal.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    about = {
        "job": known["job"],
        "state": f"unfinished: {len(lines)} chunks are done; the same command into {root} goes on from there",
        "settings": json.dumps(known["settings"]),
        **{f"input {n}": _input_line(item) for n, item in enumerate(known["inputs"], 1)},
    }
    return Inspection(about, [], {}, {})
