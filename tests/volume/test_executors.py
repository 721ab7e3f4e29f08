"""An executor of the caller's makes the same bytes as threads of ours: another's threads, or a Dask cluster."""

import contextlib
import importlib.util
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tifffile

from swath.volume import Dataset
from volume.boxes import files_below

pytest.importorskip("wkw")
HAS_DASK = importlib.util.find_spec("distributed") is not None


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(3)
    for number in range(70):
        tifffile.imwrite(folder / f"s{number}.tif", random.integers(0, 40, (90, 100)).astype(np.uint8))
    return folder


def made(folder, images, executor=None):
    """All bytes of a dataset that is made of images, with coarser mags, and of one that was compressed in place."""
    settings = {"shard_shape": 64, "layer_name": "layer", "executor": executor}
    Dataset.from_images(images, folder / "a", (1, 1, 1), data_format="zarr3", downsample=True, **settings)
    plain = Dataset.from_images(images, folder / "b", (1, 1, 1), data_format="wkw", compress=False, **settings)
    plain.compress(executor=executor)
    kept = {name: content for name, content in files_below(folder).items() if "_statistics" not in str(name)}
    assert any(str(name).endswith("x1.wkw") for name in kept)
    return kept


@contextlib.contextmanager
def dask():
    from distributed import Client, LocalCluster

    with warnings.catch_warnings():  # what distributed itself leaves open is not ours to mend
        warnings.simplefilter("ignore")
        settings = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
        with LocalCluster(**settings) as cluster, Client(cluster, set_as_default=False) as client:
            yield client.get_executor(pure=False)


@pytest.mark.parametrize(
    "kind",
    ["threads", pytest.param("dask", marks=pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed"))],
)
def test_the_bytes_are_the_same(tmp_path, images, kind):
    with dask() if kind == "dask" else ThreadPoolExecutor(3) as executor:
        found = made(tmp_path / "theirs", images, executor)
    assert found == made(tmp_path / "ours", images)
