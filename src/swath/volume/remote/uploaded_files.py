"""The files of a dataset as they are uploaded: all that its layers have, under the dataset's own folder."""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from swath.volume.dataset import Dataset
from swath.volume.properties import LayerProperties
from swath.volume.properties.model import FILE_NAME

CHUNK_SIZE = 100 << 20
"""Bytes of a file that are sent at a time."""

_UNFINISHED = (".tmp", ".lock")


@dataclass(frozen=True)
class UploadedFile:
    """A file: its name within the dataset, its bytes in number, and where they are, on the disk or at hand."""

    name: str
    size: int
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)
    changed: int = 0

    @property
    def chunks(self) -> int:
        """How many chunks it is sent in; an empty file is one empty chunk."""
        return max(1, -(-self.size // CHUNK_SIZE))

    def open(self) -> IO[bytes]:
        """Open it to be read."""
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")


def files_of(dataset: Dataset, without: Collection[str] = ()) -> list[UploadedFile]:
    """List the files of a dataset, but for those of some layers; links are followed.

    A mag whose array lies elsewhere is sent as if it lay in its layer's folder, and the properties say so.
    """
    layers = [layer for layer in dataset.layers.values() if layer.name not in without]
    arrays = {f"{layer.name}/{view.mag}": view.path for layer in layers for view in layer.mags.values()}
    files = [_properties(dataset, [layer.properties for layer in layers])]
    for name, folder in arrays.items():
        files += _walk(folder, name, frozenset())
    skipped = {FILE_NAME, *without, *arrays, *(str(path) for path in arrays.values())}
    files += _others(dataset.path, "", skipped, frozenset())
    return sorted(files, key=lambda file: file.name)


def fingerprint(dataset: Dataset, name: str, files: list[UploadedFile]) -> bytes:
    """Give 16 bytes that are the same when the same files, unchanged, are uploaded under the same name again."""
    digest = hashlib.blake2b(f"{dataset.path.absolute()}\0{name}".encode(), digest_size=16)
    for file in files:
        digest.update(f"\0{file.name}\0{file.size}\0{file.changed}".encode("utf-8", "surrogateescape"))
        digest.update(file.content)
    return digest.digest()


def _properties(dataset: Dataset, layers: list[LayerProperties]) -> UploadedFile:
    """Give the properties file that is sent."""
    own = [replace(layer, mags=_mags(layer), attachments=_inside(layer)) for layer in layers]
    record = replace(dataset.properties, layers=own).to_json()
    content = json.dumps(record, indent=4).encode()
    return UploadedFile(FILE_NAME, len(content), content=content)


def _mags(layer: LayerProperties) -> list[Any]:
    return [replace(mag, path=f"./{layer.name}/{mag.mag}") for mag in layer.mags]


def _inside(layer: LayerProperties) -> dict[str, Any]:
    """Give the attachments that lie in the dataset; others stay behind, with a warning."""
    kept: dict[str, Any] = {}
    for kind, attached in layer.attachments.items():
        if isinstance(attached, list):
            kept[kind] = [each for each in attached if _is_inside(each, layer.name)]
        elif _is_inside(attached, layer.name):
            kept[kind] = attached
    return {kind: attached for kind, attached in kept.items() if attached}


def _is_inside(attached: Any, layer: str) -> bool:
    path = str(attached.get("path", "")) if isinstance(attached, dict) else ""
    inside = "://" not in path and not path.startswith("/") and ".." not in PurePosixPath(path).parts
    if not inside:
        warnings.warn(f"[WARNING] an attachment of layer {layer} lies at {path} and is not uploaded", stacklevel=2)
    return inside


def _walk(folder: Path, name: str, above: frozenset[str]) -> Iterator[UploadedFile]:
    """Yield the files below a folder; a link to one of the folders above it is not followed again."""
    real = os.path.realpath(folder)
    for entry in _entries(folder) if real not in above else ():
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from _walk(Path(entry.path), inner, above | {real})
        elif entry.is_file() and not entry.name.endswith(_UNFINISHED):
            yield _file(entry, inner)


def _others(folder: Path, name: str, skipped: Collection[str], above: frozenset[str]) -> Iterator[UploadedFile]:
    """Yield what lies beside the arrays: metadata of groups, attachments, statistics; no hidden folder."""
    real = os.path.realpath(folder)
    for entry in _entries(folder) if real not in above else ():
        inner = f"{name}/{entry.name}" if name else entry.name
        if entry.path in skipped or inner in skipped:
            continue
        if entry.is_dir() and not entry.name.startswith("."):
            yield from _others(Path(entry.path), inner, skipped, above | {real})
        elif entry.is_file() and not entry.name.endswith(_UNFINISHED):
            yield _file(entry, inner)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _file(entry: os.DirEntry[str], name: str) -> UploadedFile:
    stat = entry.stat()
    return UploadedFile(name, stat.st_size, Path(entry.path), changed=stat.st_mtime_ns)
