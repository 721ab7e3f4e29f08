"""A finished output, read back: its manifest, tables and parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath.errors import OutputError

FORMAT = 1
_MAKE_AGAIN = "make the output again, with --overwrite"
_OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Manifest:
    """The content of ``_swath/manifest.json``: job, settings, inputs, versions, tables, parts, counts."""

    content: dict[str, Any]

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """By table name: meaning, partition_by, columns, rows, bytes."""
        tables: dict[str, dict[str, Any]] = self.content["tables"]
        return tables

    def parts_of(self, table: str) -> list[dict[str, Any]]:
        """The parts of one table, in order of path: path, rows, bytes, checksum."""
        return [part for part in self.content["parts"] if part["table"] == table]


@dataclass(frozen=True)
class Dataset:
    """A finished output directory and its manifest."""

    root: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: str | Path) -> Dataset:
        """Open a finished output; raises OutputError where there is none."""
        root = Path(path)
        if not is_dataset(root):
            unfinished = root.with_name(root.name + ".partial").exists()
            hint = "its run was interrupted: run the same command again" if unfinished else "check the path"
            raise OutputError(f"{path} is not a finished Swath output", hint)
        try:
            content = json.loads((root / "_swath" / "manifest.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise OutputError(f"the manifest of {path} is damaged: {error}", _MAKE_AGAIN) from error
        if not isinstance(content, dict) or not {"format", "fingerprint", "tables", "parts"} <= content.keys():
            raise OutputError(f"the manifest of {path} is not one of Swath's", _MAKE_AGAIN)
        if content["format"] != FORMAT:
            raise OutputError(f"{path} has format {content['format']}, not {FORMAT}", "read it with the Swath it is of")
        return cls(root, Manifest(content))

    def files(self, table: str) -> list[Path]:
        """The Parquet files of a table, in row order; empty where the table has no rows."""
        return [self.root / part["path"] for part in self.manifest.parts_of(table)]

    def damages(self) -> Iterator[str]:
        """Re-read every part and yield a line for each that is not as the manifest has it."""
        import pyarrow.parquet as pq  # noqa: PLC0415  (no run needs it to find its output done)

        for part in self.manifest.content["parts"]:
            path = self.root / part["path"]
            if not path.is_file():
                yield f"{part['path']}: missing"
                continue
            content = path.read_bytes()
            if len(content) != part["bytes"]:
                yield f"{part['path']}: {len(content)} bytes, {part['bytes']} were written"
            elif hashlib.blake2b(content, digest_size=16).hexdigest() != part["checksum"]:
                yield f"{part['path']}: its content changed since it was written"
            elif pq.read_metadata(path).num_rows != part["rows"]:
                yield f"{part['path']}: not the {part['rows']} rows that were written"
        for stray in self.strays():
            if stray.endswith(".parquet"):
                yield f"{stray}: not part of this output"

    def strays(self) -> Iterator[str]:
        """Yield the files in the output that no run wrote, by their paths below it; ``_swath`` is the runs' own."""
        known = {part["path"] for part in self.manifest.content["parts"]} | {"catalog.sql"}
        for path in sorted(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            if relative.as_posix() in known or relative.parts[0] == "_swath" or path.name in _OF_THE_SYSTEM:
                continue
            if path.is_symlink() or not path.is_dir():
                yield relative.as_posix()


def is_dataset(path: Path) -> bool:
    """Say whether a finished output stands at a path."""
    return (path / "_swath" / "manifest.json").is_file()
