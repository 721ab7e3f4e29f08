"""Slices of a mag as TIFF files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.run import Running, run
from swath.engine.staging import Staging
from swath.errors import MissingExtraError, OutputError
from swath.volume.errors import AgreementError
from swath.volume.file_state import state_of_files
from swath.volume.filling.job import FOLDER, running_with
from swath.volume.geometry import BoundingBox, NDBoundingBox
from swath.volume.view import View

if TYPE_CHECKING:
    from swath.volume.layer import Layer

_STRIP_BYTES = 1 << 24


@dataclass(frozen=True)
class ExportSettings:
    """What decides the files: the array and the state of its files, the box, and the mag."""

    source: str
    state: str
    box: str


@dataclass(frozen=True)
class ExportStage(Stage):
    """Writes a file for each slice, some slices at a time, strip by strip."""

    view: View
    folder: Path
    name: str = "export"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002
        """Yield the slices of a layer of chunks at a time."""
        box = self.view.normalized_bounding_box.in_mag(self.view.mag)
        start, stop = box.get_bounds("z")
        depth = self.view.info.chunk_shape.z
        size = box.get_shape("x") * box.get_shape("y") * self._voxel()
        cuts = [start, *range((start // depth + 1) * depth, stop, depth), stop]
        places = product(*(range(*box.get_bounds(axis)) for axis in self._further()))
        for number, (index, (first, last)) in enumerate(product(places, pairwise(cuts))):
            yield Chunk(f"{number:09d}", size * (last - first), {"index": list(index), "first": first, "last": last})

    def total_size(self) -> int:
        """Bytes of the box."""
        return self.view.normalized_bounding_box.in_mag(self.view.mag).volume() * int(self.view.info.dtype.itemsize)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002
        """Write the slices of a chunk."""
        first, last = chunk.payload["first"], chunk.payload["last"]
        place = dict(zip(self._further(), chunk.payload["index"], strict=True))
        files = [self.folder / slice_name(z, place) for z in range(first, last)]
        temporary = [file.with_name(f".{file.name}.tmp") for file in files]
        try:
            self._fill(temporary, place, first, last)
            for one, file in zip(temporary, files, strict=True):
                one.replace(file)
        finally:
            for one in temporary:
                one.unlink(missing_ok=True)
        return Result(written={str(file.absolute()): file.stat().st_size for file in files})

    def _further(self) -> list[str]:
        """The axes beyond c, x, y, z."""
        return [axis for axis in self.view.axes if axis not in "cxyz"]

    def _fill(self, files: list[Path], place: Mapping[str, int], first: int, last: int) -> None:
        """Make files of empty slices, and write strips of rows into them."""
        import tifffile  # noqa: PLC0415  (optional extra)

        box = self.view.normalized_bounding_box.in_mag(self.view.mag)
        for axis, at in place.items():
            box = box.with_bounds(axis, at, 1)
        width, (top, bottom) = box.get_shape("x"), box.get_bounds("y")
        order, settings = self._layout()
        lengths = {"c": self.view.num_channels, "y": bottom - top, "x": width}
        shape = tuple(lengths[axis] for axis in order)
        dtype = self.view.info.dtype
        pages: list[Any] = []
        for file in files:
            pages.append(tifffile.memmap(file, shape=shape, dtype=dtype, **settings))
            _take_space(file)
        rows = max(1, _STRIP_BYTES // (width * self._voxel() * (last - first)))
        for start in range(top, bottom, rows):
            stop = min(start + rows, bottom)
            part = box.with_bounds("y", start, stop - start).with_bounds("z", first, last - first)
            data = self.view.read_cxyz(absolute_bounding_box=part.from_mag_to_mag1(self.view.mag))
            strip = data[0] if "c" not in order else data
            strip = strip.transpose([("cxyz" if "c" in order else "xyz").index(axis) for axis in order + "z"])
            rows_of = tuple(slice(start - top, stop - top) if axis == "y" else slice(None) for axis in order)
            for number, page in enumerate(pages):
                page[rows_of] = strip[..., number]
        for page in pages:
            page.flush()

    def _layout(self) -> tuple[str, dict[str, Any]]:
        """Give the axes of a file in order, and how TIFF says so."""
        if self.view.num_channels == 1:
            return "yx", {"photometric": "minisblack"}
        if self.view.num_channels == 3 and self.view.info.dtype == np.uint8:
            return "yxc", {"photometric": "rgb"}
        return "cyx", {"photometric": "minisblack", "planarconfig": "separate"}

    def chunk_memory(self) -> int:
        """A strip of all slices, twice."""
        row = self.view.bounding_box.size_xyz.x * self._voxel()
        return 2 * max(_STRIP_BYTES, int(row * self.view.info.chunk_shape.z))

    def _voxel(self) -> int:
        return int(self.view.info.dtype.itemsize) * self.view.num_channels


def _take_space(file: Path) -> None:
    """Have the disk keep the space of a file: where it is full, to write into a mapped file ends the process."""
    if hasattr(os, "posix_fallocate"):
        with file.open("rb+") as handle:
            os.posix_fallocate(handle.fileno(), 0, file.stat().st_size)


def slice_name(z: int, place: Mapping[str, int]) -> str:
    """Name the file of a slice at a place along further axes, so that names sort as slices do."""
    return "".join(f"{axis}{at:04d}_" for axis, at in place.items()) + f"z{z:06d}.tif"


def export(
    layer: Layer,
    folder: str | Path,
    *,
    mag: Any = None,
    bounding_box: NDBoundingBox | None = None,
    executor: Any = None,
    running: Running | None = None,
) -> int:
    """Write the slices of a mag, the finest if none is given, as TIFF files ``z000000.tif``, and give their number.

    The number in a name is the slice's z in voxels of the mag; where there are further axes, their places come before
    it: ``t0000_z000000.tif``. ``bounding_box`` is in finest voxels, and enlarged to
    whole voxels of the mag; all there is if None. Rows are y, columns x. Cut off and called again, it goes on.
    Raises OutputError for a folder with other files, AgreementError for a box outside the layer.
    """
    _need_tifffile()
    whole = layer.get_finest_mag() if mag is None else layer.get_mag(mag)
    view = whole.get_view(absolute_bounding_box=_box(whole, bounding_box), read_only=True)
    folder = Path(folder)
    out = folder / FOLDER / "export"
    if folder.exists() and not (folder / FOLDER).is_dir() and any(folder.iterdir()):
        raise OutputError(f"{folder} is not empty", "choose another folder")
    settings = ExportSettings(str(whole.path.absolute()), state_of_files(whole.path), str(view.bounding_box))
    folder.mkdir(parents=True, exist_ok=True)
    job = Job("volume export", settings, (), (), (ExportStage(view, folder),))
    run(job, out, running_with(executor, running))
    shutil.rmtree(out)
    with suppress(OSError):
        out.parent.rmdir()
    return len(list(folder.glob("*z*.tif")))


def _box(view: View, wanted: NDBoundingBox | None) -> NDBoundingBox:
    box = view.normalized_bounding_box
    if wanted is None:
        return box
    aligned = BoundingBox(wanted.topleft_xyz, wanted.size_xyz).align_with_mag(view.mag, ceil=True)
    over = aligned.over(box.axes, {axis: box.get_bounds(axis) for axis in box.axes})
    inside = over.intersected_with(box, dont_assert=True)
    if inside.is_empty():
        raise AgreementError(f"{wanted} lies outside the layer, which is {view.bounding_box}")
    return inside


def _need_tifffile() -> None:
    try:
        import tifffile  # noqa: F401, PLC0415
    except ImportError as error:
        raise MissingExtraError("TIFF files need tifffile", "pip install 'swath[volume]'") from error
