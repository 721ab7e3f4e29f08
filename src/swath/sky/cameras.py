"""Bayer patterns: which pixel of the sensor belongs to which plane."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from swath.errors import InputError

KNOWN_CAMERAS: Mapping[str, str] = {
    "Canon EOS 200D": "RGGB",
    "Canon EOS 400D DIGITAL": "RGGB",
    "Canon EOS 450D": "RGGB",
    "Canon EOS 550D": "GBRG",
    "Canon EOS 750D": "RGGB",
    "Canon EOS 77D": "RGGB",
    "Canon EOS 1300D": "GBRG",
    "E-M10": "BGGR",
    "NIKON 1 V1": "RGGB",
    "NIKON D50": "BGGR",
    "NIKON D5200": "RGGB",
}
"""Patterns of the whole sensor, margins included, of cameras that AZOTEA knows; every other camera is read too."""

PATTERNS = ("RGGB", "GBRG", "BGGR", "GRBG")


def plane_offsets(pattern: str) -> npt.NDArray[np.int64]:
    """Give row and column of the first pixel of R1, G2, G3, B4, int64 (4, 2), in a pattern such as RGGB.

    G2 is the green of the sensor's even rows, G3 that of its odd rows.
    """
    greens = [place for place in range(4) if pattern[place] == "G"]
    places = [pattern.index("R"), *greens, pattern.index("B")]
    return np.array([divmod(place, 2) for place in places], np.int64)


def read_cameras(path: Path) -> dict[str, str]:
    """Read a camera file of AZOTEA: a section a model, in it R1, G2, G3 and B4 as row, column, step.

    Gives patterns by model; raises InputError for a section that is no Bayer pattern.
    """
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "check the path") from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no camera file: {error}", "see swath sky cameras") from error
    return {model: _pattern(path, model, parser[model]) for model in parser.sections()}


def _pattern(path: Path, model: str, section: Mapping[str, str]) -> str:
    cells = [""] * 4
    for plane in ("R1", "G2", "G3", "B4"):
        numbers = [number.strip() for number in section.get(plane, "").split(",")]
        if numbers[:2] and all(number in ("0", "1") for number in numbers[:2]) and numbers[2:] == ["2"]:
            cells[2 * int(numbers[0]) + int(numbers[1])] = plane[0]
    pattern = "".join(cells)
    if pattern not in PATTERNS:
        raise InputError(
            f"{path}: the planes of {model} are no Bayer pattern", f"give them so that they make one of {PATTERNS}"
        )
    return pattern
