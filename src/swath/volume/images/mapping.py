"""Which files make which layer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from swath.volume.images.opening import open_image

_ILLEGAL = re.compile(r"[^A-Za-z0-9_$@\-.]")
Groups = dict[str, list[Path]]


class ConversionLayerMapping(Enum):
    """Strategies for mapping file paths to layers; see each value's note in docs/volume.md."""

    INSPECT_SINGLE_FILE = "inspect_single_file"
    INSPECT_EVERY_FILE = "inspect_every_file"
    ENFORCE_LAYER_PER_FILE = "enforce_layer_per_file"
    ENFORCE_SINGLE_LAYER = "enforce_single_layer"
    ENFORCE_LAYER_PER_FOLDER = "enforce_layer_per_folder"
    ENFORCE_LAYER_PER_TOPLEVEL_FOLDER = "enforce_layer_per_toplevel_folder"


Mapping = ConversionLayerMapping | str | Callable[[Path], str]


def group_files(files: Sequence[Path], folder: Path, mapping: Mapping, sort_key: Any, *, merge: bool = False) -> Groups:
    """Group files below a folder by layer name, each group in the order of ``sort_key``; groups in order of files.

    Of the strategies that inspect, short names of folders and files are taken where they are of one folder or file
    alone; ``merge`` takes them in any case, as ``webknossos`` does.
    """
    relative = [file.relative_to(folder) for file in files]
    if callable(mapping) and not isinstance(mapping, ConversionLayerMapping):
        names = [str(mapping(path)) for path in relative]
    else:
        short, full = _names(relative, files, folder.absolute().name, ConversionLayerMapping(mapping))
        names = short if merge else _told_apart(short, full)
    groups: Groups = {}
    for name, file in zip(names, files, strict=True):
        groups.setdefault(layer_name(name), []).append(file)
    return {name: sorted(group, key=sort_key) for name, group in groups.items()}


def layer_name(name: str) -> str:
    """Make a name that a layer may have: without illegal characters, and no dot first."""
    return _ILLEGAL.sub("", name).lstrip(".") or "layer"


def _names(
    relative: Sequence[Path], files: Sequence[Path], root: str, mapping: ConversionLayerMapping
) -> tuple[list[str], list[str]]:
    """Give each file's name by a strategy, and the one by the whole path that it stands for."""
    by_file = [path.as_posix().replace("/", "_") for path in relative]
    by_folder = [_joined(path.parent, root) for path in relative]
    chosen = {
        ConversionLayerMapping.ENFORCE_LAYER_PER_FILE: by_file,
        ConversionLayerMapping.ENFORCE_SINGLE_LAYER: [root] * len(relative),
        ConversionLayerMapping.ENFORCE_LAYER_PER_FOLDER: by_folder,
        ConversionLayerMapping.ENFORCE_LAYER_PER_TOPLEVEL_FOLDER: [
            path.parts[0] if len(path.parts) > 1 else root for path in relative
        ],
    }
    if mapping in chosen:
        return chosen[mapping], chosen[mapping]
    whole = [path.as_posix().replace("/", "") for path in relative]
    if mapping is ConversionLayerMapping.INSPECT_SINGLE_FILE:
        if not open_image(files[0]).is_flat:
            return whole, by_file
        return [path.parent.name or root for path in relative], by_folder
    flat = [open_image(file).is_flat for file in files]
    short = [by_folder[n] if flat[n] else whole[n] for n in range(len(files))]
    return short, [by_folder[n] if flat[n] else by_file[n] for n in range(len(files))]


def _joined(folder: Path, root: str) -> str:
    return folder.as_posix().replace("/", "_") if folder.parts else root


def _told_apart(short: list[str], full: list[str]) -> list[str]:
    """Take the short names, but the full ones where one short name stands for several of these."""
    means: dict[str, set[str]] = {}
    for name, whole in zip(short, full, strict=True):
        means.setdefault(name, set()).add(whole)
    return [name if len(means[name]) == 1 else whole for name, whole in zip(short, full, strict=True)]
