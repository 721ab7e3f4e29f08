"""Where things of a dataset lie."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from swath.volume.errors import ArgumentError, ArrayError, NoSuchDatasetError
from swath.volume.geometry import Mag
from swath.volume.properties import MagProperties

JOBS_FOLDER = ".swath"
"""Folder in a dataset where unfinished jobs keep what they need to go on."""
STATISTICS_FOLDER = "_statistics"
"""Folder in a dataset where the statistics of what jobs wrote are."""
_SWAP_SECONDS = 0.2
_NAME = re.compile(r"[A-Za-z0-9_$@\-][A-Za-z0-9_$@\-.]*")


def check_layer_name(name: str) -> None:
    """Raise ArgumentError for a name that no layer may have: it is that of a folder."""
    if not _NAME.fullmatch(name):
        raise ArgumentError(
            f"The layer name '{name}' is invalid. It must only contain letters, numbers, underscores, hyphens and dots."
        )
    if name == STATISTICS_FOLDER:
        raise ArgumentError(f"The layer name '{name}' is that of the folder of statistics.", "choose another name")


def is_unused(folder: Path) -> bool:
    """Say whether a folder is not there or holds nothing but what jobs and writes that were cut off left."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        each.name == JOBS_FOLDER or (each.name.startswith(".") and each.name.endswith(".tmp"))
        for each in folder.iterdir()
    )


def mag_folder(dataset: Path, layer: str, properties: MagProperties) -> Path:
    """Find the folder of a mag's array.

    A path in the properties file may lead anywhere: what it leads to is only read. Raises NoSuchDatasetError where no
    path is given and no folder is there, ArrayError for an address on another host.
    """
    return restored(_folder(dataset, layer, properties))


def replaced_folder(folder: Path) -> Path:
    """Where an array waits while another one takes its place."""
    return folder.with_name(f".{folder.name}.replaced")


def restored(folder: Path) -> Path:
    """Give a folder, put back where it was if a run was cut off just when another one was to take its place."""
    waiting = replaced_folder(folder)
    if waiting.is_dir() and not folder.exists():
        time.sleep(_SWAP_SECONDS)  # of a run that was not cut off the other one is there by then
        if not folder.exists():
            waiting.rename(folder)
    return folder


def _folder(dataset: Path, layer: str, properties: MagProperties) -> Path:
    given = properties.path
    if given is None:
        return _unnamed_folder(dataset, layer, properties.mag)
    if given.startswith("file://"):
        return Path(given.removeprefix("file://"))
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", given):
        raise ArrayError(f"mag {properties.mag} of layer {layer} lies at {given}", "only arrays on a disk are read")
    return Path(os.path.normpath(dataset / given)) if ".." in Path(given).parts else dataset / given


def _unnamed_folder(dataset: Path, layer: str, mag: Mag) -> Path:
    for name in (mag.to_layer_name(), mag.to_long_layer_name()):
        if (dataset / layer / name).is_dir():
            return dataset / layer / name
    raise NoSuchDatasetError(f"Could not find any valid mag `{mag}` in `{dataset / layer}`.")


def path_in_properties(dataset: Path, folder: Path) -> str:
    """Write a folder for the properties file: relative where it lies in the dataset, else absolute."""
    whole, root = folder.absolute(), dataset.absolute()
    return f"./{whole.relative_to(root).as_posix()}" if whole.is_relative_to(root) else whole.as_posix()
