"""config.yaml: all parameters with what they mean, for a camera; and reading one, of Swath or of moseq2-extract."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from swath.depth.parameters import GROUPS, OF_THE_RUN
from swath.depth.settings import Settings, settings_from
from swath.depth.yaml_files import plain, read_yaml
from swath.errors import OutputError, UsageError

CAMERAS: Mapping[str, Mapping[str, Any]] = {
    "kinect": {},
    "azure": {
        "bg_roi_depth_range": (550, 650),
        "spatial_filter_size": (5,),
        "tail_filter_size": (15, 15),
        "crop_size": (120, 120),
    },
    "realsense": {"camera_type": "realsense"},
}
"""What differs from the defaults for a camera."""

_OTHER_NAMES = {"k2": "kinect"}

BATCH = (
    *("extensions", "skip_checks", "extract_out_script", "prefix", "ncpus", "memory", "wall_time", "partition"),
    *("get_cmd", "run_cmd", "session_config_path", "input_dir", "input_file"),
)
"""Keys that say where and with what many sessions are extracted."""

_HEADER = "# Parameters of swath depth extract. Any line may be left out; the command line goes before this file.\n"


@dataclass(frozen=True)
class Config:
    """A configuration: parameters as given, keys about many sessions, and sentences about keys that mean nothing."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    batch: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def config_text(camera: str = "kinect") -> str:
    """A commented configuration of all parameters for a camera; raises UsageError for one that is not known."""
    camera = _OTHER_NAMES.get(camera, camera)
    if camera not in CAMERAS:
        raise UsageError(f"there is no camera {camera!r}", "one of " + ", ".join(CAMERAS))
    defaults = {item.name: item.default for item in fields(Settings)} | dict(CAMERAS[camera])
    lines = [_HEADER]
    for title, group in GROUPS.items():
        lines.append(f"\n# {title}\n\n")
        lines += [_line(name, defaults[name], meaning) for name, meaning in group.items()]
    return "".join(lines)


def _line(name: str, value: Any, meaning: str) -> str:
    text = f"{name}: " + yaml.safe_dump([plain(value)], default_flow_style=True).strip()[1:-1]
    return f"{text:<40}# {meaning}\n"


def write_config(path: Path, camera: str = "kinect") -> None:
    """Write a commented configuration; raises OutputError where a file stands already."""
    text = config_text(camera)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise OutputError(
            f"{path} stands already", "it is never overwritten: edit it, or choose another name"
        ) from error


def read_config(path: Path) -> Config:
    """Read a configuration; raises InputError where it is no YAML. Keys that mean nothing are told in ``warnings``."""
    return config_of(read_yaml(path), str(path))


def config_of(values: Mapping[str, Any], where: str) -> Config:
    """Sort the keys of a configuration; ``where`` names it in the warnings."""
    known = {item.name for item in fields(Settings)}
    unknown = [key for key in values if key not in known and key not in BATCH]
    parameters = {key: value for key, value in values.items() if key in known and key not in OF_THE_RUN}
    batch = {key: value for key, value in values.items() if key in BATCH or key == "cluster_type"}
    return Config(parameters, batch, tuple(_unknown(key, where, known) for key in unknown))


def _unknown(key: str, where: str, known: set[str]) -> str:
    near = difflib.get_close_matches(str(key), known, 1)
    return f"{where}: there is no parameter {key!r}" + (f"; is {near[0]!r} meant?" if near else ", it is left out")


def make_settings(config: Config, given: Mapping[str, Any], *, compat: bool = False) -> Settings:
    """Put parameters together: what the command line gives goes before the configuration, and that before the defaults.

    Raises UsageError for values that cannot be meant.
    """
    return settings_from({**config.parameters, **given, "compat": compat})


_OF_NO_MATTER = {
    *(name for name in OF_THE_RUN if name != "compat"),
    *("output_dir", "threads", "compress", "compress_chunk_size", "compress_threads", "true_depth"),
}


def deciding_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the parameters of a status that decide what the results are, as YAML has them."""
    free = _OF_NO_MATTER if parameters.get("compat") else _OF_NO_MATTER | {"chunk_size", "chunk_overlap"}
    return {name: plain(value) for name, value in parameters.items() if name not in free}


def peer_parameters(settings: Settings) -> dict[str, Any]:
    """The parameters as moseq2-extract writes them into results: its keys, and Swath's own where they are set."""
    own = ("seed", "compat", "x_bg_offset", "y_bg_offset", "bg_threshold")
    return {
        item.name: getattr(settings, item.name)
        for item in fields(settings)
        if item.name not in own or getattr(settings, item.name) != item.default
    }
