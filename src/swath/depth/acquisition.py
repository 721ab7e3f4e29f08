"""What was noted when a session was recorded: metadata.json in its variants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swath.errors import InputError

NAME = "metadata.json"
FIELDS = ("SubjectName", "SessionName", "StartTime")
"""Fields that later steps name sessions by."""


def missing_metadata(session: str) -> dict[str, Any]:
    """Give what stands for the metadata of a session, named by its directory, that has none."""
    return {
        "SubjectName": "",
        "SessionName": session,
        "NidaqChannels": 0,
        "NidaqSamplingRate": 0.0,
        "DepthResolution": [512, 424],
        "ColorDataType": "Byte[]",
        "StartTime": "",
    }


def parse_metadata(text: str, where: str) -> dict[str, Any]:
    """Read metadata from JSON text; raises InputError where it is not an object of JSON. ``where`` names the file."""
    try:
        metadata = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{where}, line {error.lineno}: not JSON ({error.msg})", "mend it, or remove it: defaults then stand for it"
        ) from error
    if not isinstance(metadata, dict):
        raise InputError(f"{where} holds a {type(metadata).__name__}, not an object", "it should begin with a brace")
    return metadata


def read_metadata(directory: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the metadata of the session in ``directory``, and say what is missing from it. Raises InputError."""
    path = directory / NAME
    if not path.is_file():
        return missing_metadata(directory.resolve().name), (f"no {NAME}: defaults stand for it",)
    metadata = parse_metadata(path.read_text(encoding="utf-8-sig"), str(path))
    return metadata, what_is_missing(metadata)


def what_is_missing(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Say which fields that sessions are named by are missing."""
    lacking = [field for field in FIELDS if not metadata.get(field)]
    return (f"{NAME} has no {', '.join(lacking)}",) if lacking else ()


def resolution(metadata: Mapping[str, Any]) -> tuple[int, int] | None:
    """Give width and height of the frames, in pixels, where the metadata says them."""
    size = metadata.get("DepthResolution")
    if isinstance(size, list) and len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size):
        return size[0], size[1]
    return None
