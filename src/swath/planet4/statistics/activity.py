"""How active observations are: the density of markings, and whether their tiles fall into busy and quiet ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.errors import MissingExtraError, UsageError
from swath.planet4.lookups import load_table, load_tile_coords
from swath.planet4.published import Catalogue
from swath.sql import load_sql

BIMODAL, BUSY, QUIET = "bimodal", "unimodal_busy", "unimodal_quiet"

Floats = npt.NDArray[np.float64]

_ENOUGH_TILES = 20
_STRONG_EVIDENCE = 10.0
_MOSTLY_EMPTY, _HARDLY_EMPTY = 0.85, 0.15
_SEED = 42
_STEPS = 200
_LEAST_VARIANCE = 1e-6


@dataclass(frozen=True)
class Activity:
    """How the markings of an observation's tiles are distributed.

    ``pattern`` is bimodal, unimodal_busy or unimodal_quiet; ``bic1`` and ``bic2`` the Bayesian information criteria of
    one and of two normal distributions of log(1 + count), NaN where there are too few tiles; ``means`` those of the two
    where it is bimodal; ``busy`` says which tiles are.
    """

    pattern: str
    empty_share: float
    mean_count: float
    bic1: float
    bic2: float
    means: tuple[float, float] | None
    busy: npt.NDArray[np.bool_]

    @property
    def split(self) -> float | None:
        """The count between quiet and busy tiles; None unless bimodal."""
        return None if self.means is None else float(np.expm1(0.5 * sum(self.means)))


def classify(counts: npt.ArrayLike, threshold: float = 1.0) -> Activity:
    """Classify one observation by the number of markings on each of its tiles.

    With fewer than 20 tiles the mean decides, against ``threshold``. Raises UsageError without tiles.
    """
    numbers = np.asarray(counts, np.float64)
    if not numbers.size:
        raise UsageError("an observation without tiles cannot be classified", "give one count a tile")
    empty, mean = float((numbers == 0).mean()), float(numbers.mean())
    logs = np.log1p(numbers).reshape(-1, 1)
    bic1 = _mixture(logs, 1).bic(logs) if numbers.size > 1 else float("nan")
    if numbers.size < _ENOUGH_TILES:
        pattern = BUSY if mean > threshold else QUIET
        return Activity(pattern, empty, mean, bic1, float("nan"), None, np.full(numbers.size, pattern == BUSY))
    two = _mixture(logs, 2)
    bic2 = two.bic(logs)
    pattern = _pattern(empty, bic1 - bic2)
    if pattern != BIMODAL:
        return Activity(pattern, empty, mean, bic1, bic2, None, np.full(numbers.size, pattern == BUSY))
    centres = two.means_.ravel()
    means = (float(centres.min()), float(centres.max()))
    return Activity(pattern, empty, mean, bic1, bic2, means, two.predict(logs) == int(np.argmax(centres)))


def _pattern(empty: float, evidence: float) -> str:
    if empty >= _MOSTLY_EMPTY:
        return QUIET
    if empty <= _HARDLY_EMPTY and evidence < _STRONG_EVIDENCE:
        return BUSY
    return BIMODAL


def _mixture(logs: Floats, components: int) -> Any:
    try:
        from sklearn.mixture import GaussianMixture  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("activity needs scikit-learn", "pip install 'swath[panoptes]'") from error
    return GaussianMixture(
        components, random_state=_SEED, covariance_type="full", reg_covar=_LEAST_VARIANCE, max_iter=_STEPS
    ).fit(logs)


def classify_all(counts: Mapping[str, Floats]) -> dict[str, Activity]:
    """Classify observations; for those of few tiles the threshold is the median of what splits the bimodal ones."""
    first = {obsid: classify(numbers) for obsid, numbers in counts.items()}
    splits = [activity.split for activity in first.values() if activity.split is not None]
    threshold = float(np.median(splits)) if splits else 1.0
    return {
        obsid: classify(counts[obsid], threshold) if activity.busy.size < _ENOUGH_TILES else activity
        for obsid, activity in first.items()
    }


def tile_density(catalogue: Catalogue, tile_coords: str | Path, metadata: str | Path) -> pa.Table:
    """The markings of each tile of the catalogue's coordinates, and their number on a square metre of ground."""
    with catalogue.connect() as connection:
        connection.register("tile_coords", load_tile_coords(Path(tile_coords)))
        connection.register("observations", load_table("planet4/load_observations", Path(metadata)))
        table: pa.Table = connection.sql(load_sql("planet4/tile_density")).to_arrow_table()
    return table


def tile_activity(catalogue: Catalogue, tile_coords: str | Path, metadata: str | Path) -> pa.Table:
    """The density of each tile, with the pattern of its observation and whether the tile is a busy one."""
    density = tile_density(catalogue, tile_coords, metadata)
    obsids = np.array(density["obsid"].to_pylist(), dtype=str)
    starts = np.unique(obsids, return_index=True)
    counts = dict(zip(starts[0].tolist(), np.split(density["n_markings"].to_numpy(), starts[1][1:]), strict=True))
    found = classify_all({obsid: numbers.astype(np.float64) for obsid, numbers in counts.items()})
    patterns = [pattern for obsid in counts for pattern in [found[obsid].pattern] * found[obsid].busy.size]
    busy = np.concatenate([found[obsid].busy for obsid in counts]) if counts else np.zeros(0, np.bool_)
    return density.append_column("pattern", pa.array(patterns, pa.string())).append_column("busy", pa.array(busy))
