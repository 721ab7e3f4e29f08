"""Makes image stacks: something like electron microscopy, and the cells in it as a segmentation.

    python benchmarks/make_volume.py OUT [--size 96,80,12] [--seed 4] [--compression zlib]

Writes OUT/em/slice_NNNN.tif (uint8) and OUT/segmentation/slice_NNNN.tif (uint32).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import tifffile

CELL = 24
NOISE = 12


def smooth(random: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Random values that change slowly, float32 (z, y, x) of mean 0."""
    coarse = random.normal(size=[-(-n // 16) + 1 for n in shape]).astype(np.float32)
    for axis, length in enumerate(shape):
        at = np.arange(length) / 16
        low = at.astype(int)
        weight = (at - low).astype(np.float32).reshape([-1 if a == axis else 1 for a in range(3)])
        coarse = coarse.take(low, axis) * (1 - weight) + coarse.take(low + 1, axis) * weight
    return coarse


def cells(random: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Ids of the nearest of scattered points, uint32 (z, y, x)."""
    grid = [np.arange(-(-n // CELL)) for n in shape]
    places = np.stack(np.meshgrid(*grid, indexing="ij"), -1).reshape(-1, 3)
    points = (places + random.random(places.shape)) * CELL
    ids = np.empty(shape, np.uint32)
    y, x = np.mgrid[: shape[1], : shape[2]]
    for z in range(shape[0]):
        near = points[np.abs(points[:, 0] - z) < 2 * CELL]
        number = np.flatnonzero(np.abs(points[:, 0] - z) < 2 * CELL) + 1
        best = np.full(shape[1:], np.inf, np.float32)
        for (pz, py, px), one in zip(near, number, strict=True):
            rows = slice(max(0, int(py) - 2 * CELL), int(py) + 2 * CELL)
            columns = slice(max(0, int(px) - 2 * CELL), int(px) + 2 * CELL)
            far = (y[rows, columns] - py) ** 2 + (x[rows, columns] - px) ** 2 + (z - pz) ** 2
            closer = far < best[rows, columns]
            best[rows, columns][closer] = far[closer]
            ids[z][rows, columns][closer] = one
    return ids


def many_cells(random: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Cells as of ``cells``; beyond 256 voxels an axis repeats them, with other ids."""
    part = cells(random, tuple(min(n, 256) for n in shape))
    counts = [-(-n // 256) for n in shape]
    ids = np.tile(part, counts)
    for number, place in enumerate(np.ndindex(*counts)):
        box = tuple(slice(256 * at, 256 * at + 256) for at in place)
        ids[box] += np.uint32(number * (int(part.max()) + 1))
    return ids[tuple(slice(n) for n in shape)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default="96,80,12", help="x,y,z in voxels")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--compression", default=None, help="of the TIFF files, such as zlib")
    given = parser.parse_args()
    x, y, z = (int(n) for n in given.size.split(","))
    random = np.random.default_rng(given.seed)
    ids = many_cells(random, (z, y, x))
    noise = random.normal(0, NOISE, ids.shape).astype(np.float32)
    em = np.clip(128 + 40 * smooth(random, ids.shape) + (ids % 7) * 4 + noise, 1, 255).astype(np.uint8)
    for name, volume in (("em", em), ("segmentation", ids)):
        (given.out / name).mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(volume):
            tifffile.imwrite(given.out / name / f"slice_{number:04}.tif", image, compression=given.compression)


if __name__ == "__main__":
    main()
