"""The parameters of clustering, their published values, and their TOML file."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from swath.errors import InputError, UsageError
from swath.planet4.clustering.labels import ALGORITHMS


@dataclass(frozen=True)
class ClusterSettings:
    """How tiles are clustered; the defaults are those of the published catalogue.

    ``min_samples_factor`` times the number of a tile's classifications, but at least ``least_samples``, is the
    smallest cluster. Distances are in px, the one of angles in degrees. ``angles`` and ``radii`` say whether the
    directions of fans and the radii of blotches are clustered, ``large`` whether blotches that are left have a second
    run with large distances. ``algorithm`` is dbscan or, as an experiment, hdbscan. ``as_published`` repeats an
    accident of the production: in that second run, markings that lack a value take part although they are clustered.
    """

    min_samples_factor: float = 0.13
    least_samples: int = 3
    fan_eps: float = 10.0
    fan_angle_eps: float = 20.0
    blotch_eps: float = 10.0
    blotch_radius_eps: float = 30.0
    blotch_large_eps: float = 25.0
    blotch_large_radius_eps: float = 50.0
    angles: bool = True
    radii: bool = True
    large: bool = True
    algorithm: str = "dbscan"
    as_published: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float | int) and not isinstance(value, bool) and not 0 < value < math.inf:
                raise UsageError(f"{field.name} cannot be {value}", "give a number above 0")
        if self.algorithm not in ALGORITHMS:
            raise UsageError(f"there is no algorithm {self.algorithm!r}", "one of " + ", ".join(ALGORITHMS))

    @property
    def fan_angle_chord(self) -> float:
        """The distance of fans' directions on the unit circle."""
        return self.fan_angle_eps * (math.pi * 2 / 360)

    def as_toml(self) -> str:
        """The parameters as a TOML file that ``read_settings`` reads."""
        return "".join(f"{field.name} = {_toml(getattr(self, field.name))}\n" for field in fields(self))


def _toml(value: bool | float | str) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def read_settings(path: str | Path) -> ClusterSettings:
    """Read parameters from a TOML file; those that it does not name have their published values.

    Raises InputError for a file that is no TOML, UsageError for a parameter or value that cannot be meant.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path and its permissions") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no TOML: {error}", "write lines such as fan_eps = 10.0") from error
    return replace(ClusterSettings(), **{name: _value(name, value, path) for name, value in content.items()})


def _value(name: str, value: Any, path: str | Path) -> Any:
    kinds = {field.name: type(field.default) for field in fields(ClusterSettings)}
    if name not in kinds:
        close = get_close_matches(name, kinds, 1)
        hint = f"is it {close[0]}?" if close else "its parameters: " + ", ".join(kinds)
        raise UsageError(f"{path}: there is no parameter {name!r}", hint)
    if kinds[name] is float and type(value) is int:
        return float(value)
    if type(value) is not kinds[name]:
        raise UsageError(f"{path}: {name} cannot be {value!r}", f"give such as {getattr(ClusterSettings(), name)!r}")
    return value
