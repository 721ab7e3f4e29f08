"""Stable hashes that give keys their buckets: the same on every machine and in every version."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swath.kernels.compiled import compiled


@compiled
def bucket_of_integers(keys: npt.NDArray[np.int64], buckets: int) -> npt.NDArray[np.int32]:
    """Give each integer key a bucket from 0 to buckets - 1 by the SplitMix64 finaliser.

    Source: G. L. Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    out = np.empty(keys.size, np.int32)
    for i in range(keys.size):
        h = np.uint64(keys[i])
        h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        h = h ^ (h >> np.uint64(31))
        out[i] = np.int32(h % np.uint64(buckets))
    return out


@compiled
def bucket_of_texts(data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], buckets: int) -> npt.NDArray[np.int32]:
    """Give each text, data[offsets[i]:offsets[i + 1]], a bucket from 0 to buckets - 1 by FNV-1a (64 bits)."""
    out = np.empty(offsets.size - 1, np.int32)
    for i in range(offsets.size - 1):
        h = np.uint64(0xCBF29CE484222325)
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ np.uint64(data[j])) * np.uint64(0x100000001B3)
        out[i] = np.int32((h ^ (h >> np.uint64(32))) % np.uint64(buckets))
    return out
