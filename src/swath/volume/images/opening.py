"""Finding image files and opening each as what it is."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from swath.errors import MissingExtraError
from swath.volume.images.errors import ImageReadError, UnsupportedImageFormatError
from swath.volume.images.image_file import ImageFile

TIFF = frozenset({".tif", ".tiff", ".btf", ".tf8", ".tf2", ".lsm", ".stk"})
PICTURES = frozenset({
    ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".ico", ".webp", ".jp2", ".tga", ".ppm", ".pgm", ".pbm", ".pnm",
})  # fmt: skip
MRC = frozenset({".mrc", ".rec", ".st", ".map", ".ali"})
ELSEWHERE = {
    ".czi": "pylibCZIrw",
    ".ims": "h5py",
    ".dm3": "rosettasciio",
    ".dm4": "rosettasciio",
    ".nd2": "nd2",
    ".lif": "readlif",
    ".dcm": "pydicom",
}
"""Suffixes of microscopes' own formats, and a library that reads each and can write TIFF of it."""

_LARGEST_PLANE = 1 << 34
"""Bytes of a plane that is decoded as a whole, beyond which its header lies."""

SUPPORTED = TIFF | PICTURES | MRC


def natural_key(path: Path | str) -> list[Any]:
    """Sort numbers within names by their value."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", str(path))]


def find_images(folder: Path) -> list[Path]:
    """Find the image files below a folder, in natural order of their paths.

    Raises MissingExtraError for a file of a format that is not read here, UnsupportedImageFormatError for no file.
    """
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=natural_key)
    foreign = next((path for path in files if path.suffix.lower() in ELSEWHERE), None)
    if foreign is not None:
        raise _foreign(foreign)
    found = [path for path in files if path.suffix.lower() in SUPPORTED]
    if not found:
        known = ", ".join(sorted(SUPPORTED))
        missing = not folder.exists()
        hint = "there is no such file or folder: check the path" if missing else f"these are read: {known}"
        raise UnsupportedImageFormatError(f"there is no image in {folder}", hint)
    return found


def listed_images(images: Any) -> list[Path]:
    """Give the files that a glob, a path, a folder or a list of paths names; a list keeps its order.

    Raises UnsupportedImageFormatError where there are none.
    """
    if isinstance(images, str | Path):
        path = Path(images)
        if path.is_dir():
            return find_images(path)
        found = [path] if path.is_file() else [Path(each) for each in sorted(glob.glob(str(images)), key=natural_key)]  # noqa: PTH207
    elif isinstance(images, Iterable):
        found = [Path(each) for each in images]
    else:
        raise UnsupportedImageFormatError(f"{type(images).__name__} is no list of images", "give a glob or paths")
    missing = next((path for path in found if not path.is_file()), None)
    if missing is not None or not found:
        raise UnsupportedImageFormatError(f"there is no image {missing or images}", "check the path")
    return found


def open_image(path: Path) -> ImageFile:
    """Open a file by its suffix; raises what its reader raises, UnsupportedImageFormatError for another suffix."""
    image = _open(path)
    plane = image.size["x"] * image.size["y"] * image.channels * image.dtype.itemsize
    if plane > _LARGEST_PLANE and not image.is_plain:
        raise ImageReadError(f"{path} is said to have planes of {plane} bytes each", "leave it out, or repair it")
    return image


def _open(path: Path) -> ImageFile:
    suffix = path.suffix.lower()
    try:
        if suffix in TIFF:
            from swath.volume.images.tiff import open_tiff  # noqa: PLC0415  (optional extra)

            return open_tiff(path)
        if suffix in MRC:
            from swath.volume.images.mrc import open_mrc  # noqa: PLC0415

            return open_mrc(path)
        if suffix in PICTURES:
            from swath.volume.images.pictures import open_picture  # noqa: PLC0415  (optional extra)

            return open_picture(path)
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"reading {path} needs {error.name}", "pip install 'swath[volume]'") from error
    if suffix in ELSEWHERE:
        raise _foreign(path)
    raise UnsupportedImageFormatError(f"{path} is no image that is read", "these are: " + ", ".join(sorted(SUPPORTED)))


def _foreign(path: Path) -> MissingExtraError:
    library = ELSEWHERE[path.suffix.lower()]
    return MissingExtraError(
        f"{path} is of a format that is not read here", f"save it as OME-TIFF first, for instance with {library}"
    )
