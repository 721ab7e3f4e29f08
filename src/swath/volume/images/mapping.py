"""Which files make which layer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
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

    Where two groups would get one name they get names by their whole paths, or numbers behind them; ``merge`` makes one
    layer of them, as ``webknossos`` does.
    """
    relative = [file.relative_to(folder) for file in files]
    if callable(mapping) and not isinstance(mapping, ConversionLayerMapping):
        named = [_Named(name, name, name) for name in (str(mapping(path)) for path in relative)]
    else:
        named = _by_strategy(relative, files, folder.absolute().name, ConversionLayerMapping(mapping))
    names = [layer_name(each.short) for each in named] if merge else _told_apart(named)
    groups: Groups = {}
    for name, file in zip(names, files, strict=True):
        groups.setdefault(name, []).append(file)
    return {name: sorted(group, key=sort_key) for name, group in groups.items()}


def layer_name(name: str) -> str:
    """Make a name that a layer may have: without illegal characters, and no dot first."""
    return _ILLEGAL.sub("", name).lstrip(".") or "layer"


@dataclass(frozen=True)
class _Named:
    """What a layer is made of, a file, a folder or a name, and the layer's name: short, and by the whole path."""

    key: Path | str
    short: str
    full: str


def _by_strategy(
    relative: Sequence[Path], files: Sequence[Path], root: str, mapping: ConversionLayerMapping
) -> list[_Named]:
    def by_folder(folder: Path) -> _Named:
        name = folder.as_posix().replace("/", "_") if folder.parts else root
        return _Named(folder, name, name)

    levels = {
        ConversionLayerMapping.ENFORCE_SINGLE_LAYER: 0,
        ConversionLayerMapping.ENFORCE_LAYER_PER_TOPLEVEL_FOLDER: 1,
        ConversionLayerMapping.ENFORCE_LAYER_PER_FOLDER: None,
    }
    if mapping in levels:
        return [by_folder(Path(*path.parent.parts[: levels[mapping]])) for path in relative]
    if mapping is ConversionLayerMapping.ENFORCE_LAYER_PER_FILE:
        return [_by_file(path, "_") for path in relative]
    if mapping is ConversionLayerMapping.INSPECT_EVERY_FILE:
        flat = [open_image(file).is_flat for file in files]
        return [by_folder(path.parent) if f else _by_file(path, "") for path, f in zip(relative, flat, strict=True)]
    if open_image(files[0]).is_flat:
        return [replace(by_folder(path.parent), short=path.parent.name or root) for path in relative]
    return [_by_file(path, "") for path in relative]


def _by_file(path: Path, between: str) -> _Named:
    """Name a layer of one file; ``between`` stands for the slashes in its short name."""
    return _Named(path, path.as_posix().replace("/", between), path.as_posix().replace("/", "_"))


def _told_apart(named: Sequence[_Named]) -> list[str]:
    """Take the short names, the full ones where a short one stands for several layers, and numbers where these do."""
    means: dict[str, set[Path | str]] = {}
    for each in named:
        means.setdefault(layer_name(each.short), set()).add(each.key)
    chosen = {}
    for each in named:
        short = layer_name(each.short)
        chosen[each.key] = short if len(means[short]) == 1 else layer_name(each.full)
    known = set(chosen.values())
    given: dict[str, Path | str] = {}
    for key, name in chosen.items():
        numbered = (f"{name}_{number}" for number in count(2))
        given[name if name not in given else next(each for each in numbered if each not in known | given.keys())] = key
    names = {key: name for name, key in given.items()}
    return [names[each.key] for each in named]
