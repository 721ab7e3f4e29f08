"""Ranges of workflow versions, such as ``52.76``, ``>=3`` or ``52.1..53.4``."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swath.errors import UsageError

_MINORS = 10**9
"""A version's order is major * _MINORS + minor."""

LATEST = 2**62
"""An order above that of every version."""


@dataclass(frozen=True)
class VersionRange:
    """Workflow versions from ``low`` to ``high``, both within, as orders."""

    low: int = 0
    high: int = LATEST

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read a range; a bare major version stands for all its minor ones. Raises UsageError.

        ``52.76`` is that version, ``52`` all of 52, ``>=3``, ``>3``, ``<=53`` and ``<53`` compare, ``52.1..53.4``
        goes from one to the other, both within, and a comma joins conditions.
        """
        found = cls()
        for condition in text.split(","):
            one = _condition(condition.strip(), text)
            found = cls(max(found.low, one.low), min(found.high, one.high))
        if found.low > found.high:
            raise UsageError(f"no version is within {text!r}", "write the lower version first")
        return found

    def holds(self, orders: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which versions, given as orders, are within."""
        return (orders >= self.low) & (orders <= self.high)


def version_orders(major: npt.NDArray[np.int64], minor: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Turn versions into integers that sort as versions do: 1.10 after 1.9."""
    return major.astype(np.int64) * _MINORS + minor.astype(np.int64)


def order_of(version: str, where: str) -> int:
    """The order of one version, ``52`` being 52.0; raises UsageError, which says ``where``, for a text that is none."""
    if not re.fullmatch(r"\d+(\.\d+)?", version.strip()):
        raise UsageError(f"{where}: {version!r} is no version", "write such as 52.76 or 52")
    return _first(version.strip())


def _condition(condition: str, text: str) -> VersionRange:
    between = re.fullmatch(r"(\d+(?:\.\d+)?)\s*\.\.\s*(\d+(?:\.\d+)?)", condition)
    if between:
        return VersionRange(_first(between[1]), _last(between[2]))
    compared = re.fullmatch(r"(>=|<=|>|<|==?|)\s*(\d+(?:\.\d+)?)", condition)
    if compared is None:
        raise UsageError(f"{text!r} is no range of versions", "write such as 52.76, 52, >=3 or 52.1..53.4")
    sign, version = compared[1], compared[2]
    low = {">=": _first(version), ">": _last(version) + 1}.get(sign, 0)
    high = {"<=": _last(version), "<": _first(version) - 1}.get(sign, LATEST)
    if sign in ("", "=", "=="):
        return VersionRange(_first(version), _last(version))
    return VersionRange(low, high)


def _first(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * _MINORS + int(minor or 0)


def _last(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * _MINORS + (int(minor) if minor else _MINORS - 1)
