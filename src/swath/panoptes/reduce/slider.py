"""The reducer of sliders: mean, median and variance of the values."""

from __future__ import annotations

import math
from statistics import median

import numpy as np

from swath.panoptes.reduce.model import Group, ReduceError, Reducer, Reduction


def reduce_slider(group: Group) -> Reduction:
    """The mean, the median and the variance (of the population) of the values; blank extracts do not count.

    Raises ReduceError for a value that is no number.
    """
    told = [extract.get("slider_value") for extract in group.extracts]
    values = [_number(value) for value in told if value is not None]
    return _statistics(values) if values else {}


def reduce_complete_slider(group: Group) -> Reduction:
    """The same as panoptes_aggregation 5.3.1: a blank extract raises ReduceError, an empty group has NaN."""
    if any(extract.get("slider_value") is None for extract in group.extracts):
        raise ReduceError("an extract has no slider_value")
    if not group.extracts:
        return dict.fromkeys(("slider_mean", "slider_median", "slider_var"), math.nan)
    return reduce_slider(group)


def _number(value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ReduceError(f"a slider's value is {value!r}") from error
    if not math.isfinite(number):
        raise ReduceError(f"a slider's value is {value!r}")
    return number


def _statistics(values: list[float]) -> Reduction:
    given = np.array(values)
    return {"slider_mean": float(given.mean()), "slider_median": median(values), "slider_var": float(given.var())}


REDUCERS = (
    Reducer(
        "slider_reducer",
        "Mean, median and variance of a slider",
        reduce_slider,
        compat_function=reduce_complete_slider,
    ),
)
