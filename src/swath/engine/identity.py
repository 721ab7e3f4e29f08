"""Comparing what made an output with what is asked for now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from swath.engine.job import Job
from swath.errors import InputError, MismatchError, OutputError


def read_identity(path: Path) -> dict[str, Any]:
    """Read the identity of an unfinished run; raises OutputError where it is damaged."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        known = None
    if not isinstance(known, dict) or "fingerprint" not in known:
        raise OutputError(f"{path} is damaged", f"delete {path.parent.parent} and run the command again")
    return known


def refuse_other(known: Mapping[str, Any], job: Job, where: Path, state: str) -> None:
    """Raise MismatchError, which says what differs, where an output is not this job's; ``state`` with its article."""
    if known.get("fingerprint") == job.fingerprint():
        return
    what = "; ".join(differences(known, job.identity())) or "its fingerprint differs"
    raise MismatchError(
        f"{where} is {state} output of another run: {what}", "give --overwrite to replace it, or choose another output"
    )


def differences(known: Mapping[str, Any], mine: Mapping[str, Any]) -> Iterator[str]:
    """Say how two identities differ, a phrase each."""
    if known.get("job") != mine["job"]:
        yield f"job was {known.get('job')!r}, is {mine['job']!r}"
    for kind in ("settings", "versions"):
        yield from _changes(known.get(kind) or {}, mine[kind])
    old = {item["path"]: item for item in known.get("inputs") or []}
    new = {item["path"]: item for item in mine["inputs"]}
    for path in [*new, *(old.keys() - new.keys())]:
        if old.get(path) != new.get(path):
            yield f"of the inputs, {path} {_change_of_input(old.get(path), new.get(path))}"
    if [*old] != [*new] and old == new:
        yield "inputs are in another order"


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in [*new, *(old.keys() - new.keys())]:
        if old.get(key) != new.get(key):
            yield f"{key} was {old.get(key)!r}, is {new.get(key)!r}"


def _change_of_input(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> str:
    if old is None:
        return "is new"
    if new is None:
        return "is not among them now"
    if old["size"] != new["size"]:
        return f"had {old['size']} bytes, has {new['size']}"
    return "has other content" if old["hash"] != new["hash"] else "was written again since, with the same content"


def check_inputs_stand(job: Job) -> None:
    """Raise InputError where an input is no longer what it was when the job was made."""
    for item in job.inputs:
        try:
            stat = Path(item.path).stat()
        except OSError as error:
            raise InputError(f"{item.path} went away while it was read: {error.strerror}", "bring it back") from error
        if (stat.st_size, stat.st_mtime_ns) != (item.size, item.mtime_ns):
            raise InputError(
                f"{item.path} changed while it was read", "run again with --overwrite when it no longer changes"
            )
