"""TIFF files: of one page or many, BigTIFF, OME, ImageJ, planar; any that tifffile opens."""

from __future__ import annotations

import math
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from swath.errors import MissingExtraError, SwathError
from swath.volume.images.errors import ImageReadError
from swath.volume.images.image_file import ImageFile
from swath.volume.images.stored_array import Plane, StoredArray, as_plane
from swath.volume.images.tiff_header import TiffHeader, header_of

_DAMAGED = (
    tifffile.TiffFileError, zlib.error,
    ArithmeticError, IndexError, KeyError, OSError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class TiffImage(ImageFile):
    """A TIFF file's first series. Where it is one run of bytes, ``offset`` says where, and ``stored`` its dtype.

    ``paged`` are the axes that choose a page, in order; ``header`` is kept where it tells all of a file that is not
    compressed.
    """

    offset: int | None
    stored: np.dtype[Any]
    paged: tuple[str, ...]
    header: TiffHeader | None

    @property
    def is_plain(self) -> bool:
        """Whether the pixels are one run of bytes of the file."""
        return self.offset is not None

    def alike(self, path: Path) -> TiffImage | None:
        """Give what another file holds that has the same header."""
        same = self.header is not None and path.suffix == self.path.suffix and self.header.is_also_of(path)
        return replace(self, path=path) if same else None

    def planes(self, places: Sequence[Mapping[str, int]]) -> Iterator[Plane]:
        """Yield planes, mapped from the file where they are not compressed."""
        if self.offset is not None:
            yield from self._array(self.offset).planes(places)
            return
        with _opened(self.path) as file:
            pages = _single_pages(file) or file.series[0].pages
            for place in places:
                yield self._decoded(pages, place)

    def boxes(self, places: Sequence[Mapping[str, int]], rows: slice, columns: slice) -> Iterator[Plane]:
        """Yield rows and columns of planes; of those that are not compressed they are read alone, or whole rows."""
        if self.offset is not None:
            return self._array(self.offset).boxes(places, rows, columns)
        return super().boxes(places, rows, columns)

    def _array(self, offset: int) -> StoredArray:
        return StoredArray(self.path, self.stored, offset, self.sizes)

    def _decoded(self, pages: Any, place: Mapping[str, int]) -> Plane:
        own = [axis for axis, _ in self.sizes if axis not in self.paged]
        if "c" not in self.paged:
            return as_plane(self._page(pages, place), own)
        channels = range(self.size["c"])
        found = [as_plane(self._page(pages, {**place, "c": channel}), own) for channel in channels]
        return np.concatenate(found, axis=2)

    def _page(self, pages: Any, place: Mapping[str, int]) -> Any:
        size = self.size
        number = 0
        for axis in self.paged:
            number = number * size[axis] + place.get(axis, 0)
        own = [axis for axis, _ in self.sizes if axis not in self.paged]
        try:
            data = pages[number].asarray().reshape([size[axis] for axis in own])
        except _DAMAGED as error:
            raise _read_error(self.path, error) from error
        return data[tuple(slice(None) if axis in "cyx" else place.get(axis, 0) for axis in own)]


def open_tiff(path: Path) -> TiffImage:
    """Read what a file holds; raises ImageReadError where it is no TIFF."""
    with _opened(path) as file:
        try:
            page: Any = file.pages[0]
            plain = len(file.pages) == 1 and not (file.is_imagej or file.is_ome or file.is_lsm or page.is_shaped)
            series = None if plain else file.series[0]
            raw = page.axes if series is None else series.axes
            shape = tuple(int(length) for length in (page.shape if series is None else series.shape))
            page = page if series is None else series.keyframe
            offset = _offset(page, series)
            dtype = page.dtype
            if series is not None and (single := _single_pages(file)):
                raw, shape, offset = f"I{raw}", (len(single), *shape), None
            others = 0 if series is None or single else sum(each is not series for each in _series(file))
        except _DAMAGED as error:
            raise _read_error(path, error) from error
        if dtype is None or math.prod(shape) == 0:
            raise ImageReadError(f"{path} has no pixels that can be read")
        if others:
            warnings.warn(
                f"[WARNING] {path} holds {others} further images, of another size or kind, which are left out.",
                stacklevel=2,
            )
        axes = _name_axes(raw.lower())
        return TiffImage(
            path=path,
            sizes=tuple(zip(axes, shape, strict=True)),
            dtype=np.dtype(dtype).newbyteorder("="),
            is_rgb=page.photometric == tifffile.PHOTOMETRIC.RGB and "S" in raw and "C" not in raw,
            offset=offset,
            stored=np.dtype(dtype).newbyteorder(file.byteorder),
            paged=axes[: len(axes) - len(page.axes)],
            header=None if offset is None else header_of(file),
        )


def _series(file: Any) -> list[Any]:
    """Give the series of a file, without those that show another one smaller."""
    return [each for each in file.series if not each.keyframe.is_reduced]


def _single_pages(file: Any) -> list[Any]:
    """Give the pages of a file that were written one by one, each a series, if they are alike; else none."""
    series = _series(file)
    kinds = {(each.shape, each.dtype, each.axes, len(each.pages)) for each in series}
    alike = len(series) > 1 and len(kinds) == 1 and len(series[0].pages) == 1
    return [each.pages[0] for each in series] if alike else []


def _opened(path: Path) -> Any:
    try:
        return tifffile.TiffFile(path)
    except _DAMAGED as error:
        raise ImageReadError(f"{path} is no TIFF file: {error}", "leave it out, or repair it") from error


def _offset(page: Any, series: Any) -> int | None:
    """Give where the pixels are one run of bytes, None where they are not."""
    if not page.is_memmappable:
        return None
    offset = page.dataoffsets[0] if series is None else series.dataoffset
    return None if offset is None else int(offset)


def _name_axes(raw: str) -> tuple[str, ...]:
    """Name axes, each once: samples are channels; where none is z, the innermost unknown one is, or the last."""
    axes = list(raw)
    if "s" in axes and "c" not in axes:
        axes[axes.index("s")] = "c"
    others = [place for place, axis in enumerate(axes) if axis not in "cyx"]
    if "z" not in axes and others:
        unknown = [place for place in others if axes[place] in "qi"]
        axes[(unknown or others)[-1]] = "z"
    for place, axis in enumerate(axes):
        if axis in axes[:place]:
            axes[place] = next(f"{axis}{number}" for number in range(1, 100) if f"{axis}{number}" not in axes)
    return tuple(axes)


def _read_error(path: Path, error: Exception) -> SwathError:
    if "imagecodecs" in str(error):
        return MissingExtraError(f"{path} is compressed as imagecodecs alone reads: {error}", "pip install imagecodecs")
    return ImageReadError(f"{path} cannot be read: {error}", "leave it out, or repair it")
