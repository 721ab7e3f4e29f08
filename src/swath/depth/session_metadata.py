"""Copying metadata from results files into the status files beside them."""

from __future__ import annotations

from pathlib import Path

from swath.depth.manifest import find_results
from swath.depth.results_h5 import ACQUISITION, read_group
from swath.depth.status import write_status
from swath.errors import InputError


def metadata_to_yaml(directory: Path, group: str = ACQUISITION) -> list[Path]:
    """Put a group of each complete session's results file under ``metadata`` of its status; give the files changed.

    Raises InputError where no session has the group.
    """
    changed = []
    for item in find_results(directory):
        if not item.complete:
            continue
        try:
            metadata = read_group(item.h5, group)
        except KeyError:
            continue
        write_status(item.yaml, {**item.status, "metadata": metadata})
        changed.append(item.yaml)
    if not changed:
        raise InputError(f"no complete session below {directory} has {group} in its results file", "check the names")
    return changed
