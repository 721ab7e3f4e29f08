"""Ids of markings and tiles."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from swath.errors import UsageError

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_LEAST_DIGITS = 6
_TILE_DIGITS = 7
_TILE_PREFIX = "APF"


def marking_ids(prefix: str, start: int, count: int) -> pa.Array:
    """Consecutive marking ids: the prefix, F or B, and at least six hexadecimal digits."""
    digits = max(_LEAST_DIGITS, len(f"{max(0, start + count - 1):x}"))
    numbers = np.arange(start, start + count, dtype=np.int64)[:, None]
    shifts = 4 * np.arange(digits - 1, -1, -1, dtype=np.int64)
    text = np.empty((count, digits + 1), np.uint8)
    text[:, 0] = ord(prefix)
    text[:, 1:] = _DIGITS[(numbers >> shifts) & 15]
    offsets = np.arange(count + 1, dtype=np.int64) * (digits + 1)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def normalise_tile_id(tile_id: str) -> str:
    """Write a tile id out: ``r8y`` is ``APF0000r8y``.

    Raises UsageError for more than seven digits.
    """
    digits = tile_id[len(_TILE_PREFIX) :] if tile_id.upper().startswith(_TILE_PREFIX) else tile_id
    if len(digits) > _TILE_DIGITS:
        raise UsageError(f"{tile_id} is too long for a tile id", "such as APF0000r8y, or r8y for short")
    return _TILE_PREFIX + digits.rjust(_TILE_DIGITS, "0")
