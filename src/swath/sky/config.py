"""An observer's configuration: the ini files of AZOTEA as they are, or TOML."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from swath.errors import InputError, OutputError
from swath.sky.dark_rules import DARK_RULES
from swath.sky.regions import DEFAULT_HEIGHT, DEFAULT_WIDTH, Region

TEMPLATE = """\
# An observer of swath sky. Every line may be left out.

[file]
filter = "*.*"          # which files of a directory are frames
darks = "name"          # dark frames have DARK in the name of the file, or: of the "directory" too

[observer]
observer = ""
organization = ""
email = ""

[location]
location = ""
# time_zone = "Europe/Madrid"   # where the night is from noon to noon; without, by the camera's clock

[camera]
# clock = "utc"         # what the camera's clock shows, if not the local time
# focal_length = 18     # in mm, for frames whose EXIF does not say
# f_number = 3.5        # the same
bias = 0                # level of the sensor without light, in counts

[image]                 # the region to measure, in pixels of a Bayer plane (half the sensor)
width = 500
height = 400
x0 = 0                  # column and row of its corner; 0, 0 puts the region into the centre
y0 = 0

# [regions.zenith]      # more regions, each measured beside the one above
# width = 100
# height = 100
# x0 = 200
# y0 = 200
"""


@dataclass(frozen=True)
class Observer:
    """An observer's configuration; None is unknown. ``focal_length`` in mm, ``bias`` in counts of the sensor."""

    observer: str | None = None
    organization: str | None = None
    email: str | None = None
    location: str | None = None
    focal_length: float | None = None
    f_number: float | None = None
    bias: int = 0
    pattern: str = "*.*"
    regions: tuple[Region, ...] = (Region(),)
    darks: str = "name"
    time_zone: str | None = None
    clock: str = "local"

    def __post_init__(self) -> None:
        for name, value, known in (("darks", self.darks, tuple(DARK_RULES)), ("clock", self.clock, ("local", "utc"))):
            if value not in known:
                raise ValueError(f"{name} cannot be {value!r}: {' or '.join(known)}")
        if self.clock == "utc" and self.time_zone is None:
            raise ValueError("a clock of UTC needs the time_zone of the location")
        if self.time_zone is not None:
            _zone(self.time_zone)

    def local_time(self, time: datetime) -> datetime:
        """The local time of a moment of the camera's clock, without a zone."""
        if self.time_zone is None or self.clock == "local":
            return time
        return time.replace(tzinfo=UTC).astimezone(_zone(self.time_zone)).replace(tzinfo=None)

    def frame_type(self, path: Path) -> str:
        """LIGHT or DARK by the rule for dark frames."""
        return DARK_RULES[self.darks](path)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error


def write_template(path: Path) -> None:
    """Write a commented configuration; raises OutputError where a file stands already."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError as error:
        raise OutputError(
            f"{path} stands already", "it is never overwritten: edit it, or choose another name"
        ) from error


def read_observer(path: Path) -> Observer:
    """Read a configuration, TOML by its suffix ``.toml``, else ini; raises InputError where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        sections = tomllib.loads(text) if path.suffix == ".toml" else _ini(text)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "swath sky init writes one") from error
    except (configparser.Error, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no configuration: {error}", "swath sky init writes one") from error
    try:
        return _observer(sections)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} has a wrong value: {error}", "swath sky config shows what is meant") from error


def _ini(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def _observer(sections: Mapping[str, Any]) -> Observer:
    who, camera = sections.get("observer", {}), sections.get("camera", {})
    names = (who.get("family_name"), who.get("surname"))
    regions = [_region("centre", sections.get("image", {}))]
    regions += [_region(name, table) for name, table in sections.get("regions", {}).items()]
    return Observer(
        who.get("observer") or " ".join(name for name in names if name) or None,
        who.get("organization") or None,
        who.get("email") or None,
        sections.get("location", {}).get("location") or None,
        _number(camera, "focal_length"),
        _number(camera, "f_number"),
        _whole(camera, "bias", 0),
        sections.get("file", {}).get("filter") or "*.*",
        tuple(regions),
        sections.get("file", {}).get("darks") or "name",
        sections.get("location", {}).get("time_zone") or None,
        camera.get("clock") or "local",
    )


def _number(section: Mapping[str, Any], key: str) -> float | None:
    try:
        return float(section[key]) if section.get(key) else None
    except ValueError as error:
        raise ValueError(f"{key} is {section[key]!r}, not a number") from error


def _whole(section: Mapping[str, Any], key: str, default: int) -> int:
    try:
        return int(section.get(key) or default)
    except ValueError as error:
        raise ValueError(f"{key} is {section[key]!r}, not a whole number") from error


def _region(name: str, section: Mapping[str, Any]) -> Region:
    return Region(
        name,
        _whole(section, "x0", 0),
        _whole(section, "y0", 0),
        _whole(section, "width", DEFAULT_WIDTH),
        _whole(section, "height", DEFAULT_HEIGHT),
    )


def differences(observer: Observer) -> list[dict[str, str | bool]]:
    """List the settings of a configuration beside the default ones, and say which differ."""
    mine, default = _shown(observer), _shown(Observer())
    return [
        {
            "setting": name,
            "value": mine.get(name, ""),
            "default": default.get(name, ""),
            "differs": mine.get(name) != default.get(name),
        }
        for name in {**default, **mine}
    ]


def _shown(observer: Observer) -> dict[str, str]:
    shown = {item.name: str(getattr(observer, item.name) or "") for item in fields(observer) if item.name != "regions"}
    for region in observer.regions:
        shown[f"region {region.name}"] = f"{region.x0},{region.y0},{region.width},{region.height}"
    return shown
