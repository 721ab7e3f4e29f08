"""moseq2-index.yaml: which sessions there are, where their results lie, and to which group each belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swath.depth.manifest import Results, find_results
from swath.depth.yaml_files import read_yaml, write_yaml
from swath.errors import InputError

INDEX = "moseq2-index.yaml"
GROUP = "default"


@dataclass(frozen=True)
class Index:
    """An index, and which sessions are not in it, and why, in sentences."""

    content: Mapping[str, Any]
    left_out: tuple[str, ...] = ()


def build_index(results: Sequence[Results], groups: Mapping[str, str] | None = None) -> Index:
    """List sessions by their uuid, the first of each.

    ``groups`` are groups by uuid; a session without one is in the group ``default``. A session without metadata is
    named by its place.
    """
    files: dict[str, dict[str, Any]] = {}
    left_out = []
    for place, item in enumerate(results):
        uuid = str(item.status["uuid"])
        if uuid in files:
            left_out.append(f"{item.h5} has the uuid of {files[uuid]['path'][0]}")
            continue
        default = f"default_{place}"
        metadata = {"SessionName": default, "SubjectName": default, **(item.status.get("metadata") or {})}
        files[uuid] = {
            "path": [str(item.h5), str(item.yaml)],
            "uuid": uuid,
            "group": (groups or {}).get(uuid, GROUP),
            "metadata": metadata,
        }
    return Index({"files": [*files.values()], "pca_path": ""}, tuple(left_out))


def index(directory: Path, output: Path | None = None, *, compat: bool = False) -> Index:
    """Write the index of the sessions below ``directory`` into ``output`` (default: moseq2-index.yaml in it).

    Groups and the path of the principal components that an index holds there already are kept. With ``compat``, as
    moseq2-extract has it, they are not, and sessions that are not complete are listed too.
    Raises InputError where there are no sessions.
    """
    output = output or directory / INDEX
    found = list(find_results(directory.absolute()))
    listed = [item for item in found if "uuid" in item.status and (compat or item.complete)]
    if not listed:
        raise InputError(f"no extracted sessions are below {directory}", "swath depth status says what is there")
    before = read_yaml(output) if output.is_file() and not compat else {}
    groups = {str(item["uuid"]): str(item["group"]) for item in before.get("files") or [] if "group" in item}
    made = build_index(listed, groups)
    content = {**made.content, "pca_path": before.get("pca_path") or ""}
    write_yaml(output, content)
    incomplete = tuple(f"{item.h5} is not complete" for item in found if item not in listed)
    return Index(content, made.left_out + incomplete)
