"""Which mags a pyramid has."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from enum import Enum

from swath.volume.errors import VolumeError
from swath.volume.geometry import BoundingBox, Mag, Vec3Int


class SchemeError(VolumeError, RuntimeError):
    """Mags that make no pyramid."""


class NoSuchSchemeError(VolumeError, AttributeError):
    """A sampling mode that there is not."""


class SamplingModes(Enum):
    """How mags grow: by voxels becoming more alike along all axes, all axes alike, or x and y alone."""

    ANISOTROPIC = "anisotropic"
    ISOTROPIC = "isotropic"
    CONSTANT_Z = "constant_z"

    @classmethod
    def parse(cls, mode: str | SamplingModes) -> SamplingModes:
        """Read a mode's name; raises NoSuchSchemeError, an AttributeError."""
        if isinstance(mode, cls):
            return mode
        try:
            return cls(str(mode).lower())
        except ValueError:
            known = ", ".join(each.value for each in cls)
            raise NoSuchSchemeError(f"there is no sampling mode {mode!r}", f"one of {known}") from None


def default_coarsest_mag(box: BoundingBox) -> Mag:
    """Give the mag in which a layer's larger side of x and y is about 100 voxels, 4 at least."""
    size = box.size_xyz
    longest = max(size.x, size.y)
    return Mag(max(4, 2 ** math.ceil(math.log2(max(1.0, longest / 100)))))


def mags_of_pyramid(
    start: Mag,
    coarsest: Mag,
    mode: SamplingModes,
    voxel_size: Sequence[float],
    *,
    depth: int,
    others: Iterable[Mag] = (),
) -> list[Mag]:
    """List the mags from the one after ``start`` up to ``coarsest``; ``others`` are mags to agree with.

    Raises SchemeError where the coarsest cannot be reached.
    """
    if depth == 1 and mode is not SamplingModes.CONSTANT_Z:
        warnings.warn("[INFO] The layer has one slice, so that z is not downsampled.", stacklevel=4)
        mode = SamplingModes.CONSTANT_Z
    goal = coarsest.to_vec3_int()
    if mode is SamplingModes.CONSTANT_Z:
        goal = goal.with_z(start.z)
    size = voxel_size if mode is SamplingModes.ANISOTROPIC else None
    known = {mag.max_dim: mag for mag in sorted(others, key=lambda mag: mag.to_list())}
    mags: list[Mag] = []
    now = start.to_vec3_int()
    while max(now) < max(goal):
        before, following = now, known.get(2 * max(now))
        now = following.to_vec3_int() if following is not None else _next(now, goal, size)
        if now == before:
            raise SchemeError(f"the coarsest mag {coarsest} can not be reached from {start}")
        if max(now) > max(before):
            mags.append(Mag(now))
    return mags


def _next(now: Vec3Int, goal: Vec3Int, voxel_size: Sequence[float] | None) -> Vec3Int:
    """Double all axes, or only those along which voxels are shortest where that makes them more alike."""
    if voxel_size is None:
        return (now * 2).pairmin(goal)
    lengths = [length * edge for length, edge in zip(now, voxel_size, strict=True)]
    shortest = min(lengths)
    doubled = Vec3Int(*(length * 2 if edge == shortest else length for length, edge in zip(now, lengths, strict=True)))
    every = now * 2
    chosen = every if _ratio(every, voxel_size) < _ratio(doubled, voxel_size) else doubled
    return chosen.pairmin(goal)


def _ratio(mag: Vec3Int, voxel_size: Sequence[float]) -> float:
    edges = [length * edge for length, edge in zip(mag, voxel_size, strict=True)]
    return max(edges) / min(edges)


def refuse_equal_sizes(mags: Iterable[Mag]) -> None:
    """Raise SchemeError where two mags of a pyramid have the same longest edge."""
    seen: dict[int, Mag] = {}
    for mag in mags:
        if mag.max_dim in seen and seen[mag.max_dim] != mag:
            raise SchemeError(
                f"the mags {seen[mag.max_dim]} and {mag} have the same longest edge",
                "choose another sampling mode, or pass force_sampling_scheme=True",
            )
        seen[mag.max_dim] = mag
