"""Small datasets for the tests, and the files below a folder."""

import numpy as np

from swath.volume import BoundingBox, Dataset

SHARD = {"wkw": 64, "zarr": 32, "zarr3": 64}


def voxels(shape=(100, 70, 50), dtype="uint8", channels=1, seed=0):
    """Smooth voxels (c, x, y, z) with some noise and an empty corner."""
    random = np.random.default_rng(seed)
    x, y, z = np.ogrid[: shape[0], : shape[1], : shape[2]]
    data = np.stack([(x + 2 * y + 3 * z + 40 * c) % 200 + random.integers(0, 3, shape) for c in range(channels)])
    data[:, : shape[0] // 3, : shape[1] // 3] = 0
    return data.astype(dtype)


def make(folder, data_format, data=None, *, at=(10, 20, 30), category="color", compress=True, codec=None):
    """A dataset of one layer ``layer`` with one mag."""
    data = voxels() if data is None else data
    dataset = Dataset(folder, voxel_size=(11.24, 11.24, 28))
    layer = dataset.add_layer(
        "layer",
        category,
        dtype=data.dtype,
        num_channels=data.shape[0],
        data_format=data_format,
        bounding_box=BoundingBox(at, data.shape[1:]),
    )
    mag = layer.add_mag(1, chunk_shape=32, shard_shape=SHARD[data_format], compress=compress, codec=codec)
    mag.write(data)
    return dataset


def double(pair):
    """Write the voxels of a chunk twice as large."""
    view, _ = pair
    view.write(view.read() * 2)


def total(view):
    """Add up the voxels of a chunk."""
    return int(view.read().sum())


def files_below(folder):
    """The content of every file below a folder, by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
