"""Writing what one mag holds over another."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from swath.volume.chunk_work import do_all
from swath.volume.errors import AgreementError
from swath.volume.view import View

if TYPE_CHECKING:
    from swath.volume.mag_view import MagView


def merge(target: MagView, other: MagView, executor: Executor | None = None) -> None:
    """Write the voxels of ``other`` that are not 0 over ``target``, one shard of the target at a time.

    Raises AgreementError where the two differ in mag, dtype or channels.
    """
    for what in ("mag", "num_channels", "axes"):
        if getattr(target, what) != getattr(other, what):
            raise AgreementError(f"the {what} of {target} and {other} differ")
    if target.get_dtype() != other.get_dtype():
        raise AgreementError(f"the dtypes of {target} and {other} differ")
    if not target.normalized_bounding_box.contains_bbox(other.normalized_bounding_box):
        target.layer.extend_bounding_box(other.bounding_box)
    shards = target.chunk(shape := target.info.shard_shape * target.mag.to_vec3_int(), shape)
    do_all(partial(_merge_shard, other), list(shards), executor)


def _merge_shard(other: View, target: View) -> None:
    data = other.read(absolute_bounding_box=target.normalized_bounding_box)
    if data.any():
        target.write(np.where(data != 0, data, target.read()))
