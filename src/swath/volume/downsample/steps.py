"""One step of a pyramid: a piece of one mag becomes a piece of the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from swath.kernels import pyramid, pyramid_pairs, zoom
from swath.volume.downsample.modes import InterpolationModes
from swath.volume.geometry import Vec3Int
from swath.volume.stores.array_store import Voxels

Plain = Callable[[Voxels, tuple[int, int, int], Voxels], None]

_PLAIN: dict[InterpolationModes, Plain] = {
    InterpolationModes.MEDIAN: pyramid.median,
    InterpolationModes.MODE: pyramid.mode,
    InterpolationModes.MAX: pyramid.maximum,
    InterpolationModes.MIN: pyramid.minimum,
}
_PAIRS = {
    InterpolationModes.MEDIAN: pyramid_pairs.MEDIAN,
    InterpolationModes.MODE: pyramid_pairs.MODE,
    InterpolationModes.MAX: pyramid_pairs.MAXIMUM,
    InterpolationModes.MIN: pyramid_pairs.MINIMUM,
}


def reduce_blocks(data: Voxels, factors: Vec3Int, mode: InterpolationModes) -> Voxels:
    """Make one voxel of each block: (c, x, y, z) of whole blocks to the same with lengths divided by the factors."""
    shape = Vec3Int(data.shape[1:]) // factors
    out = np.empty((data.shape[0], *shape), data.dtype, order="F")
    for channel in range(data.shape[0]):
        source = np.ascontiguousarray(data[channel].T)
        target = np.empty(source.shape[:0] + tuple(reversed(shape)), data.dtype)
        _reduce(source, (factors.z, factors.y, factors.x), mode, target)
        if data.shape[0] == 1:
            return target.T[None]
        out[channel] = target.T
    return out


def _reduce(source: Voxels, factors: tuple[int, int, int], mode: InterpolationModes, out: Voxels) -> None:
    if factors == (1, 1, 1):
        out[...] = source
    elif mode in _PAIRS and factors in ((2, 2, 2), (1, 2, 2)):
        pyramid_pairs.reduce_pairs(source, factors[0], _PAIRS[mode], out)
    elif mode is InterpolationModes.MEAN:
        kernel = pyramid.mean_of_floats if source.dtype.kind == "f" else pyramid.mean_of_integers
        kernel(source, factors, out)
    else:
        _PLAIN[mode](source, factors, out)


def mirrored(data: Voxels, before: Vec3Int, after: Vec3Int) -> Voxels:
    """Enlarge (c, x, y, z) by voxels that mirror those within, the outermost first."""
    if not any(before) and not any(after):
        return data
    return np.pad(data, [(0, 0), *zip(before, after, strict=True)], mode="symmetric")


def zoomed(data: Voxels, factors: Vec3Int, mode: InterpolationModes, *, lossy: bool = False) -> Voxels:
    """Resample a tile (c, x, y, z), corner on corner, to lengths divided by the factors.

    ``lossy`` takes 64-bit values through doubles even where they are only copied.
    """
    shape = Vec3Int(data.shape[1:]) // factors
    if mode is InterpolationModes.BICUBIC:
        return np.stack([_by_scipy(channel, factors, 2) for channel in data])
    if lossy and mode is InterpolationModes.NEAREST and data.dtype.itemsize == 8:
        return np.stack([_by_scipy(channel, factors, 0) for channel in data])
    places = [zoom.places(inputs, outputs) for inputs, outputs in zip(data.shape[1:], shape, strict=True)]
    out = np.empty((data.shape[0], *shape), data.dtype, order="F")
    kernel: Any = zoom.nearest if mode is InterpolationModes.NEAREST else zoom.linear
    for channel in range(data.shape[0]):
        target = np.empty(tuple(reversed(shape)), data.dtype)
        kernel(np.ascontiguousarray(data[channel].T), *reversed(places), target)
        out[channel] = target.T
    return out


def _by_scipy(tile: Voxels, factors: Vec3Int, order: int) -> Voxels:
    from scipy.ndimage import zoom as scipy_zoom  # noqa: PLC0415  (of the extra, and slow to load)

    smaller = [1 / factor for factor in factors]
    shrunk: Voxels = scipy_zoom(tile, smaller, order=order, mode="nearest", prefilter=True, output=tile.dtype)
    return shrunk
