"""results_00.h5: crops, masks, scalars and metadata in the layout of moseq2-extract, which MoSeq's later steps read.

Datasets have their full length from the beginning and are filled chunk by chunk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from swath.depth import h5_descriptions as say

if TYPE_CHECKING:
    import h5py

LAYOUT_VERSION = "1.2.0"
"""The version of moseq2-extract whose layout this is, as its readers find it in the file."""

FRAMES = "frames"
MASK = "frames_mask"
FLIPS = "metadata/extraction/flips"
ACQUISITION = "metadata/acquisition"
EXTRACTION = "metadata/extraction"

_SLOTS = 10_007
_CACHE = 64 << 20
"""Bytes of a dataset's chunks to keep until they are whole, so that each is compressed once: a layer and more."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Contents:
    """What stands in the file beside the frames.

    ``first`` and ``last`` are the numbers of the first frame and of the one after the last; ``timestamps`` their times
    in ms, or None. ``roi``, ``background`` and ``first_frame`` are of the whole picture. ``mask_type`` is float32 where
    the mask holds log-likelihoods, else bool.
    """

    uuid: str
    first: int
    last: int
    crop_size: tuple[int, int]
    frame_dtype: str
    mask_type: type[np.bool] | type[np.float32]
    flips: bool
    timestamps: npt.NDArray[np.float64] | None
    acquisition: Mapping[str, Any]
    parameters: Mapping[str, Any]
    true_depth: float
    roi: Array
    background: Array
    first_frame: Array

    @property
    def length(self) -> int:
        """Number of frames."""
        return self.last - self.first


@dataclass(frozen=True)
class ResultsFile:
    """A results file in the making."""

    file: h5py.File

    def write(self, at: int, frames: Array, masks: Array, scalars: Array, flips: Array | None) -> None:
        """Fill in frames; ``at`` counts from the first frame of the file.

        ``scalars`` is frames x scalars, in the order of ``h5_descriptions.SCALARS``.
        """
        rows = slice(at, at + len(frames))
        self.file[FRAMES][rows] = frames
        self.file[MASK][rows] = masks
        for name, values in zip(say.SCALARS, scalars.T, strict=True):
            self.file[f"scalars/{name}"][rows] = values
        if flips is not None:
            self.file[FLIPS][rows] = flips


@contextmanager
def create_results(path: Path, contents: Contents) -> Iterator[ResultsFile]:
    """Begin a results file; it is closed at the end."""
    import h5py  # noqa: PLC0415  (optional extra)

    with h5py.File(path, "w", rdcc_nbytes=_CACHE, rdcc_nslots=_SLOTS, rdcc_w0=1) as file:
        _create_frames(file, contents)
        file["metadata/uuid"] = contents.uuid
        file.create_group(ACQUISITION)
        write_group(file[ACQUISITION], contents.acquisition)
        _write_extraction(file.create_group(EXTRACTION), contents)
        yield ResultsFile(file)


def _create_frames(file: h5py.File, contents: Contents) -> None:
    shape = (contents.length, *contents.crop_size)
    likelihood = contents.mask_type is np.float32
    _empty(file, FRAMES, shape, contents.frame_dtype, say.FRAMES)
    _empty(file, MASK, shape, contents.mask_type, say.LIKELIHOOD if likelihood else say.MASK)
    for name, description in say.SCALARS.items():
        _empty(file, f"scalars/{name}", shape[:1], np.float32, description)
    if contents.timestamps is not None:
        _filled(file, "timestamps", contents.timestamps, say.TIMESTAMPS)


def _write_extraction(group: h5py.Group, contents: Contents) -> None:
    pictures = {
        "roi": np.asarray(contents.roi, bool),
        "first_frame": np.asarray(contents.first_frame, np.uint16),
        "first_frame_idx": np.array([contents.first], np.int64),
        "last_frame_idx": np.array([contents.last], np.int64),
        "background": np.asarray(contents.background, np.float64),
    }
    for name, values in pictures.items():
        _filled(group, name, values, say.EXTRACTION[name])
    group["true_depth"] = contents.true_depth
    group["extract_version"] = np.bytes_(LAYOUT_VERSION)
    for name in ("true_depth", "extract_version"):
        group[name].attrs["description"] = say.EXTRACTION[name]
    if contents.flips:
        _empty(group, "flips", (contents.length,), bool, say.EXTRACTION["flips"])
    parameters = group.create_group("parameters")
    write_group(parameters, contents.parameters)
    for name in contents.parameters:
        parameters[name].attrs["description"] = say.PARAMETERS.get(name, "")


def _empty(group: h5py.Group, name: str, shape: Sequence[int], dtype: Any, description: str) -> None:
    group.create_dataset(name, tuple(shape), dtype, compression="gzip").attrs["description"] = description


def _filled(group: h5py.Group, name: str, values: Array, description: str) -> None:
    group.create_dataset(name, data=values, compression="gzip").attrs["description"] = description


def write_group(group: h5py.Group, values: Mapping[str, Any]) -> None:
    """Write a mapping into an HDF5 group: mappings as groups, lists as arrays, texts as texts, None as empty."""
    import h5py  # noqa: PLC0415  (optional extra)

    for name, value in values.items():
        if isinstance(value, Mapping):
            write_group(group.create_group(name), value)
        elif value is None:
            group[name] = h5py.Empty(h5py.string_dtype())
        else:
            group[name] = _storable(value)


def _storable(value: Any) -> Any:
    """A value that HDF5 can hold; lists of texts become bytes of one length, what is uneven or mixed becomes text."""
    if not isinstance(value, list | tuple):
        return value
    try:
        array = np.array(value)
    except ValueError:  # uneven lists
        return str(value)
    if array.dtype.kind == "U":
        return np.char.encode(array, "utf-8") if all(isinstance(item, str) for item in value) else str(value)
    return str(value) if array.dtype.kind == "O" else array


def read_group(path: Path, name: str) -> dict[str, Any]:
    """Read an HDF5 group, or all of a file by the name ``/``, as a mapping.

    Raises KeyError where there is none of the name, OSError for a file that is not HDF5.
    """
    import h5py  # noqa: PLC0415  (optional extra)

    with h5py.File(path, "r") as file:
        if not isinstance(file[name], h5py.Group):
            raise KeyError(name)
        return _as_mapping(file[name])


def _as_mapping(group: h5py.Group) -> dict[str, Any]:
    import h5py  # noqa: PLC0415  (optional extra)

    return {
        name: _as_mapping(item) if isinstance(item, h5py.Group) else plain_value(item[()])
        for name, item in group.items()
    }


def plain_value(value: Any) -> Any:
    """A value of HDF5 as Python has it: bytes as text, empty as None, NumPy's numbers as numbers; arrays stay."""
    import h5py  # noqa: PLC0415  (optional extra)

    if isinstance(value, h5py.Empty):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.item() if isinstance(value, np.generic) else value
