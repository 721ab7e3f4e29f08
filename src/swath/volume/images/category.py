"""Guessing whether images show a segmentation: by their names, and by their values."""

from __future__ import annotations

import numpy as np

from swath.volume.images.stack import Stack

_SAMPLES = 20
_EDGE = 16
_MOST_EMPTY = 200
_LEAST_VOXELS = 1000
_DISTINCT = {"color": 1 / 200, "segmentation": 1 / 20}
"""Distinct values a voxel beyond which it is an image, by what the name says: a name is not doubted for a little."""
_BANDS = 4


def category_of_name(path: str) -> str:
    """Say ``segmentation`` where a path names one, or labels."""
    lower = path.lower()
    return "segmentation" if "segmentation" in lower or "labels" in lower else "color"


def category_of_values(stack: Stack, by_name: str) -> str:
    """Say what samples of the values speak for: few distinct ones make a segmentation.

    Samples are of 16³ voxels, at places that the shape alone decides, in four bands of slices. Zeros and the largest
    value are left out; where they leave too little, it stays with ``by_name``.
    """
    if stack.channels > 1:
        return "color"
    if stack.dtype.kind not in "ui":
        return "color" if stack.dtype.kind == "f" else by_name
    random = np.random.default_rng([stack.width, stack.height, stack.depth])
    size = [min(_EDGE, length) for length in (stack.width, stack.height, stack.depth)]
    bands = [int(random.integers(0, stack.depth - size[2] + 1)) for _ in range(_BANDS)]
    distinct = voxels = found = empty = 0
    for number, z in enumerate(sorted(set(bands))):
        planes = list(stack.planes(range(z, z + size[2]), (0,) * len(stack.further)))
        goal = -(-_SAMPLES * (number + 1) // len(set(bands)))
        while found < goal and empty <= _MOST_EMPTY * (number + 1) // len(set(bands)):
            x = int(random.integers(0, stack.width - size[0] + 1))
            y = int(random.integers(0, stack.height - size[1] + 1))
            values = np.concatenate([plane[y : y + size[1], x : x + size[0], 0].ravel() for plane in planes])
            values = values[(values != 0) & (values != np.iinfo(stack.dtype).max)]
            if values.size:
                distinct, voxels, found = distinct + len(np.unique(values)), voxels + values.size, found + 1
            else:
                empty += 1
    if voxels < _LEAST_VOXELS:
        return by_name
    return "color" if distinct / voxels > _DISTINCT[by_name] else "segmentation"
