"""Resampling a volume to a smaller one whose corners lie on the corners of the larger, as ``scipy.ndimage.zoom`` does.

Output voxel i of n stands at i (m - 1) / (n - 1) of m input voxels along an axis, the only one of an axis at 0. The
arithmetic is SciPy's, in its order, so that results are equal to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from swath.kernels.compiled import compiled

Volume = npt.NDArray[Any]
Places = npt.NDArray[np.float64]


def places(inputs: int, outputs: int) -> Places:
    """Give the coordinate in the input of each output voxel along an axis; the last may lie a rounding beyond it."""
    step = (inputs - 1) / (outputs - 1) if outputs > 1 else 1.0
    return np.arange(outputs, dtype=np.float64) * step


@compiled
def nearest(source: Volume, z_places: Places, y_places: Places, x_places: Places, out: Volume) -> None:
    """Copy for each output voxel the nearest input voxel, the upper one of two as near; exact for any type."""
    columns = np.floor(x_places + 0.5).astype(np.int64)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            row = source[int(np.floor(z_places[z] + 0.5)), int(np.floor(y_places[y] + 0.5))]
            for x in range(out.shape[2]):
                out[z, y, x] = row[columns[x]]


@compiled
def linear(source: Volume, z_places: Places, y_places: Places, x_places: Places, out: Volume) -> None:
    """Interpolate each output voxel between the eight input voxels around it; integers are rounded half from zero."""
    for z in range(out.shape[0]):
        z0 = int(np.floor(z_places[z]))
        z1, wz = min(z0 + 1, source.shape[0] - 1), z_places[z] - z0
        for y in range(out.shape[1]):
            y0 = int(np.floor(y_places[y]))
            y1, wy = min(y0 + 1, source.shape[1] - 1), y_places[y] - y0
            r00, r10, r01, r11 = source[z0, y0], source[z1, y0], source[z0, y1], source[z1, y1]
            for x in range(out.shape[2]):
                x0 = int(np.floor(x_places[x]))
                x1, wx = min(x0 + 1, source.shape[2] - 1), x_places[x] - x0
                vx, vy, vz = 1.0 - wx, 1.0 - wy, 1.0 - wz
                total = 0.0 + r00[x0] * vx * vy * vz
                total += r10[x0] * vx * vy * wz
                total += r01[x0] * vx * wy * vz
                total += r11[x0] * vx * wy * wz
                total += r00[x1] * wx * vy * vz
                total += r10[x1] * wx * vy * wz
                total += r01[x1] * wx * wy * vz
                total += r11[x1] * wx * wy * wz
                out[z, y, x] = rounded(total, out)


def rounded(value: Any, like: Any) -> Any:
    """Turn a double into the type of an array: integers rounded half away from zero."""
    raise NotImplementedError  # Numba compiles what ``_rounded`` gives for the type.


@overload(rounded)
def _rounded(value, like):  # type: ignore[no-untyped-def]  # noqa: ARG001  (Numba reads the types)
    return _as_it_is if isinstance(like.dtype, types.Float) else _half_from_zero


def _as_it_is(value, like):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return value


def _half_from_zero(value, like):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return np.floor(value + 0.5) if value > 0 else np.ceil(value - 0.5)
