"""What is attached to a layer: meshes, agglomerates, indexes, by their paths in the properties file."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swath.volume.layer import Layer
from swath.volume.paths import path_in_properties


def attachment_path(layer: Layer, path: str) -> Path:
    """Find an attachment: a path is taken from the dataset's folder."""
    return layer.dataset.path / path


def copy_attachments(source: Layer, target: Layer) -> None:
    """Copy the files of a layer's attachments into the folder of another layer, and enter them."""

    def copied(kind: str, path: str) -> str:
        file = attachment_path(source, path)
        place = target.path / kind / file.name
        if file.is_dir():
            shutil.copytree(file, place, dirs_exist_ok=True)
        elif file.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place)
        else:
            return path_in_properties(target.dataset.path, file)
        return path_in_properties(target.dataset.path, place)

    _enter(source, target, copied)


def refer_to_attachments(source: Layer, target: Layer) -> None:
    """Enter the attachments of a layer into another one by their paths."""
    _enter(
        source,
        target,
        lambda _, path: path_in_properties(target.dataset.path, attachment_path(source, path).resolve()),
    )


def _enter(source: Layer, target: Layer, place: Callable[[str, str], str]) -> None:
    record = copy.deepcopy(source.properties.attachments)
    if not record or target.properties.attachments:
        return
    for kind, attached in record.items():
        for each in attached if isinstance(attached, list) else [attached]:
            _replace_path(each, kind, place)
    target.properties.attachments = record
    target.dataset.save()


def _replace_path(record: Any, kind: str, place: Callable[[str, str], str]) -> None:
    if isinstance(record, dict) and "://" not in str(record.get("path", "://")):
        record["path"] = place(kind, record["path"])
