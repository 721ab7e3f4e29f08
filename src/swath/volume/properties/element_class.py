"""Names of dtypes in the properties file: bits of all channels together, ``float`` and ``double`` for one channel."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np

from swath.volume.errors import ArgumentError, PropertiesError

_NAMES = {"float": "float32", "double": "float64"}
COLOR_DTYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32")
SEGMENTATION_DTYPES = ("uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
SUPPORTED_DTYPES = {"color": COLOR_DTYPES, "segmentation": SEGMENTATION_DTYPES}


def element_class(dtype: np.dtype[Any], channels: int) -> str:
    """Name the elements of a layer: ``uint24`` for three channels of uint8, ``float`` for float32."""
    kind = re.sub(r"\d+", "", dtype.name)
    name = f"{kind}{dtype.itemsize * 8 * channels}"
    return {plain: short for short, plain in _NAMES.items()}.get(name, name)


@cache
def channel_dtype(name: str, channels: int) -> np.dtype[Any]:
    """Give the dtype of one channel of the elements that a name stands for; raises PropertiesError for another name."""
    match = re.fullmatch(r"(u?int|float)(\d+)", _NAMES.get(name, name))
    if match and int(match[2]) % (8 * channels) == 0:
        try:
            return np.dtype(f"{match[1]}{int(match[2]) // channels}")
        except TypeError:
            pass
    raise PropertiesError(f"{name!r} is no element class of {channels} channels", "such as uint8, uint24 or float")


def channels_of(name: str) -> int:
    """Guess the number of channels that an old properties file leaves out: 3 for uint24, else 1."""
    return 3 if name == "uint24" else 1


def given_dtype(dtype: Any) -> np.dtype[Any]:
    """Read a dtype as users give it: ``float`` has 32 bits, ``double`` 64; raises ArgumentError for what is none."""
    try:
        named = np.dtype(_NAMES.get(dtype, dtype) if isinstance(dtype, str) else dtype)
    except TypeError:
        raise ArgumentError(f"{dtype!r} is no dtype", "such as uint8 or float32") from None
    return named.newbyteorder("=")
