"""Pictures as MoSeq keeps them: 16-bit TIFF files whose description says how to get the values back.

The description is JSON with ``shape`` and ``scale_factor``, a text: a whole number that the values were multiplied
by, or the range ``(low, high)`` in mm that 0 and 65535 stand for. A range in square brackets is a note: the values
are plain.
"""

from __future__ import annotations

import ast
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from swath.engine.files import write_atomically
from swath.errors import InputError

_FULL = 65535
_TINY = 1e-25

Image = npt.NDArray[Any]


def write_scaled(path: Path, image: Image) -> None:
    """Write values, multiplied by the largest whole number that 16 bits hold; fractions behind it are cut off."""
    factor = int(_FULL / (float(np.nanmax(image)) + _TINY))
    _write(path, np.asarray(image) * factor, str(factor))


def write_in_range(path: Path, image: Image, low: float, high: float) -> None:
    """Write values with ``low`` as 0 and ``high`` as 65535; what lies outside is clipped."""
    share = (np.asarray(image, np.float32) - low) / (high - low)
    _write(path, np.clip(share, 0, 1) * _FULL, str((low, high)))


def write_plain(path: Path, image: Image, note: Sequence[float] | None = None) -> None:
    """Write values as they are, fractions cut off; ``note`` is a range that the description mentions."""
    _write(path, image, None if note is None else str(list(note)))


def read_tiff(path: Path) -> Image:
    """Read a picture of MoSeq's as values: float64, float32 where a range was clipped to, uint16 where plain.

    Raises InputError for what is no such file.
    """
    stored, description = _read(path)
    factor = _factor(description)
    if isinstance(factor, int):
        return stored / factor
    if isinstance(factor, tuple):
        low, high = factor
        return stored.astype(np.float32) / _FULL * (high - low) + low
    return stored


def read_tiffs(directory: Path) -> dict[str, Image]:
    """Read all pictures of a directory, the first page of each, by file name in order."""
    read = {path.name: read_tiff(path) for path in sorted(directory.glob("*tiff"))}
    return {name: image[0] if image.ndim == 3 else image for name, image in read.items()}


def _write(path: Path, values: Image, factor: str | None) -> None:
    import tifffile  # noqa: PLC0415  (optional extra)

    stored = np.nan_to_num(np.asarray(values)).astype(np.uint16)
    noted = {} if factor is None else {"scale_factor": factor}
    description = json.dumps({**noted, "shape": list(stored.shape)})
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, stored, photometric="minisblack", metadata=None, description=description)
    write_atomically(path, buffer.getbuffer())


def _read(path: Path) -> tuple[Image, str]:
    import tifffile  # noqa: PLC0415  (optional extra)

    try:
        with tifffile.TiffFile(path) as file:
            return file.asarray(), str(file.pages.first.description)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}", "check the path") from error
    except (ValueError, IndexError, tifffile.TiffFileError) as error:
        raise InputError(f"{path} is no TIFF picture: {error}", "delete it, so that it is made again") from error


def _factor(description: str) -> int | tuple[float, float] | None:
    """The scale of a description; None where the values are plain."""
    try:
        text = json.loads(description).get("scale_factor")
        factor = ast.literal_eval(text) if isinstance(text, str) else text
    except (ValueError, SyntaxError, AttributeError):
        return None
    if isinstance(factor, int) and factor > 0:
        return factor
    return factor if isinstance(factor, tuple) and len(factor) == 2 else None
